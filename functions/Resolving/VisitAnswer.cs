using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>Answers somebody who opens a link in a browser, as works best where that is, and records it.</summary>
public sealed class VisitAnswer(
    VisitorReader visitors, RouteTable routes, OfferedWays offers, HandOvers handOvers, VisitRecorder recorder, LandingPage page, LinkAddresses addresses,
    ShortCodes codes, ClickIdCodes clickIds)
{
    /// <param name="http">The request.</param>
    /// <param name="resolution">What it leads to.</param>
    /// <param name="format"><c>json</c> tells the decision and records nothing; null opens the link.</param>
    public async Task WriteAsync(HttpContext http, Resolution resolution, string? format)
    {
        http.Response.Headers.CacheControl = "no-store";
        var client = ClientDetector.Detect(http.Request.Headers);
        if (format is not null)
        {
            var answer = format == "json" ? Explain(resolution, client) : Problem.InvalidQuery("format", "must be json").ToResult();
            await answer.ExecuteAsync(http);
            return;
        }
        switch (resolution)
        {
            case Resolution.Found found when client.IsBot:
                await RecordAsync(http, client, found.Link, found.Arrival, ClickAction.Preview, default);
                await page.WritePreviewAsync(http, found);
                break;
            case Resolution.Found found:
                await OpenAsync(http, client, found);
                break;
            case Resolution.Miss miss:
                await RecordAsync(http, client, miss.Link, miss.Arrival, miss.Action, default);
                await WriteMissAsync(http, miss);
                break;
            default:
                await WriteMissAsync(http, null);
                break;
        }
    }

    private async Task OpenAsync(HttpContext http, Client client, Resolution.Found found)
    {
        var row = routes.Find(client);
        var isPage = OfferedWays.IsPage(row, offers.Offer(row, client.Os, found.Route, null));
        var (link, arrival) = (found.Link, found.Arrival);
        var visitor = await visitors.ReadAsync(http, client);
        // Whoever only looks ahead goes on with nothing.
        var looksAhead = client.IsPrefetch || HttpMethods.IsHead(http.Request.Method);
        var crossing = looksAhead || arrival.Visit is not { } carried ? default
            : isPage ? await handOvers.ReopenAsync(carried, link.Id, visitor, arrival.At)
            : await handOvers.JoinAsync(carried, link.Id, visitor, arrival.At);
        var visit = crossing.IsSameVisit ? arrival.Visit : await RecordAsync(http, visitor, link, arrival, isPage ? ClickAction.Page : ClickAction.Redirect, crossing);
        if (!isPage)
        {
            Redirect(http, found.Route.Target.Expand(found.Route.ListingId, Encode(visit)));
        }
        else if ((row.CarriesVisit || arrival.Visit is not null) && !looksAhead && !crossing.IsSameVisit && !crossing.IsUnknown && visit is { } id)
        {
            // The page's own address carries its visit from here on: into the browser, to whomever it is forwarded, and when it is loaded anew.
            handOvers.SentTo(id, link.Id, visitor);
            Redirect(http, addresses.Url(link.Id, id));
        }
        else
        {
            await page.WriteAsync(http, found, await offers.OfferNowAsync(row, client.Os, found.Route, Encode(visit)), visit, visitors.MayAsk(http));
        }
    }

    private async ValueTask<ClickId?> RecordAsync(HttpContext http, Client client, LinkAttributes link, Arrival arrival, ClickAction action, Crossing crossing) =>
        await RecordAsync(http, await visitors.ReadAsync(http, client), link, arrival, action, crossing);

    private async ValueTask<ClickId?> RecordAsync(HttpContext http, Visitor visitor, LinkAttributes link, Arrival arrival, ClickAction action, Crossing crossing) =>
        HttpMethods.IsHead(http.Request.Method) ? null : (await recorder.RecordAsync(link, arrival, action, visitor, crossing)).Id;

    private static void Redirect(HttpContext http, string address)
    {
        http.Response.Headers.Location = address;
        http.Response.StatusCode = StatusCodes.Status302Found;
    }

    private static Task WriteMissAsync(HttpContext http, Resolution.Miss? miss)
    {
        if (VisitorHeaders.WantsHtml(http.Request.Headers))
            return miss is null or { Action: ClickAction.MissUnknown } ? Pages.UnknownAsync(http) : Pages.GoneAsync(http);
        http.Response.Headers.Vary = "Accept";
        return Misses.ProblemOf(miss).WriteAsync(http);
    }

    private IResult Explain(Resolution resolution, Client client)
    {
        if (resolution is not Resolution.Found found)
            return Misses.ProblemOf(resolution as Resolution.Miss).ToResult();
        var row = routes.Find(client);
        var ways = offers.Offer(row, client.Os, found.Route, null);
        var action = client.IsBot ? "preview" : OfferedWays.IsPage(row, ways) ? "page" : "redirect";
        return Results.Json(
            new DecisionView(
                codes.Encode(found.Link.Id), found.Link.ListingId, new ClientView(client.App.Name(), client.Os.Name(), client.Device.Name(), client.IsBot),
                new Decision(action, found.Route.Target.Expand(found.Route.ListingId, null), row.Name, found.Route.Rule, [.. ways.Select(offered => RouteTable.Name(offered.Way))])),
            ResolvingJson.Instance.DecisionView);
    }

    private string? Encode(ClickId? click) => click is { } id ? clickIds.Encode(id) : null;
}

/// <summary>What opening a link would do.</summary>
/// <param name="Code">The link.</param>
/// <param name="ListingId">Its listing.</param>
/// <param name="Client">What asked.</param>
/// <param name="Decision">What it would get.</param>
public sealed record DecisionView(string Code, string? ListingId, ClientView Client, Decision Decision);

/// <param name="App">Such as <c>wechat</c>.</param>
/// <param name="Os">Such as <c>ios</c>.</param>
/// <param name="Device"><c>mobile</c>, <c>tablet</c>, <c>desktop</c> or <c>other</c>.</param>
/// <param name="IsBot">Whether a program asked.</param>
public sealed record ClientView(string App, string Os, string Device, bool IsBot);

/// <summary>An action and where it leads.</summary>
/// <param name="Action"><c>redirect</c>, <c>page</c> or <c>preview</c>.</param>
/// <param name="Target">The web page's address, without a click id.</param>
/// <param name="Rule">The row of the route table that decided.</param>
/// <param name="Destination">What the web page is: <c>own_destination</c>, <c>web</c>, <c>successor</c> or <c>similar</c>.</param>
/// <param name="Ways">What a page offers, the main way first.</param>
public sealed record Decision(string Action, string Target, string Rule, string Destination, IReadOnlyList<string> Ways);
