using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>Answers somebody who opens a link in a browser, and records it.</summary>
public sealed class VisitAnswer(VisitRecorder recorder, ShortCodes codes, ClickIdCodes clickIds, PublicAddress address)
{
    /// <param name="http">The request.</param>
    /// <param name="resolution">What it leads to.</param>
    /// <param name="format"><c>json</c> tells the decision and records nothing; null opens the link.</param>
    public async Task WriteAsync(HttpContext http, Resolution resolution, string? format)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (format is not null)
        {
            var answer = format == "json" ? Explain(resolution) : Problem.InvalidQuery("format", "must be json").ToResult();
            await answer.ExecuteAsync(http);
            return;
        }
        switch (resolution)
        {
            case Resolution.Found found:
                var id = await RecordAsync(http, found.Link, found.Arrival, ClickAction.Redirect);
                http.Response.Headers.Location = found.Route.Target.Expand(found.Route.ListingId, id);
                http.Response.StatusCode = StatusCodes.Status302Found;
                break;
            case Resolution.Miss miss:
                await RecordAsync(http, miss.Link, miss.Arrival, miss.Action);
                await WriteMissAsync(http, miss);
                break;
            default:
                await WriteMissAsync(http, null);
                break;
        }
    }

    private async ValueTask<string?> RecordAsync(HttpContext http, LinkAttributes link, Arrival arrival, ClickAction action)
    {
        if (HttpMethods.IsHead(http.Request.Method))
            return null;
        var visit = await recorder.RecordAsync(link, arrival, action, new Visitor
        {
            Language = VisitorHeaders.Language(http.Request.Headers),
            Referrer = VisitorHeaders.Referrer(http.Request.Headers, address),
        });
        return visit.Id is { } id ? clickIds.Encode(id) : null;
    }

    private static Task WriteMissAsync(HttpContext http, Resolution.Miss? miss)
    {
        if (VisitorHeaders.WantsHtml(http.Request.Headers))
            return miss is null or { Action: ClickAction.MissUnknown } ? Pages.UnknownAsync(http) : Pages.GoneAsync(http);
        http.Response.Headers.Vary = "Accept";
        return Misses.ProblemOf(miss).WriteAsync(http);
    }

    private IResult Explain(Resolution resolution) => resolution switch
    {
        Resolution.Found found => Results.Json(
            new DecisionView(codes.Encode(found.Link.Id), found.Link.ListingId, new Decision("redirect", found.Route.Target.Expand(found.Route.ListingId, null), found.Route.Rule)),
            ResolvingJson.Instance.DecisionView),
        var miss => Misses.ProblemOf(miss as Resolution.Miss).ToResult(),
    };
}

/// <summary>What opening a link would do.</summary>
public sealed record DecisionView(string Code, string? ListingId, Decision Decision);

/// <summary>An action and where it leads.</summary>
/// <param name="Action"><c>redirect</c>.</param>
/// <param name="Target">The address, without a click id.</param>
/// <param name="Rule"><c>own_destination</c>, <c>web</c>, <c>successor</c> or <c>similar</c>.</param>
public sealed record Decision(string Action, string Target, string Rule);
