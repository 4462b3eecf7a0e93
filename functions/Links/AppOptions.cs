namespace ShareLinks.Links;

/// <summary>The marketplace's own apps and mini programs: section <c>ShareLinks:Apps</c>. What is absent is not offered.</summary>
public sealed class AppOptions
{
    public IosAppOptions Ios { get; set; } = new();

    public AndroidAppOptions Android { get; set; } = new();

    public HarmonyAppOptions Harmony { get; set; } = new();

    public WeChatOptions WeChat { get; set; } = new();

    public AlipayOptions Alipay { get; set; } = new();
}

public sealed class IosAppOptions
{
    /// <summary>The apps that may open this service's links, as <c>TEAMID.bundle.id</c>.</summary>
    public IList<string> AppIds { get; } = [];

    /// <summary>
    /// The listing's Universal Link, as a template with <c>{listingId}</c> and <c>{clickId}</c>, on another host than this service's: iOS does
    /// not follow one from a page of the same host.
    /// </summary>
    public string? UniversalLink { get; set; }

    /// <summary>The scheme of <c>{Scheme}://item?id={listingId}&amp;clickId={clickId}</c>, such as <c>examplemarket</c>.</summary>
    public string? Scheme { get; set; }

    /// <summary>The app's page in the App Store.</summary>
    public string? StoreUrl { get; set; }
}

public sealed class AndroidAppOptions
{
    /// <summary>The app's package, such as <c>example.market</c>.</summary>
    public string? Package { get; set; }

    /// <summary>As <see cref="IosAppOptions.Scheme"/>.</summary>
    public string? Scheme { get; set; }

    /// <summary>SHA-256 of the certificates that the app is signed with: 32 pairs of hexadecimal digits, joined by colons.</summary>
    public IList<string> Sha256Fingerprints { get; } = [];

    /// <summary>A page that offers the app; there is no one store in China.</summary>
    public string? StoreUrl { get; set; }
}

public sealed class HarmonyAppOptions
{
    /// <summary>The app's identifier in AppGallery Connect.</summary>
    public string? AppIdentifier { get; set; }

    /// <summary>An App Linking address, as a template with <c>{listingId}</c> and <c>{clickId}</c>.</summary>
    public string? AppLink { get; set; }
}

public sealed class WeChatOptions
{
    /// <summary>The mini program's id: <c>wx</c> and 16 hexadecimal digits.</summary>
    public string? MiniProgramAppId { get; set; }

    /// <summary>The page that shows a listing, such as <c>pages/item</c>.</summary>
    public string Path { get; set; } = "pages/item";

    /// <summary>The page's query, with <c>{listingId}</c> and <c>{clickId}</c>.</summary>
    public string Query { get; set; } = "id={listingId}&clickId={clickId}";

    /// <summary>The secret that lets this service ask WeChat for URL Links and mini program codes; without it the product offers fewer ways.</summary>
    public string? AppSecret { get; set; }
}

public sealed class AlipayOptions
{
    /// <summary>The mini program's id: 16 digits.</summary>
    public string? MiniProgramAppId { get; set; }

    /// <summary>The page that shows a listing, such as <c>pages/item</c>.</summary>
    public string Page { get; set; } = "pages/item";

    /// <summary>The page's query, with <c>{listingId}</c> and <c>{clickId}</c>.</summary>
    public string Query { get; set; } = "id={listingId}&clickId={clickId}";
}
