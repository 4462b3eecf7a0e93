using Microsoft.AspNetCore.Routing.Patterns;
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

/// <summary>Every address that the app answers. (A Functions worker has endpoints of its own beside them.)</summary>
public sealed class AppEndpoints(IHostEnvironment environment)
{
    private IReadOnlyList<EndpointDataSource> sources = [];

    /// <summary>The endpoints, once they are mapped.</summary>
    public IEnumerable<RouteEndpoint> All => sources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    /// <summary>The first parts of addresses, where they are fixed: <c>api</c>, <c>docs</c>, …</summary>
    public IEnumerable<string> FirstParts => All
        .Select(endpoint => endpoint.RoutePattern.PathSegments is [{ IsSimple: true, Parts: [RoutePatternLiteralPart part] }, ..] ? part.Content : null)
        .OfType<string>();

    /// <summary>Maps them.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var isDevelopment = environment.IsDevelopment();
        ResolveEndpoints.Map(routes);
        TextEndpoints.Map(routes);
        Diagnosis.Map(routes);
        ConsentEndpoints.Map(routes);
        AssociationEndpoints.Map(routes);
        QrEndpoints.Map(routes);
        WeChatEndpoints.Map(routes);
        LinkEndpoints.Map(routes, allowHttp: isDevelopment);
        ListingEndpoints.Map(routes, allowHttp: isDevelopment);
        ClickEndpoints.Map(routes);
        EventEndpoints.Map(routes);
        StatsEndpoints.Map(routes);
        AttributionEndpoints.Map(routes);
        FunnelEndpoints.Map(routes);
        SpreadEndpoints.Map(routes);
        PersonEndpoints.Map(routes);
        DashboardEndpoints.Map(routes, allowHttp: isDevelopment);
        KeyEndpoints.Map(routes);
        HealthReport.Map(routes);
        ApiReference.Map(routes);
        if (isDevelopment)
            DemoMarket.Map(routes);
        sources = [.. routes.DataSources];
    }
}
