using System.Text.RegularExpressions;

namespace ShareLinks.Codes;

/// <summary>The one regular expression that finds the codes in every share text this service writes, for clipboard allow-lists and apps.</summary>
/// <remarks>
/// Written in what .NET, JavaScript, Java and ICU have in common. Each of its matches is an address (group <c>code</c>, and <c>click</c> when the
/// address carries a visit) or a passphrase (group <c>token</c>). Thread-safe.
/// </remarks>
public sealed class ShareTextGrammar
{
    /// <summary>Flags for JavaScript; elsewhere search for all matches, with no option set.</summary>
    public const string Flags = "g";

    private const string Symbols = "[0-9A-HJKMNP-TV-Z]{4}";

    private readonly Lazy<IReadOnlyList<string>> authorities;
    private readonly Lazy<Regex> expression;

    /// <param name="authorities">The hosts, with a port where they have one, that this service has or had.</param>
    public ShareTextGrammar(Lazy<IReadOnlyList<string>> authorities)
    {
        this.authorities = authorities;
        expression = new(() => new Regex(
            $"(?:https?://(?:{string.Join('|', authorities.Value.Select(Escape))})/"
            + $"(?<code>[0-9A-Za-z]{{{ShortCodes.MinLength},{ShortCodes.MaxLength}}})(?![0-9A-Za-z_\\-])(?:{CodeScanner.VisitSeparator}(?<click>[0-9A-Za-z]{{{ClickIdCodes.Length}}})(?![0-9A-Za-z]))?"
            + $"|[\\uFFE5\\u00A5](?<token>{Symbols}-{Symbols}-{Symbols})[\\uFFE5\\u00A5])",
            RegexOptions.CultureInvariant));
    }

    /// <summary>A text that the expression matches, for trying it; its codes are made up.</summary>
    public string Example => $"https://{authorities.Value[0]}/AbC3dE9kQ {Delimit("7K2M9QXA3FVD")}";

    public string Pattern => expression.Value.ToString();

    public Regex Expression => expression.Value;

    /// <summary>A token between the marks that the expression knows it by.</summary>
    /// <param name="token">Its twelve symbols.</param>
    public static string Delimit(string token) => $"￥{PassphraseTokens.Group(token)}￥";

    /// <summary>Only these of a host's characters mean something in an expression; JavaScript refuses an escape that is not needed.</summary>
    private static string Escape(string authority) =>
        authority.Replace(".", "\\.", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);
}
