using System.Text.Json.Serialization;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Reporting;
using ShareLinks.Security;

namespace ShareLinks.Clicks;

/// <summary><c>/api/clicks</c>: the change feed, single clicks, and exports.</summary>
public static class ClickEndpoints
{
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 10_000;
    private const string Moment = "must be a day such as 2026-11-01, or a time with its offset such as 2026-11-01T08:00:00+08:00";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/clicks").RequireAuthorization(Scopes.Query).WithTags("Clicks");

        group.MapGet("", ReadFeedAsync)
            .WithSummary("Read clicks in their one order, from a cursor on, as lines of JSON; the last line is the next cursor")
            .Produces<ClickView>(StatusCodes.Status200OK, JsonLines.ContentType);

        group.MapGet("/export", ExportAsync)
            .WithSummary("Export every click of a stretch of time, as lines of JSON or as CSV: from a day or time on, to before another")
            .Produces<ClickView>(StatusCodes.Status200OK, JsonLines.ContentType, TableFormats.Csv);

        group.MapGet("/{clickId}", async Task<IResult> (string clickId, HttpContext http, ClickFeed feed, ClickIdCodes codes, ClickViews views) =>
            codes.TryDecode(clickId, out var id) && await feed.FindAsync(id, http.RequestAborted) is { } click
                ? Results.Json(await views.OfAsync(id, click), ClickJson.Instance.ClickView)
                : Problem.NotFound("There is no click with this id.").ToResult())
            .WithSummary("Read a click").Produces<ClickView>();
    }

    private static async Task<IResult> ReadFeedAsync(string? after, string? limit, HttpContext http, ClickFeed feed, ClickViews views)
    {
        FeedCursor? cursor = null;
        if (!string.IsNullOrEmpty(after))
        {
            if (!FeedCursor.TryParse(after, out var given))
                return NoCursor();
            cursor = given;
        }
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
            return Problem.InvalidQuery("limit", $"must be 1 to {MaxLimit}").ToResult();
        var (start, from) = await feed.OpenAsync(cursor, http.RequestAborted);
        return start switch
        {
            FeedStart.NeverIssued => NoCursor(),
            FeedStart.Expired => Problem.Of(StatusCodes.Status410Gone, "cursor_expired", "The clicks behind this cursor are past retention.").ToResult(),
            _ => new FeedResult(feed, views, from, count),
        };

        static IResult NoCursor() => Problem.InvalidQuery("after", "must be a cursor that this feed gave").ToResult();
    }

    private static async Task<IResult> ExportAsync(string? from, string? to, string? format, HttpContext http, ClickExport export, ClickViews views, ReportingZone zone, IHostApplicationLifetime lifetime)
    {
        if (!TryReadMoment(from, out var start))
            return Problem.InvalidQuery("from", Moment).ToResult();
        if (!TryReadMoment(to, out var end))
            return Problem.InvalidQuery("to", Moment).ToResult();
        if (start >= end)
            return Problem.InvalidQuery("to", "must be later than from").ToResult();
        if (format is not (null or "ndjson" or "csv"))
            return Problem.InvalidQuery("format", "must be ndjson or csv").ToResult();
        // An export may take longer than a process that stops has left.
        var stopping = lifetime.ApplicationStopping;
        var clicks = await export.OpenAsync(start, end, http.RequestAborted);
        return format == "csv" ? new ClickCsv(clicks, views, zone, stopping) : new ClickLines(clicks, views, stopping);

        // An address turns an offset's + into a space unless it is written as %2B, which few people know and no other space can be meant by.
        bool TryReadMoment(string? text, out DateTimeOffset moment) => zone.TryParse(text?.Replace(' ', '+') ?? "", out moment);
    }

    /// <summary>Writes clicks as they are read, so that memory does not grow with the answer.</summary>
    private sealed class FeedResult(ClickFeed feed, ClickViews views, FeedCursor cursor, int limit) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = JsonLines.ContentType;
            response.Headers.CacheControl = "no-store";
            var clicks = await feed.ReadAsync(cursor, httpContext.RequestAborted).BeginAsync(httpContext.RequestAborted);
            // A fault from here on breaks the connection, which no caller takes for the end of the feed.
            await response.StartAsync(httpContext.RequestAborted);
            using var lines = new JsonLines(response.BodyWriter);
            var (written, isEnd) = (0, true);
            await foreach (var (id, click, next) in clicks)
            {
                if (written == limit)
                {
                    isEnd = false;
                    break;
                }
                await lines.WriteAsync(await views.OfAsync(id, click), ClickJson.Instance.ClickView, httpContext.RequestAborted);
                cursor = next;
                written++;
            }
            await lines.WriteAsync(new FeedEnd(cursor.ToString(), isEnd), ClickJson.Instance.FeedEnd, httpContext.RequestAborted);
            await lines.FlushAsync(httpContext.RequestAborted);
        }
    }
}

[JsonSerializable(typeof(ClickView))]
[JsonSerializable(typeof(FeedEnd))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class ClickJson : JsonSerializerContext
{
    public static ClickJson Instance { get; } = new(JsonDefaults.Create());
}
