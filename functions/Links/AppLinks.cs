using System.Text.RegularExpressions;

namespace ShareLinks.Links;

/// <summary>Addresses that open a listing inside the marketplace's own apps and in its Alipay mini program; each is null where the deployment has none.</summary>
/// <remarks>Every id is encoded by the rules of the place it goes to, so that none can break out of an address. Thread-safe.</remarks>
public sealed partial class AppLinks
{
    /// <summary>Schemes that would open something other than an app of the marketplace's.</summary>
    private static readonly string[] ForeignSchemes = ["http", "https", "javascript", "data", "vbscript", "file", "blob", "about", "intent", "mailto", "tel", "sms"];

    private readonly DestinationTemplate? universalLink;
    private readonly string? iosScheme;
    private readonly string? androidScheme;
    private readonly string? androidPackage;
    private readonly DestinationTemplate? harmonyLink;
    private readonly AlipayOptions alipay;

    /// <exception cref="ArgumentException">A setting is wrong; the message names it.</exception>
    public AppLinks(AppOptions options)
    {
        universalLink = ReadTemplate(options.Ios.UniversalLink, "Ios:UniversalLink");
        iosScheme = ReadScheme(options.Ios.Scheme, "Ios");
        androidScheme = ReadScheme(options.Android.Scheme, "Android");
        androidPackage = options.Android.Package;
        harmonyLink = ReadTemplate(options.Harmony.AppLink, "Harmony:AppLink");
        IosStore = ReadStore(options.Ios.StoreUrl, "Ios");
        AndroidStore = ReadStore(options.Android.StoreUrl, "Android");
        alipay = options.Alipay;
        if (!string.IsNullOrEmpty(alipay.MiniProgramAppId))
        {
            if (!AlipayAppIdForm().IsMatch(alipay.MiniProgramAppId))
                throw new ArgumentException("ShareLinks:Apps:Alipay:MiniProgramAppId must be 16 digits.");
            if (alipay.Page is null || !AlipayPageForm().IsMatch(alipay.Page))
                throw new ArgumentException("ShareLinks:Apps:Alipay:Page must be a page of the mini program, such as pages/item.");
            if (alipay.Query is null || Places().Matches(alipay.Query).Select(place => place.Value).Distinct().Count() < 2 || Places().Replace(alipay.Query, "").AsSpan().ContainsAny('{', '}', '#'))
                throw new ArgumentException("ShareLinks:Apps:Alipay:Query must hold {listingId} and {clickId}, and no other braces and no #.");
        }
    }

    /// <summary>The host of the Universal Link.</summary>
    public string? UniversalLinkAuthority => universalLink?.Authority;

    public string? IosStore { get; }

    public string? AndroidStore { get; }

    /// <summary>Whether there is anything to go on to by phone.</summary>
    public bool HasAny => universalLink is not null || iosScheme is not null || androidScheme is not null || harmonyLink is not null || IosStore is not null
        || AndroidStore is not null || !string.IsNullOrEmpty(alipay.MiniProgramAppId);

    /// <summary>Opens a listing in the app for an OS; null when the marketplace has none there.</summary>
    /// <param name="os"><c>ios</c>, <c>ipados</c>, <c>android</c> or <c>harmony</c>; otherwise the first app there is.</param>
    /// <param name="listingId">The listing.</param>
    /// <param name="clickId">The click that led to it; null leaves its place empty.</param>
    public string? Open(string? os, string listingId, string? clickId) => os switch
    {
        "ios" or "ipados" => IosScheme(listingId, clickId),
        "android" => AndroidScheme(listingId, clickId),
        "harmony" => HarmonyLink(listingId, clickId),
        _ => IosScheme(listingId, clickId) ?? AndroidScheme(listingId, clickId) ?? HarmonyLink(listingId, clickId),
    };

    public string? UniversalLink(string listingId, string? clickId) => universalLink?.Expand(listingId, clickId);

    public string? IosScheme(string listingId, string? clickId) => iosScheme is null ? null : $"{iosScheme}://{Item(listingId, clickId)}";

    public string? AndroidScheme(string listingId, string? clickId) => androidScheme is null ? null : $"{androidScheme}://{Item(listingId, clickId)}";

    /// <summary>Whether there is an app for Chrome on Android to open.</summary>
    public bool HasIntent => androidScheme is not null && !string.IsNullOrEmpty(androidPackage);

    /// <summary>What Chrome on Android opens the app by, on a tap; without the app it goes to <paramref name="fallback"/>.</summary>
    public string? AndroidIntent(string listingId, string? clickId, string? fallback) => !HasIntent
        ? null
        : $"intent://{Item(listingId, clickId)}#Intent;scheme={androidScheme};package={androidPackage};"
            + (fallback is null ? "" : $"S.browser_fallback_url={Uri.EscapeDataString(fallback)};") + "end";

    public string? HarmonyLink(string listingId, string? clickId) => harmonyLink?.Expand(listingId, clickId);

    /// <summary>Opens the Alipay mini program, inside Alipay.</summary>
    public string? AlipayScheme(string listingId, string? clickId) => string.IsNullOrEmpty(alipay.MiniProgramAppId)
        ? null
        : $"alipays://platformapi/startapp?appId={alipay.MiniProgramAppId}&page={Uri.EscapeDataString(alipay.Page)}&query={Uri.EscapeDataString(Expand(alipay.Query, listingId, clickId))}";

    /// <summary>Opens the Alipay mini program from a browser, by a page of Alipay's.</summary>
    public string? AlipayWeb(string listingId, string? clickId) =>
        AlipayScheme(listingId, clickId) is { } scheme ? $"https://ds.alipay.com/?scheme={Uri.EscapeDataString(scheme)}" : null;

    private static string Item(string listingId, string? clickId) => $"item?id={Uri.EscapeDataString(listingId)}&clickId={clickId}";

    private static string Expand(string query, string listingId, string? clickId) =>
        Places().Replace(query, place => place.Value == "{listingId}" ? Uri.EscapeDataString(listingId) : clickId ?? "");

    private static DestinationTemplate? ReadTemplate(string? text, string name)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return DestinationTemplate.TryParse(text, allowHttp: false, out var error) ?? throw new ArgumentException($"ShareLinks:Apps:{name} {error}.");
    }

    private static string? ReadScheme(string? scheme, string app)
    {
        if (string.IsNullOrEmpty(scheme))
            return null;
        if (!SchemeForm().IsMatch(scheme) || ForeignSchemes.Contains(scheme))
            throw new ArgumentException($"ShareLinks:Apps:{app}:Scheme must be a scheme of the app's own, such as examplemarket: a letter, then up to 31 of a-z, 0-9, +, . and -.");
        return scheme;
    }

    private static string? ReadStore(string? address, string app)
    {
        if (string.IsNullOrEmpty(address))
            return null;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var store) || store.Scheme != Uri.UriSchemeHttps || store.UserInfo.Length > 0)
            throw new ArgumentException($"ShareLinks:Apps:{app}:StoreUrl must be an absolute https address.");
        return store.AbsoluteUri;
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9+.-]{0,31}\z")]
    private static partial Regex SchemeForm();

    [GeneratedRegex(@"\A\d{16}\z")]
    private static partial Regex AlipayAppIdForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\z")]
    private static partial Regex AlipayPageForm();

    [GeneratedRegex(@"\{listingId\}|\{clickId\}")]
    private static partial Regex Places();
}
