using System.Text.Json;
using System.Text.Json.Serialization;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Security;

namespace ShareLinks.Clicks;

/// <summary><c>/api/clicks</c>: the change feed, and single clicks.</summary>
public static class ClickEndpoints
{
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 10_000;
    private const string LinesOfJson = "application/x-ndjson";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/clicks").RequireAuthorization(Scopes.Query).WithTags("Clicks");

        group.MapGet("", ReadFeedAsync)
            .WithSummary("Read clicks in their one order, from a cursor on, as lines of JSON; the last line is the next cursor")
            .Produces<ClickView>(StatusCodes.Status200OK, LinesOfJson);

        group.MapGet("/{clickId}", async Task<IResult> (string clickId, HttpContext http, ClickFeed feed, ClickIdCodes codes, ClickViews views) =>
            codes.TryDecode(clickId, out var id) && await feed.FindAsync(id, http.RequestAborted) is { } click
                ? Results.Json(await views.OfAsync(id, click), ClickJson.Instance.ClickView)
                : Problem.NotFound("There is no click with this id.").ToResult())
            .WithSummary("Read a click").Produces<ClickView>();
    }

    private static async Task<IResult> ReadFeedAsync(string? after, string? limit, HttpContext http, ClickFeed feed, ClickViews views)
    {
        var cursor = FeedCursor.Start;
        if (!string.IsNullOrEmpty(after) && !FeedCursor.TryParse(after, out cursor))
            return Problem.InvalidQuery("after", "must be a cursor that this feed gave").ToResult();
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
            return Problem.InvalidQuery("limit", $"must be 1 to {MaxLimit}").ToResult();
        return await feed.OpenAsync(cursor, http.RequestAborted) switch
        {
            FeedStart.NeverIssued => Problem.InvalidQuery("after", "must be a cursor that this feed gave").ToResult(),
            FeedStart.Expired => Problem.Of(StatusCodes.Status410Gone, "cursor_expired", "The clicks behind this cursor are past retention.").ToResult(),
            _ => new FeedResult(feed, views, cursor, count),
        };
    }

    /// <summary>Writes clicks as they are read, so that memory does not grow with the answer.</summary>
    private sealed class FeedResult(ClickFeed feed, ClickViews views, FeedCursor cursor, int limit) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = LinesOfJson;
            response.Headers.CacheControl = "no-store";
            // A fault from here on breaks the connection, which no caller takes for the end of the feed.
            await response.StartAsync(httpContext.RequestAborted);
            await using var writer = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { SkipValidation = true, Encoder = ClickJson.Instance.Options.Encoder });
            var (written, isEnd) = (0, true);
            await foreach (var (id, click, next) in feed.ReadAsync(cursor, httpContext.RequestAborted))
            {
                if (written == limit)
                {
                    isEnd = false;
                    break;
                }
                WriteLine(await views.OfAsync(id, click), ClickJson.Instance.ClickView);
                cursor = next;
                if (++written % 100 == 0)
                    await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
            }
            WriteLine(new FeedEnd(cursor.ToString(), isEnd), ClickJson.Instance.FeedEnd);
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);

            void WriteLine<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
            {
                JsonSerializer.Serialize(writer, value, type);
                writer.Flush();
                writer.Reset();
                response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
                response.BodyWriter.Advance(1);
            }
        }
    }
}

[JsonSerializable(typeof(ClickView))]
[JsonSerializable(typeof(FeedEnd))]
internal sealed partial class ClickJson : JsonSerializerContext
{
    public static ClickJson Instance { get; } = new(JsonDefaults.Create());
}
