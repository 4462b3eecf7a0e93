using ShareLinks.Links;
using ShareLinks.WeChat;

namespace ShareLinks.Resolving;

/// <summary>Which ways on there are for a client, with their addresses, and what the configuration lacks for the others.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class OfferedWays(AppOptions options, AppLinks apps, MiniProgram miniProgram, IWeChat weChat)
{
    /// <summary>The row's ways that the deployment has, in the row's order; of several to the same app the first.</summary>
    /// <param name="row">What works for the client.</param>
    /// <param name="os">The client's system.</param>
    /// <param name="route">Where the link leads.</param>
    /// <param name="clickId">The visit's id; null leaves its place empty.</param>
    public IReadOnlyList<OfferedWay> Offer(RouteRow row, ClientOs os, LinkTarget route, string? clickId) => FirstOfEach(All(row, os, route, clickId), route, clickId);

    /// <summary>As <see cref="Offer"/>, with what WeChat itself has to provide; left out where it does not answer in time.</summary>
    public async ValueTask<IReadOnlyList<OfferedWay>> OfferNowAsync(RouteRow row, ClientOs os, LinkTarget route, string? clickId)
    {
        var ways = All(row, os, route, clickId);
        if (!ways.Exists(offered => offered.Way == Way.WechatUrlLink))
            return FirstOfEach(ways, route, clickId);
        var urlLink = await weChat.UrlLinkAsync(route.ListingId, clickId);
        return FirstOfEach([.. ways.Select(offered => offered.Way == Way.WechatUrlLink ? offered with { Address = urlLink } : offered).Where(offered => offered.Address is not null)], route, clickId);
    }

    /// <summary>Whether a visitor gets a landing page; otherwise a redirect to the web page.</summary>
    public bool IsPage(RouteRow row, ClientOs os, LinkTarget route)
    {
        if (row.Action != RouteAction.Auto)
            return row.Action == RouteAction.Page;
        for (var i = 0; i < row.Ways.Count; i++)
        {
            if (row.Ways[i] is not (Way.Web or Way.Copy) && AddressOf(row.Ways[i], os, route, null) is not null)
                return true;
        }
        return false;
    }

    private List<OfferedWay> All(RouteRow row, ClientOs os, LinkTarget route, string? clickId) =>
        [.. row.Ways.Select(way => new OfferedWay(way, AddressOf(way, os, route, clickId))).Where(offered => offered.Address is not null)];

    /// <summary>One way to each goal, and the web page where there would be none at all.</summary>
    private static List<OfferedWay> FirstOfEach(List<OfferedWay> ways, LinkTarget route, string? clickId) =>
        ways.Count == 0 ? [new OfferedWay(Way.Web, route.Target.Expand(route.ListingId, clickId))] : [.. ways.DistinctBy(offered => Goal(offered.Way))];

    /// <summary>The settings that a way needs and the deployment lacks; none when the way is there, or no setting would help this link.</summary>
    public IReadOnlyList<string> Missing(Way way, ClientOs os, LinkTarget route) =>
        AddressOf(way, os, route, null) is not null || !route.ShowsListing ? [] : Unset(Needs(way, os));

    /// <summary>The settings that a system needs so that links of this host open the app by themselves, and that the deployment lacks.</summary>
    public IReadOnlyList<string> MissingAssociation(ClientOs os) => Unset(os switch
    {
        ClientOs.Ios or ClientOs.Ipados => [(":Ios:AppIds", options.Ios.AppIds.FirstOrDefault())],
        ClientOs.Android => [(":Android:Package", options.Android.Package), (":Android:Sha256Fingerprints", options.Android.Sha256Fingerprints.FirstOrDefault())],
        ClientOs.Harmony => [(":Harmony:AppIdentifier", options.Harmony.AppIdentifier)],
        _ => [],
    });

    private static IReadOnlyList<string> Unset((string Name, string? Value)[] settings) =>
        [.. settings.Where(setting => string.IsNullOrEmpty(setting.Value)).Select(setting => "ShareLinks:Apps" + setting.Name)];

    private (string Name, string? Value)[] Needs(Way way, ClientOs os) => way switch
    {
        Way.UniversalLink => [(":Ios:UniversalLink", options.Ios.UniversalLink)],
        Way.Scheme when os is ClientOs.Ios or ClientOs.Ipados => [(":Ios:Scheme", options.Ios.Scheme)],
        Way.Scheme => [(":Android:Scheme", options.Android.Scheme)],
        Way.Intent => [(":Android:Scheme", options.Android.Scheme), (":Android:Package", options.Android.Package)],
        Way.AppLinking => [(":Harmony:AppLink", options.Harmony.AppLink)],
        Way.Store when os is ClientOs.Ios or ClientOs.Ipados => [(":Ios:StoreUrl", options.Ios.StoreUrl)],
        Way.Store when os == ClientOs.Android => [(":Android:StoreUrl", options.Android.StoreUrl)],
        Way.WechatUrlLink => [(":WeChat:MiniProgramAppId", options.WeChat.MiniProgramAppId), (":WeChat:AppSecret", options.WeChat.AppSecret)],
        Way.WechatScheme => [(":WeChat:MiniProgramAppId", options.WeChat.MiniProgramAppId)],
        Way.AlipayScheme or Way.AlipayWeb => [(":Alipay:MiniProgramAppId", options.Alipay.MiniProgramAppId)],
        Way.Qr => [("", null)],
        _ => [],
    };

    /// <summary>One of the ways that open the same thing.</summary>
    private static Way Goal(Way way) => way switch
    {
        Way.UniversalLink or Way.Intent or Way.AppLinking => Way.Scheme,
        Way.WechatUrlLink => Way.WechatScheme,
        Way.AlipayWeb => Way.AlipayScheme,
        _ => way,
    };

    /// <summary>Where a way leads, or an empty address for what the page does itself; null when the way is not there.</summary>
    private string? AddressOf(Way way, ClientOs os, LinkTarget route, string? clickId)
    {
        switch (way)
        {
            case Way.Web:
                return route.Target.Expand(route.ListingId, clickId);
            case Way.Copy or Way.OpenInBrowser:
                return "";
            case Way.Qr:
                return apps.HasAny || miniProgram.AppId is not null ? "" : null;
            case Way.Store:
                return os switch
                {
                    ClientOs.Ios or ClientOs.Ipados => apps.IosStore,
                    ClientOs.Android => apps.AndroidStore,
                    // HarmonyOS has a store of its own, which App Linking leads to.
                    _ => null,
                };
        }
        // Whatever opens an app shows a listing there.
        if (!route.ShowsListing)
            return null;
        var listingId = route.ListingId!;
        return way switch
        {
            Way.UniversalLink => apps.UniversalLink(listingId, clickId),
            Way.Scheme => os is ClientOs.Ios or ClientOs.Ipados ? apps.IosScheme(listingId, clickId) : apps.AndroidScheme(listingId, clickId),
            Way.Intent when apps.HasIntent => apps.AndroidIntent(listingId, clickId, apps.AndroidStore ?? route.Target.Expand(listingId, clickId)),
            Way.AppLinking => apps.HarmonyLink(listingId, clickId),
            // Which address it is takes asking: see OfferNowAsync.
            Way.WechatUrlLink => weChat.IsConfigured ? "" : null,
            Way.WechatScheme => miniProgram.PlainScheme(listingId, clickId),
            Way.AlipayScheme => apps.AlipayScheme(listingId, clickId),
            Way.AlipayWeb => apps.AlipayWeb(listingId, clickId),
            _ => null,
        };
    }
}

/// <summary>A way on that a page offers.</summary>
/// <param name="Way">What it is.</param>
/// <param name="Address">Where it leads; empty for what the page does itself, null when it is not there.</param>
public sealed record OfferedWay(Way Way, string? Address);
