using ShareLinks.Attribution;
using ShareLinks.Clicks;
using ShareLinks.Dashboard;
using ShareLinks.Events;
using ShareLinks.Minting;
using ShareLinks.Privacy;
using ShareLinks.Qr;
using ShareLinks.Resolving;
using ShareLinks.Rollups;
using ShareLinks.Security;
using ShareLinks.WeChat;

namespace ShareLinks.Hosting;

/// <summary>Every address that the app answers.</summary>
internal static class Routes
{
    public static void Map(IEndpointRouteBuilder app, bool isDevelopment)
    {
        ResolveEndpoints.Map(app);
        TextEndpoints.Map(app);
        Diagnosis.Map(app);
        ConsentEndpoints.Map(app);
        AssociationEndpoints.Map(app);
        QrEndpoints.Map(app);
        WeChatEndpoints.Map(app);
        LinkEndpoints.Map(app, allowHttp: isDevelopment);
        ListingEndpoints.Map(app, allowHttp: isDevelopment);
        ClickEndpoints.Map(app);
        EventEndpoints.Map(app);
        StatsEndpoints.Map(app);
        AttributionEndpoints.Map(app);
        FunnelEndpoints.Map(app);
        SpreadEndpoints.Map(app);
        PersonEndpoints.Map(app);
        DashboardEndpoints.Map(app, allowHttp: isDevelopment);
        KeyEndpoints.Map(app);
        HealthReport.Map(app);
        FoldTimer.Map(app);
        ApiReference.Map(app);
        if (isDevelopment)
            DemoMarket.Map(app);
    }
}
