using System.Text.Json.Serialization;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;

namespace ShareLinks.Resolving;

/// <summary><c>GET /</c> and <c>GET /{code}</c>: what people open.</summary>
public static class ResolveEndpoints
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", GetAndHead, (HttpContext http) => Pages.HomeAsync(http)).ExcludeFromDescription();
        routes.MapMethods("/{code}", GetAndHead, async Task (string code, string? format, HttpContext http, LinkResolver resolver, ClickLog log, ShortCodes codes, ClickIdCodes clickIds, TimeProvider time) =>
            await AnswerAsync(await resolver.ResolveAsync(code), format, http, log, codes, clickIds, time))
            .WithTags("Resolving")
            .WithSummary("Open a link, by its code or alias; with format=json the decision is told and nothing recorded")
            .Produces(StatusCodes.Status302Found).Produces<DecisionView>();
        routes.MapMethods("/Q/{token}", GetAndHead, async Task (string token, string? format, HttpContext http, LinkResolver resolver, ClickLog log, ShortCodes codes, ClickIdCodes clickIds, TimeProvider time) =>
            await AnswerAsync(await resolver.ResolveTokenAsync(token), format, http, log, codes, clickIds, time))
            .WithTags("Resolving")
            .WithSummary("Open a link by the token in its QR picture, in any case")
            .Produces(StatusCodes.Status302Found).Produces<DecisionView>();
    }

    private static async Task AnswerAsync(Resolution resolution, string? format, HttpContext http, ClickLog log, ShortCodes codes, ClickIdCodes clickIds, TimeProvider time)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (format is not null)
        {
            var answer = format == "json" ? Explain(codes, resolution) : Problem.InvalidQuery("format", "must be json").ToResult();
            await answer.ExecuteAsync(http);
            return;
        }
        switch (resolution)
        {
            case Resolution.Found found:
                var id = await RecordAsync(found.Link, found.Entry, ClickAction.Redirect);
                http.Response.Headers.Location = found.Route.Target.Expand(found.Route.ListingId, id);
                http.Response.StatusCode = StatusCodes.Status302Found;
                break;
            case Resolution.Miss miss:
                await RecordAsync(miss.Link, miss.Entry, miss.Action);
                await MissAsync(http, miss);
                break;
            default:
                await MissAsync(http, null);
                break;
        }

        async ValueTask<string?> RecordAsync(Links.LinkAttributes link, ClickEntry entry, ClickAction action)
        {
            if (HttpMethods.IsHead(http.Request.Method))
                return null;
            var now = time.GetUtcNow();
            var receipt = await log.AppendAsync(new Click
            {
                Link = link,
                At = now,
                ReceivedAt = now,
                Entry = entry,
                Action = action,
                Language = VisitorHeaders.Language(http.Request.Headers),
                Referrer = VisitorHeaders.Referrer(http.Request.Headers),
            });
            return receipt.Id is { } id ? clickIds.Encode(id) : null;
        }
    }

    private static Task MissAsync(HttpContext http, Resolution.Miss? miss)
    {
        var isUnknown = miss is null or { Action: ClickAction.MissUnknown };
        if (VisitorHeaders.WantsHtml(http.Request.Headers))
            return isUnknown ? Pages.UnknownAsync(http) : Pages.GoneAsync(http);
        http.Response.Headers.Vary = "Accept";
        return ProblemOf(miss).WriteAsync(http);
    }

    private static Problem ProblemOf(Resolution.Miss? miss) => miss?.Action switch
    {
        ClickAction.MissExpired => Problem.Of(StatusCodes.Status410Gone, "link_expired", "The link has expired."),
        ClickAction.MissDisabled => Problem.Of(StatusCodes.Status410Gone, "link_disabled", "The link is switched off."),
        ClickAction.MissRemoved => Problem.Of(StatusCodes.Status410Gone, "listing_removed", "The listing is gone and nothing stands in for it."),
        _ => Problem.Of(StatusCodes.Status404NotFound, "link_unknown", "There is no link with this code or alias."),
    };

    private static IResult Explain(ShortCodes codes, Resolution resolution) => resolution switch
    {
        Resolution.Found found => Results.Json(
            new DecisionView(codes.Encode(found.Link.Id), found.Link.ListingId, new Decision("redirect", found.Route.Target.Expand(found.Route.ListingId, null), found.Route.Rule)),
            ResolvingJson.Instance.DecisionView),
        var miss => ProblemOf(miss as Resolution.Miss).ToResult(),
    };
}

/// <summary>What opening a link would do.</summary>
public sealed record DecisionView(string Code, string? ListingId, Decision Decision);

/// <summary>An action and where it leads.</summary>
/// <param name="Action"><c>redirect</c>.</param>
/// <param name="Target">The address, without a click id.</param>
/// <param name="Rule"><c>own_destination</c>, <c>web</c>, <c>successor</c> or <c>similar</c>.</param>
public sealed record Decision(string Action, string Target, string Rule);

[JsonSerializable(typeof(DecisionView))]
internal sealed partial class ResolvingJson : JsonSerializerContext
{
    public static ResolvingJson Instance { get; } = new(JsonDefaults.Create());
}
