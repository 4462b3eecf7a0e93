using System.Text.Json;
using ShareLinks.Http;
using ShareLinks.Reporting;

namespace ShareLinks.Clicks;

/// <summary>Answers with clicks as lines of JSON, as they are read. A fault breaks the connection, so that nobody takes a part for the whole.</summary>
/// <param name="clicks">The clicks.</param>
/// <param name="views">What is shown of them.</param>
/// <param name="stopping">Ends the answer when the process is about to.</param>
internal sealed class ClickLines(IAsyncEnumerable<FeedClick> clicks, ClickViews views, CancellationToken stopping) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        var (response, aborted) = (httpContext.Response, ended.Token);
        var begun = await views.OfAsync(clicks, aborted).BeginAsync(aborted);
        response.ContentType = JsonLines.ContentType;
        response.Headers.CacheControl = "no-store";
        TableAnswer.NameFile(response, "clicks.ndjson");
        await response.StartAsync(aborted);
        using var lines = new JsonLines(response.BodyWriter);
        await foreach (var view in begun)
            await lines.WriteAsync(view, ClickJson.Instance.ClickView, aborted);
        await lines.FlushAsync(aborted);
    }
}

/// <summary>As <see cref="ClickLines"/>, as CSV: a column for each field of <see cref="ClickView"/>, tags as JSON, times by the clocks of the reporting zone.</summary>
internal sealed class ClickCsv(IAsyncEnumerable<FeedClick> clicks, ClickViews views, ReportingZone zone, CancellationToken stopping) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        var (response, aborted) = (httpContext.Response, ended.Token);
        var begun = await views.OfAsync(clicks, aborted).BeginAsync(aborted);
        response.ContentType = CsvTable.ContentType;
        response.Headers.CacheControl = "no-store";
        TableAnswer.NameFile(response, "clicks.csv");
        await response.StartAsync(aborted);
        await using var csv = new CsvTable(response.Body);
        await csv.WriteHeadingsAsync(
            ["clickId", $"at ({zone.Id})", $"receivedAt ({zone.Id})", "code", "listingId", "sharerId", "channel", "campaign", "placement", "tags", "root", "entry", "match",
                "app", "os", "device", "country", "language", "referrer", "isBot", "isPrefetch", "action", "userId", "isUserVerified", "visitorId", "continues", "forwardedFrom"],
            aborted);
        // What stands between here and the reader may not begin its own answer before.
        await csv.FlushAsync(aborted);
        await foreach (var view in begun)
            await csv.WriteRowAsync(Row(view), aborted);
    }

    private Cell[] Row(ClickView view) =>
    [
        view.ClickId, zone.Local(view.At), zone.Local(view.ReceivedAt), view.Code, view.ListingId, view.SharerId, view.Channel, view.Campaign, view.Placement,
        JsonSerializer.Serialize(view.Tags, ClickJson.Instance.IReadOnlyDictionaryStringString), view.Root, view.Entry, view.Match,
        view.App, view.Os, view.Device, view.Country, view.Language, view.Referrer, Text(view.IsBot), Text(view.IsPrefetch), view.Action, view.UserId, Text(view.IsUserVerified), view.VisitorId,
        view.Continues, view.ForwardedFrom,
    ];

    private static string Text(bool value) => value ? "true" : "false";
}
