using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary><c>GET /api/links/{code}/diagnose</c>: what a link does in every app on every system, and what the configuration lacks.</summary>
public static class Diagnosis
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(
        "/api/links/{code}/diagnose",
        async Task<IResult> (string code, LinkResolver resolver, RouteTable table, OfferedWays offers, TimeProvider time) => await resolver.ResolveAsync(code, time.GetUtcNow(), LookupPermit.Free) switch
        {
            Resolution.Found found => Results.Json(new DiagnosisView(found.Route.Rule, Cells(found.Route, table, offers)), ResolvingJson.Instance.DiagnosisView),
            var miss => Misses.ProblemOf(miss as Resolution.Miss).ToResult(),
        })
        .RequireAuthorization(Scopes.Query)
        .WithTags("Resolving").WithSummary("What a link does in every app on every system, and which settings are missing for more").Produces<DiagnosisView>();

    /// <summary>Every app on every system through the route table.</summary>
    internal static IReadOnlyList<DiagnosisCell> Cells(LinkTarget route, RouteTable table, OfferedWays offers)
    {
        var cells = new List<DiagnosisCell>();
        foreach (var app in Enum.GetValues<ClientApp>())
        {
            foreach (var os in Enum.GetValues<ClientOs>())
            {
                // The newest version: older ones can do less.
                var row = table.Find(new Client(app, app == ClientApp.Wechat ? new Version(int.MaxValue, 0) : null, os, ClientDevice.Other, IsBot: false, IsPrefetch: false));
                var ways = offers.Offer(row, os, route, null);
                cells.Add(new DiagnosisCell(
                    app.Name(), os.Name(), row.Name, offers.IsPage(row, os, route) ? "page" : "redirect", [.. ways.Select(offered => RouteTable.Name(offered.Way))],
                    [.. row.Ways.SelectMany(way => offers.Missing(way, os, route)).Concat(offers.MissingAssociation(os)).Distinct()]));
            }
        }
        return cells;
    }
}

/// <summary>A link in every app on every system.</summary>
/// <param name="Destination">What its web page is: <c>own_destination</c>, <c>web</c>, <c>successor</c> or <c>similar</c>.</param>
/// <param name="Cells">One for each app and system.</param>
public sealed record DiagnosisView(string Destination, IReadOnlyList<DiagnosisCell> Cells);

/// <param name="App">Such as <c>wechat</c>.</param>
/// <param name="Os">Such as <c>ios</c>.</param>
/// <param name="Rule">The row of the route table.</param>
/// <param name="Action"><c>redirect</c> or <c>page</c>.</param>
/// <param name="Ways">What a page offers, the main way first.</param>
/// <param name="Missing">Settings that would add a way, or let links open the app by themselves.</param>
public sealed record DiagnosisCell(string App, string Os, string Rule, string Action, IReadOnlyList<string> Ways, IReadOnlyList<string> Missing);
