using System.Text.RegularExpressions;

namespace ShareLinks.Codes;

/// <summary>
/// A share text with places: <c>{brand}</c>, <c>{url}</c>, <c>{token}</c>, <c>{title}</c> and <c>{price}</c>. What stands in square brackets is
/// left out when a place in it has no value.
/// </summary>
public sealed partial class ShareTextTemplate
{
    public const int MaxLength = 500;

    private static readonly string[] Places = ["brand", "url", "token", "title", "price"];

    /// <summary>Values that a template is tried with.</summary>
    private static readonly (string Code, string Click, string Token) Sample = ("AbC3dE9kQ", "0123456789ABCDEFGHijkl", "7K2M9QXA3FVD");

    private readonly string template;

    private ShareTextTemplate(string template) => this.template = template;

    /// <summary>Reads a template; otherwise <paramref name="error"/> says what is wrong.</summary>
    public static ShareTextTemplate? TryParse(string text, out string error)
    {
        error = ErrorIn(text) ?? "";
        return error.Length == 0 ? new ShareTextTemplate(text) : null;
    }

    /// <summary>The text with its places filled in; what values hold is never taken for a place.</summary>
    /// <param name="values">The values of places by name; one that is missing has none.</param>
    public string Expand(IReadOnlyDictionary<string, string> values) => Expand(template, values);

    private static string Expand(string text, IReadOnlyDictionary<string, string> values) => Parts().Replace(text, part =>
    {
        if (part.Groups["place"] is { Success: true } place)
            return values.GetValueOrDefault(place.Value, "");
        var optional = part.Groups["optional"].Value;
        return PlacesIn(optional).All(values.ContainsKey) ? Expand(optional, values) : "";
    });

    private static string? ErrorIn(string text)
    {
        if (text.Length is 0 or > MaxLength)
            return $"must have 1 to {MaxLength} characters";
        if (text.Any(c => char.IsControl(c) && c != '\n'))
            return "must not contain control characters other than line breaks";
        if (PlacesIn(text).FirstOrDefault(place => !Places.Contains(place)) is { } unknown)
            return $"names the unknown place {{{unknown}}}: there are {string.Join(", ", Places.Select(place => $"{{{place}}}"))}";
        if (Parts().Replace(text, "").AsSpan().ContainsAny("[]{}"))
            return "must close every bracket, and hold none inside another";
        int url = text.IndexOf("{url}", StringComparison.Ordinal), token = text.IndexOf("{token}", StringComparison.Ordinal), title = text.IndexOf("{title}", StringComparison.Ordinal);
        if (url < 0 || token < 0)
            return "must hold {url} and {token}";
        if (title >= 0 && (title < url || title < token))
            return "must hold {title} after {url} and {token}, so that no title can stand in for them";
        // Whatever stands around the places, the published expression must find them.
        var grammar = new ShareTextGrammar(new Lazy<IReadOnlyList<string>>(["s.example"]));
        var written = Expand(text, new Dictionary<string, string>
        {
            ["brand"] = "Brand",
            ["url"] = $"https://s.example/{Sample.Code}{CodeScanner.VisitSeparator}{Sample.Click}",
            ["token"] = ShareTextGrammar.Delimit(Sample.Token),
        });
        var found = grammar.Expression.Matches(written);
        return found.Any(match => match.Groups["code"].Value == Sample.Code && match.Groups["click"].Value == Sample.Click)
            && found.Any(match => match.Groups["token"].Value == PassphraseTokens.Group(Sample.Token))
            ? null
            : "must hold {url} and {token} outside brackets, with no letter, digit, _ or - right behind {url}";
    }

    private static IEnumerable<string> PlacesIn(string text) => Place().Matches(text).Select(match => match.Groups["place"].Value);

    [GeneratedRegex(@"\[(?<optional>[^\[\]]*)\]|\{(?<place>[^{}\[\]]*)\}")]
    private static partial Regex Parts();

    [GeneratedRegex(@"\{(?<place>[^{}]*)\}")]
    private static partial Regex Place();
}
