using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ShareLinks.Codes;

/// <summary>A listing's title, which anybody may have written, as it may be shown.</summary>
public static partial class DisplayTitle
{
    /// <summary>UTF-16 units of the longest emoji there are; what is longer stacks marks on one letter.</summary>
    private const int MaxElementLength = 16;

    /// <summary>Holds emoji of several parts together.</summary>
    private const int ZeroWidthJoiner = 0x200d;

    /// <summary>The title on one line, without invisible characters, which could turn the writing direction, cut at so many text elements.</summary>
    /// <param name="title">The title.</param>
    /// <param name="maxElements">Text elements, what a reader takes for one character each.</param>
    public static string Clean(string title, int maxElements) => Cut(OneLine(title), maxElements);

    internal static string OneLine(string title)
    {
        var plain = new StringBuilder(title.Length);
        foreach (var rune in title.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
                plain.Append(' ');
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format || rune.Value == ZeroWidthJoiner)
                plain.Append(rune);
        }
        return Spaces().Replace(plain.ToString(), " ").Trim();
    }

    internal static string Cut(string text, int maxElements)
    {
        var elements = StringInfo.GetTextElementEnumerator(text);
        var cut = new StringBuilder();
        for (var count = 0; elements.MoveNext(); count++)
        {
            if (count == maxElements)
                return cut.ToString().TrimEnd() + "…";
            var element = elements.GetTextElement();
            cut.Append(element.Length <= MaxElementLength ? element : element.EnumerateRunes().First().ToString());
        }
        return cut.ToString();
    }

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();
}
