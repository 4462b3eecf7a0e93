using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ShareLinks.Codes;

/// <summary>A listing's title as a share text may show it.</summary>
internal static partial class ShareTextTitle
{
    /// <summary>Text elements (what a reader takes for one character) that a title is cut at.</summary>
    public const int MaxElements = 30;

    /// <summary>UTF-16 units of the longest emoji there are; what is longer stacks marks on one letter.</summary>
    private const int MaxElementLength = 16;

    /// <summary>
    /// The title on one line, without invisible characters (which could turn the writing direction), with nothing that an app would make a link
    /// of, cut at <see cref="MaxElements"/>.
    /// </summary>
    public static string Clean(string title)
    {
        var plain = new StringBuilder(title.Length);
        foreach (var rune in title.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
                plain.Append(' ');
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format || rune.Value == ZeroWidthJoiner)
                plain.Append(rune);
        }
        var text = Spaces().Replace(AddressMarks().Replace(plain.ToString(), " "), " ").Trim();
        var elements = StringInfo.GetTextElementEnumerator(text);
        var cut = new StringBuilder();
        for (var count = 0; elements.MoveNext(); count++)
        {
            if (count == MaxElements)
                return cut.ToString().TrimEnd() + "…";
            var element = elements.GetTextElement();
            cut.Append(element.Length <= MaxElementLength ? element : element.EnumerateRunes().First().ToString());
        }
        return cut.ToString();
    }

    /// <summary>Holds emoji of several parts together.</summary>
    private const int ZeroWidthJoiner = 0x200d;

    /// <summary>What makes apps take words for an address: a scheme's end, and a dot before a letter.</summary>
    [GeneratedRegex(@"[:：][/／]{2}|(?<=[\p{L}\p{N}])[.．](?=[A-Za-zＡ-Ｚａ-ｚ])")]
    private static partial Regex AddressMarks();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();
}
