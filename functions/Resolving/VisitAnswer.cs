using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>Answers somebody who opens a link in a browser, as works best where that is, and records it.</summary>
public sealed class VisitAnswer(
    VisitorReader visitors, RouteTable routes, OfferedWays offers, Handoffs handoffs, VisitRecorder recorder, LandingPage page, LinkAddresses addresses,
    PublicAddress own, ShortCodes codes, ClickIdCodes clickIds)
{
    /// <param name="http">The request.</param>
    /// <param name="resolution">What it leads to.</param>
    /// <param name="format"><c>json</c> tells the decision and records nothing; null opens the link.</param>
    /// <param name="pasted">The text in which the link was sought; null where its address was opened.</param>
    public Task WriteAsync(HttpContext http, Resolution resolution, string? format, string? pasted = null)
    {
        http.Response.Headers.CacheControl = "no-store";
        var client = ClientDetector.Detect(http.Request.Headers);
        if (format is not null)
            return (format == "json" ? Explain(resolution, client) : Problem.InvalidQuery("format", "must be json").ToResult()).ExecuteAsync(http);
        return resolution switch
        {
            Resolution.Found found when client.IsBot => PreviewAsync(http, client, found),
            Resolution.Found found => OpenAsync(http, client, found),
            Resolution.Miss miss => MissAsync(http, client, miss, pasted),
            _ => WriteMissAsync(http, null, pasted),
        };
    }

    private async Task PreviewAsync(HttpContext http, Client client, Resolution.Found found)
    {
        await RecordAsync(http, await visitors.ReadAsync(http, client), found.Link, found.Arrival, ClickAction.Preview, default);
        await page.WritePreviewAsync(http, found);
    }

    private async Task MissAsync(HttpContext http, Client client, Resolution.Miss miss, string? pasted)
    {
        await RecordAsync(http, await visitors.ReadAsync(http, client), miss.Link, miss.Arrival, miss.Action, default);
        await WriteMissAsync(http, miss, pasted);
    }

    private Task OpenAsync(HttpContext http, Client client, Resolution.Found found)
    {
        var row = routes.Find(client);
        return offers.IsPage(row, client.Os, found.Route) ? ShowAsync(http, client, found, row) : RedirectAsync(http, client, found);
    }

    /// <summary>Straight on to the web page: what happens most by far, so no more is kept across its waits than it needs.</summary>
    private Task RedirectAsync(HttpContext http, Client client, Resolution.Found found)
    {
        var reading = visitors.ReadAsync(http, client);
        return reading.IsCompletedSuccessfully && found.Arrival.Visit is null
            ? SendOnAsync(http, found.Route, RecordAsync(http, reading.Result, found.Link, found.Arrival, ClickAction.Redirect, default))
            : RedirectLateAsync(http, client, found, reading);
    }

    /// <summary>As <see cref="RedirectAsync"/>, where the visitor is not known yet or carries a visit on.</summary>
    private async Task RedirectLateAsync(HttpContext http, Client client, Resolution.Found found, ValueTask<Visitor> reading)
    {
        var visitor = await reading;
        var crossing = found.Arrival.Visit is { } carried && !LooksAhead(http, client) ? await handoffs.JoinAsync(carried, found.Link.Id, visitor, found.Arrival.At) : default;
        await SendOnAsync(http, found.Route, RecordAsync(http, visitor, found.Link, found.Arrival, ClickAction.Redirect, crossing));
    }

    private async Task SendOnAsync(HttpContext http, LinkTarget route, ValueTask<ClickReceipt> recording) =>
        Redirect(http, TargetOf(route, (await recording).Id));

    private string TargetOf(LinkTarget route, ClickId? visit)
    {
        Span<char> id = stackalloc char[ClickIdCodes.Length];
        if (visit is { } click)
            clickIds.Encode(click, id);
        return route.Target.Expand(route.ListingId, visit is null ? [] : id);
    }

    private async Task ShowAsync(HttpContext http, Client client, Resolution.Found found, RouteRow row)
    {
        var (link, arrival, looksAhead) = (found.Link, found.Arrival, LooksAhead(http, client));
        var visitor = await visitors.ReadAsync(http, client);
        var crossing = arrival.Visit is { } carried && !looksAhead ? await handoffs.ReopenAsync(carried, link.Id, visitor, arrival.At) : default;
        var visit = crossing.IsSameVisit ? arrival.Visit : (await RecordAsync(http, visitor, link, arrival, ClickAction.Page, crossing)).Id;
        if ((row.CarriesVisit || arrival.Visit is not null) && !looksAhead && !crossing.IsSameVisit && !crossing.IsUnknown && visit is { } id)
        {
            // The page's own address carries its visit from here on: into the browser, to whomever it is forwarded, and when it is loaded anew.
            handoffs.SentTo(id, link.Id, visitor);
            Redirect(http, addresses.Url(link.Id, id));
        }
        else
        {
            await page.WriteAsync(http, found, await offers.OfferNowAsync(row, client.Os, found.Route, Encode(visit)), visit, visitors.MayAsk(http));
        }
    }

    /// <summary>Prefetches and HEAD requests get no visit id.</summary>
    private static bool LooksAhead(HttpContext http, Client client) => client.IsPrefetch || HttpMethods.IsHead(http.Request.Method);

    /// <summary>Records an opening; one that a HEAD merely looks at has no id.</summary>
    private ValueTask<ClickReceipt> RecordAsync(HttpContext http, Visitor visitor, LinkAttributes link, Arrival arrival, ClickAction action, Crossing crossing) =>
        HttpMethods.IsHead(http.Request.Method) ? default : recorder.RecordAsync(link, arrival, action, visitor, crossing);

    private static void Redirect(HttpContext http, string address)
    {
        http.Response.Headers.Location = address;
        http.Response.StatusCode = StatusCodes.Status302Found;
    }

    private Task WriteMissAsync(HttpContext http, Resolution.Miss? miss, string? pasted)
    {
        if (VisitorHeaders.WantsHtml(http.Request.Headers))
            return miss is null or { Action: ClickAction.MissUnknown } ? Pages.UnknownAsync(http, pasted ?? own.Url(http.Request.Path.Value ?? "")) : Pages.GoneAsync(http);
        http.Response.Headers.Vary = "Accept";
        return Misses.ProblemOf(miss).WriteAsync(http);
    }

    private IResult Explain(Resolution resolution, Client client)
    {
        if (resolution is not Resolution.Found found)
            return Misses.ProblemOf(resolution as Resolution.Miss).ToResult();
        var row = routes.Find(client);
        var ways = offers.Offer(row, client.Os, found.Route, null);
        var action = client.IsBot ? "preview" : offers.IsPage(row, client.Os, found.Route) ? "page" : "redirect";
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
