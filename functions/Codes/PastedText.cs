using System.Globalization;
using System.Net;
using System.Text;

namespace ShareLinks.Codes;

/// <summary>Undoes what apps do to a text on its way from one chat to another.</summary>
internal static class PastedText
{
    /// <summary>An address wrapped in another's query is encoded once, and once more when that one is wrapped.</summary>
    private const int Layers = 2;

    /// <summary>
    /// The text without percent-encoding, HTML entities and Markdown's backslashes, with compatibility forms (such as full-width letters) in
    /// their plain form (NFKC), and without invisible characters. White space and line breaks stay.
    /// </summary>
    public static string Clean(string text)
    {
        for (var layer = 0; layer < Layers; layer++)
            text = WebUtility.HtmlDecode(Uri.UnescapeDataString(text));
        return WithoutInvisible(text).Normalize(NormalizationForm.FormKC);
    }

    private static string WithoutInvisible(string text)
    {
        var visible = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c))
            {
                // Half a pair is no text, and normalisation refuses it.
                if (i + 1 < text.Length && char.IsSurrogatePair(c, text[i + 1]))
                    visible.Append(c).Append(text[++i]);
                else
                    visible.Append('\ufffd');
            }
            else if (c == '\\' && i + 1 < text.Length && char.IsAscii(text[i + 1]) && (char.IsPunctuation(text[i + 1]) || char.IsSymbol(text[i + 1])))
            {
                visible.Append(text[++i]);
            }
            else if (char.IsWhiteSpace(c) || !IsInvisible(c))
            {
                visible.Append(c);
            }
        }
        return visible.ToString();
    }

    private static bool IsInvisible(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control || c is >= '\ufe00' and <= '\ufe0f' or '\u034f';
}
