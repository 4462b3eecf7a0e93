using System.Buffers;

namespace ShareLinks.Codes;

/// <summary>Writes the texts that people paste into chats, one for each language.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class ShareTexts
{
    private const string Chinese = "zh-CN";
    private const string English = "en";

    private static readonly Dictionary<string, string> OwnTemplates = new()
    {
        [Chinese] = "【{brand}】{url} {token}[「{title}」][ {price}] 复制整段话，打开{brand}App即可查看",
        [English] = "{brand}: {url} {token}[ “{title}”][ {price}] Copy all of this and open the {brand} app to see it",
    };

    private static readonly Dictionary<string, string> OwnBrands = new() { [Chinese] = "二手集市", [English] = "Marketplace" };

    private static readonly SearchValues<char> ReservedMarks = SearchValues.Create("{}[]￥¥/");

    private readonly Dictionary<string, (ShareTextTemplate Template, string Brand)> languages;
    private readonly HashSet<string> urlOnlyChannels;
    private readonly PassphraseTokens tokens;
    private readonly CodeScanner scanner;
    private readonly ShareTextGrammar grammar;

    /// <param name="options">The deployment's templates.</param>
    /// <param name="brands">The marketplace's name in each language.</param>
    /// <param name="tokens">Finds what a damaged title might be repaired to.</param>
    /// <param name="scanner">Finds what a title might be mistaken for.</param>
    /// <param name="grammar">The expression that others find the codes by.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it.</exception>
    public ShareTexts(ShareTextOptions options, IEnumerable<KeyValuePair<string, string>> brands, PassphraseTokens tokens, CodeScanner scanner, ShareTextGrammar grammar)
    {
        (this.tokens, this.scanner, this.grammar) = (tokens, scanner, grammar);
        languages = Read(options, brands);
        urlOnlyChannels = options.UrlOnlyChannels is { Count: > 0 } channels ? [.. channels] : ["wechat_moments"];
    }

    /// <summary>The languages there are: <c>zh-CN</c>, <c>en</c>, and those that the deployment adds.</summary>
    public IReadOnlyCollection<string> Languages => languages.Keys;

    /// <summary>Throws an <see cref="ArgumentException"/> that names the first wrong setting.</summary>
    public static void Check(ShareTextOptions options, IEnumerable<KeyValuePair<string, string>> brands) => Read(options, brands);

    /// <summary>The marketplace's name in a language; its English one where the deployment has no text in that language.</summary>
    public string Brand(string language) => Find(language).Brand;

    /// <summary>The text in a language; in English where the deployment has none in that language.</summary>
    public string Write(string language, ShareTextParts parts)
    {
        if (parts.Channel is { } channel && urlOnlyChannels.Contains(channel))
            return parts.Url;
        var (template, brand) = Find(language);
        var values = new Dictionary<string, string> { ["brand"] = brand, ["url"] = parts.Url, ["token"] = ShareTextGrammar.Delimit(parts.Token) };
        if (parts.Title is not null && ShareTextTitle.Clean(parts.Title) is { Length: > 0 } title && !MayBeACode(title))
            values["title"] = title;
        if (parts.Price is { } price && parts.Currency is { } currency)
            values["price"] = FormatPrice(price, currency, language);
        return template.Expand(values);
    }

    /// <summary>The text in every language.</summary>
    public IReadOnlyDictionary<string, string> WriteAll(ShareTextParts parts) => languages.Keys.ToDictionary(language => language, language => Write(language, parts));

    /// <summary>A price as people write it: <c>2399元</c> in Chinese for yuan, otherwise <c>CNY 2399</c>, with its currency's decimals when it is not whole.</summary>
    public static string FormatPrice(decimal price, string currency, string language)
    {
        var amount = Currencies.Short(price, currency);
        return currency == "CNY" && language.StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? amount + "元" : $"{currency} {amount}";
    }

    private (ShareTextTemplate Template, string Brand) Find(string language) => languages.TryGetValue(language, out var found) ? found : languages[English];

    private static Dictionary<string, (ShareTextTemplate, string)> Read(ShareTextOptions options, IEnumerable<KeyValuePair<string, string>> brands)
    {
        var names = new Dictionary<string, string>(OwnBrands, StringComparer.OrdinalIgnoreCase);
        foreach (var (language, brand) in brands)
        {
            // A brand stands before the address, where nothing may be mistaken for one.
            if (brand.Length is 0 or > 30 || ShareTextTitle.Clean(brand) != brand || brand.AsSpan().ContainsAny(ReservedMarks))
                throw new ArgumentException($"ShareLinks:Brand:{language} must be a name of 1 to 30 characters, without brackets, slashes, ￥ and what looks like an address.");
            names[language] = brand;
        }
        var templates = new Dictionary<string, string>(OwnTemplates, StringComparer.OrdinalIgnoreCase);
        foreach (var (language, template) in options.Templates)
            templates[language] = template;
        return templates.ToDictionary(
            entry => entry.Key,
            entry => (ShareTextTemplate.TryParse(entry.Value, out var error) ?? throw new ArgumentException($"ShareLinks:ShareText:Templates:{entry.Key} {error}."),
                names.GetValueOrDefault(entry.Key, names[English])),
            StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>A title that holds a code of this service's, if a damaged one, leads elsewhere than the text does: it is left out.</summary>
    private bool MayBeACode(string title)
    {
        var scanned = scanner.Scan(title);
        return scanned.Codes.Count > 0 || scanned.Runs.Any(run => tokens.Repair(run).Count > 0) || grammar.Expression.IsMatch(title);
    }
}

/// <summary>What a share text is made of.</summary>
/// <param name="Url">The link's address, with the visit it is copied from, if any.</param>
/// <param name="Token">The link's token.</param>
/// <param name="Channel">Where it is to be pasted.</param>
/// <param name="Title">The listing's title, as the marketplace told it.</param>
/// <param name="Price">The listing's price.</param>
/// <param name="Currency">ISO 4217.</param>
public sealed record ShareTextParts(string Url, string Token, string? Channel, string? Title, decimal? Price, string? Currency);
