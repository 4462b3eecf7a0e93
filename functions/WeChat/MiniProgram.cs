using System.Text.RegularExpressions;
using ShareLinks.Links;

namespace ShareLinks.WeChat;

/// <summary>The marketplace's WeChat mini program: its page for a listing, and the addresses that open it without asking WeChat. Pure.</summary>
public sealed partial class MiniProgram
{
    /// <summary>Characters that a plain scheme's query has at most, counted as it stands in the scheme.</summary>
    public const int MaxSchemeQuery = 512;

    /// <summary>Characters that the custom query of a URL Link has at most, counted as it stands in the address.</summary>
    /// <remarks>WeChat's pages say 256 and not whether before or after encoding; what fits encoded fits either way.</remarks>
    public const int MaxCustomQuery = 256;

    private const string ListingId = "{listingId}";
    private const string ClickId = "{clickId}";

    private readonly string query;

    /// <exception cref="ArgumentException">A setting is wrong; the message names it.</exception>
    public MiniProgram(WeChatOptions options)
    {
        Check(options);
        AppId = string.IsNullOrEmpty(options.MiniProgramAppId) ? null : options.MiniProgramAppId;
        Path = options.Path;
        query = options.Query;
        HasCredentials = AppId is not null && !string.IsNullOrEmpty(options.AppSecret);
    }

    /// <summary><c>wx</c> and 16 hexadecimal digits; null when the marketplace has no mini program.</summary>
    public string? AppId { get; }

    /// <summary>The page that shows a listing, without a slash before it and without a query.</summary>
    public string Path { get; }

    /// <summary>Whether WeChat can be asked for URL Links and mini program codes.</summary>
    public bool HasCredentials { get; }

    /// <summary>Checks the settings of section <c>ShareLinks:Apps:WeChat</c>.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it.</exception>
    public static void Check(WeChatOptions options)
    {
        if (!string.IsNullOrEmpty(options.MiniProgramAppId) && !AppIdForm().IsMatch(options.MiniProgramAppId))
            throw new ArgumentException("ShareLinks:Apps:WeChat:MiniProgramAppId must be wx and 16 hexadecimal digits in lower case.");
        if (options.Path is null || options.Path.Length > 128 || !PathForm().IsMatch(options.Path))
            throw new ArgumentException("ShareLinks:Apps:WeChat:Path must be a page of the mini program, such as pages/item: at most 128 characters, no slash before it and no query.");
        if (options.Query is null || !options.Query.Contains(ListingId, StringComparison.Ordinal) || !options.Query.Contains(ClickId, StringComparison.Ordinal))
            throw new ArgumentException($"ShareLinks:Apps:WeChat:Query must hold {ListingId} and {ClickId}.");
        if (!QueryForm().IsMatch(options.Query.Replace(ListingId, "", StringComparison.Ordinal).Replace(ClickId, "", StringComparison.Ordinal)))
            throw new ArgumentException($"ShareLinks:Apps:WeChat:Query may hold {ListingId} and {ClickId}, no other braces, and otherwise only letters, digits, !#$&'()*+,/:;=?@-._~ and what is percent-encoded.");
    }

    /// <summary>The page's query for one listing and click. Each id is percent-encoded, so none can end its value or start another; a missing one leaves its place empty.</summary>
    public string Query(string? listingId, string? clickId) => query
        .Replace(ListingId, Uri.EscapeDataString(listingId ?? ""), StringComparison.Ordinal)
        .Replace(ClickId, Uri.EscapeDataString(clickId ?? ""), StringComparison.Ordinal);

    /// <summary>
    /// <c>weixin://dl/business/?appid=…</c>, which opens the page from a browser outside WeChat once the mini program's console declares it ("明文 URL Scheme");
    /// null when there is no mini program or the ids do not fit.
    /// </summary>
    /// <remarks>From <c>developers.weixin.qq.com/miniprogram/dev/framework/open-ability/url-scheme.html</c>. Android follows it from a page only.</remarks>
    public string? PlainScheme(string? listingId, string? clickId) =>
        AppId is not null && Encode(listingId, clickId, MaxSchemeQuery) is { } encoded
            ? $"weixin://dl/business/?appid={AppId}&path={Path}&query={encoded}&env_version=release"
            : null;

    /// <summary>The value of <c>cq</c> that gives a URL Link this listing and click; null when they do not fit.</summary>
    /// <remarks>
    /// <para>Since 19 December 2023 every URL Link takes <c>?cq=</c> behind it, with nothing to switch on: a query of at most 256 characters of
    /// <c>0-9A-Za-z!#$&amp;'()*+,/:;=?@-._~%</c>, percent-encoded as a whole, and any number of people may open it
    /// (<c>developers.weixin.qq.com/miniprogram/dev/framework/open-ability/url-link.html</c>). The page receives the query's parameters as its own.</para>
    /// <para>So an id is encoded twice, and a page decodes its value once (<c>decodeURIComponent</c>).</para>
    /// </remarks>
    public string? CustomQuery(string? listingId, string? clickId) => Encode(listingId, clickId, MaxCustomQuery);

    private string? Encode(string? listingId, string? clickId, int maxLength)
    {
        var encoded = Uri.EscapeDataString(Query(listingId, clickId));
        return encoded.Length <= maxLength ? encoded : null;
    }

    [GeneratedRegex(@"\Awx[0-9a-f]{16}\z")]
    private static partial Regex AppIdForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*\z")]
    private static partial Regex PathForm();

    [GeneratedRegex(@"\A(?:[0-9A-Za-z!#$&'()*+,/:;=?@._~-]|%[0-9A-Fa-f]{2})*\z")]
    private static partial Regex QueryForm();
}
