using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace ShareLinks.Codes;

/// <summary>Undoes what apps do to a text on its way from one chat to another.</summary>
internal static partial class PastedText
{
    /// <summary>An address wrapped in another's query is encoded once, and once more when that one is wrapped.</summary>
    private const int Layers = 2;

    /// <summary>
    /// The text without percent-encoding, HTML entities, the escapes of JSON and Markdown, and mail's quoting; with compatibility forms (such as
    /// full-width letters) in their plain form (NFKC); and without invisible characters. White space and line breaks stay.
    /// </summary>
    public static string Clean(string text)
    {
        text = Plain(text);
        for (var layer = 0; layer < Layers; layer++)
        {
            var decoded = Decode(text);
            if (decoded == text)
                break;
            text = Plain(decoded);
        }
        return text;
    }

    private static string Decode(string text)
    {
        text = ProofpointAddresses().Replace(text, address => address.Value.Replace('-', '%').Replace('_', '/'));
        text = WebUtility.HtmlDecode(Uri.UnescapeDataString(text));
        text = CodeUnits().Replace(text, unit => ((char)int.Parse(unit.ValueSpan[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString());
        text = LineEscapes().Replace(text, "\n");
        text = MailMarks().Replace(text, match => match.Value[0] == '=' ? "" : "\n");
        return Backslashes().Replace(text, "");
    }

    private static string Plain(string text)
    {
        var visible = new StringBuilder(text.Length);
        // Half a surrogate pair is no text, and normalisation refuses it: it comes as U+FFFD.
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || !IsInvisible(rune))
                visible.Append(rune);
        }
        return visible.ToString().Normalize(NormalizationForm.FormKC);
    }

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control
        // Variation selectors, letters and marks that show nothing, and a byte-order mark read the wrong way round, which normalisation refuses.
        || rune.Value is 0xfffe or (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0100 and <= 0xe01ef) or (>= 0x180b and <= 0x180f) or 0x034f or 0x115f or 0x1160 or 0x2800 or 0x3164 or 0xffa0;

    /// <summary><c>\uffe5</c> of JSON, <c>%uFFE5</c> of old scripts.</summary>
    [GeneratedRegex("[\\\\%]u[0-9A-Fa-f]{4}")]
    private static partial Regex CodeUnits();

    [GeneratedRegex("\\\\[nrt]")]
    private static partial Regex LineEscapes();

    /// <summary>An address as Proofpoint's mail filter writes it into its own (URL Defense, version 2): <c>https-3A__host_path</c>, with <c>-</c> for the percent sign and <c>_</c> for the slash.</summary>
    [GeneratedRegex("https?-3A__[^\\s&<>\"']*", RegexOptions.IgnoreCase)]
    private static partial Regex ProofpointAddresses();

    /// <summary>A quoted-printable line's end, and the marks before a quoted line.</summary>
    [GeneratedRegex("=\\r?\\n|\\n[ \\t]*>[> \\t]*")]
    private static partial Regex MailMarks();

    /// <summary>Before whatever Markdown would take for a mark of its own.</summary>
    [GeneratedRegex("\\\\(?=[!-/:-@\\[-`{-~])")]
    private static partial Regex Backslashes();
}
