using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using CsvHelper;
using ShareLinks.Clicks;
using ShareLinks.Reporting;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

public class ClickExportTests(Azurite azurite)
{
    private const string Everything = "from=2000-01-01&to=2100-01-01";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ReportingZone Shanghai = ReportingZone.Find("Asia/Shanghai")!;

    /// <summary>16:00 UTC is midnight in Shanghai.</summary>
    private static readonly DateTimeOffset Midnight = new(2026, 11, 21, 16, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task An_export_holds_what_the_feed_shows_field_by_field()
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var (listingId, sharerId, campaign, placement, tag) in new[]
        {
            ("=1+1", "-cmd", "=1+1", "@x", "+x"), ("+x", "@x", "a,b", "a \"quoted\" place", "\"\""), ("闲置-1", "用户 7", "开学季", "杭州/摊位 3", "🎉"), ("-5", "=", "+", "-", "'=1"),
        })
        {
            var code = await app.MintCodeAsync(new { listingId, sharerId, channel = "wechat", campaign, placement, tags = new { group = tag, other = "x" } });
            await app.Client.GetAsync("/" + code);
            await app.Client.GetAsync($"/{code}?x=1");
        }
        var random = new Random(7);
        await AppendAsync(app, ClickSamples.Realistic(random, ClickSamples.Zipf(random, ClickSamples.Links(random, 30))).Take(300));
        var (feed, _) = await app.ReadFeedAsync();
        Assert.Equal(308, feed.Count);

        using var json = await app.Client.GetAsync("/api/clicks/export?" + Everything);
        Assert.Equal("application/x-ndjson", json.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            (await app.Client.GetStringAsync("/api/clicks")).Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^1],
            (await json.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries));

        using var file = await app.Client.GetAsync($"/api/clicks/export?{Everything}&format=csv");
        Assert.Equal("text/csv; charset=utf-8", file.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment; filename=\"clicks.csv\"", file.Content.Headers.ContentDisposition!.ToString());
        var bytes = await file.Content.ReadAsByteArrayAsync();
        Assert.Equal(Encoding.UTF8.Preamble.ToArray(), bytes[..3]);
        using var csv = CsvReader.Create(bytes);
        csv.ReadHeader();
        Assert.Equal(feed[0].AsObject().Select(field => field.Key is "at" or "receivedAt" ? field.Key + " (Asia/Shanghai)" : field.Key), csv.Headers!);
        var neutralised = 0;
        foreach (var click in feed)
        {
            Assert.True(csv.Read());
            Assert.Equal(click.AsObject().Select(field => Shown(field.Key, field.Value)), Enumerable.Range(0, csv.FieldCount).Select(csv.GetString));
            neutralised += Enumerable.Range(0, csv.FieldCount).Count(column => csv.GetString(column).StartsWith('\''));
        }
        Assert.False(csv.Read());
        Assert.Equal(2 * (4 + 2 + 4), neutralised);
    }

    [Fact]
    public async Task A_range_of_days_begins_and_ends_at_midnight_of_the_reporting_zone()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var day = TimeSpan.FromDays(1);
        var millisecond = TimeSpan.FromMilliseconds(1);
        // A batch of its own for each, so that batches at the borders are told apart too, and one of all.
        var times = new[] { Midnight - millisecond, Midnight, Midnight + day - millisecond, Midnight + day };
        foreach (var at in times)
        {
            await AppendAsync(app, [ClickSamples.One(at: at)]);
            await app.ReadFeedAsync();
        }
        await AppendAsync(app, times.Select(at => ClickSamples.One(at: at)));

        DateTimeOffset[] within = [times[1], times[2], times[1], times[2]];
        foreach (var range in new[]
        {
            "from=2026-11-22&to=2026-11-23", "from=2026-11-21T16:00:00Z&to=2026-11-22T16:00:00Z", "from=2026-11-22T00:00:00%2B08:00&to=2026-11-22T16:00:00.000Z",
            // An unescaped + arrives as a space.
            "from=2026-11-22T00:00:00+08:00&to=2026-11-22T11:00:00-05:00", "from=2026-11-21T15:59:59.9990001Z&to=2026-11-22T15:59:59.9990001Z",
        })
            Assert.Equal(within, await TimesAsync(app, range));
        Assert.Equal([times[0], times[1], times[0], times[1]], await TimesAsync(app, "from=2026-11-21&to=2026-11-21T16:00:00.001Z"));
        Assert.Empty(await TimesAsync(app, "from=2026-11-24&to=2026-11-25"));
        Assert.Equal(8, (await TimesAsync(app, Everything)).Count);
    }

    [Fact]
    public async Task A_late_scan_counts_at_its_own_time_and_once()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (scan, other) = (ClickSamples.One(at: Midnight.AddDays(-3)) with { ReceivedAt = Midnight, ScanId = "scan-0123456789-a" }, ClickSamples.One(at: Midnight));
        // The second of the same scan has no row of its own: its sender was cut off.
        await AppendAsync(app, [other, scan, scan]);
        Assert.Equal([scan.At], await TimesAsync(app, "from=2026-11-18&to=2026-11-20"));
        Assert.Equal([other.At], await TimesAsync(app, "from=2026-11-21&to=2026-11-30"));
        Assert.Equal(2, (await TimesAsync(app, Everything)).Count);
    }

    [Fact]
    public async Task Batches_outside_the_range_cost_no_reading_of_blocks()
    {
        await using var app = await TestApp.StartAsync(azurite);
        for (var i = 0; i < 12; i++)
        {
            await AppendAsync(app, [ClickSamples.One(at: Midnight.AddDays(i))]);
            await app.ReadFeedAsync();
        }
        foreach (var (range, clicks) in new[] { ("from=2026-11-25&to=2026-11-27", 2), ("from=2025-01-01&to=2026-01-01", 0), ("from=2027-01-01&to=2028-01-01", 0) })
        {
            app.Storage.Reset();
            Assert.Equal(clicks, (await TimesAsync(app, range)).Count);
            // The cut asks once what the open stream has that is new.
            var blocks = app.Storage.Requests.Where(request => request.Path.Contains("blocks", StringComparison.Ordinal)).ToList();
            Assert.Equal(1 + clicks, blocks.Count);
            Assert.Equal(4, app.Storage.Requests.Count(request => request.IsPointRead && request.Path.Contains("batches", StringComparison.Ordinal)));
            Assert.Equal(2, app.Storage.Requests.Count(request => request.IsQuery && request.Path.Contains("batches", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task An_export_has_what_is_left_when_the_first_records_are_past_retention()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        for (var i = 0; i < 6; i++)
        {
            await AppendAsync(app, [ClickSamples.One(at: Midnight.AddDays(i))]);
            await app.ReadFeedAsync();
        }
        await app.Get<RetentionRecord>().AdvanceAsync(new Retention(5, 1, Midnight.AddDays(3)), CancellationToken.None);
        for (var number = 1; number <= 4; number++)
            await new TableClient(azurite.ConnectionString, prefix + "batches").DeleteEntityAsync("batches", $"{int.MaxValue - number:D10}");
        Assert.Equal([Midnight.AddDays(4), Midnight.AddDays(5)], await TimesAsync(app, Everything));
    }

    [Fact]
    public async Task An_export_that_meets_a_missing_record_breaks_off()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        for (var i = 0; i < 3; i++)
        {
            await AppendAsync(app, [ClickSamples.One(at: Midnight.AddDays(i))]);
            await app.ReadFeedAsync();
        }
        await new TableClient(azurite.ConnectionString, prefix + "batches").DeleteEntityAsync("batches", $"{int.MaxValue - 2:D10}");
        await Assert.ThrowsAsync<HttpRequestException>(() => TimesAsync(app, Everything));
    }

    [Theory]
    [InlineData("", "from")]
    [InlineData("to=2026-11-02", "from")]
    [InlineData("from=2026-11-01", "to")]
    [InlineData("from=&to=2026-11-02", "from")]
    [InlineData("from=2026-11-31&to=2026-12-02", "from")]
    [InlineData("from=yesterday&to=2026-12-02", "from")]
    [InlineData("from=2026-11-01T08:00:00&to=2026-12-02", "from")]
    [InlineData("from=0001-01-01&to=2026-12-02", "from")]
    [InlineData("from=2026-11-01&to=9999-12-31", "to")]
    [InlineData("from=2026-11-01&to=1793462400", "to")]
    [InlineData("from=2026-11-02&to=2026-11-02", "to")]
    [InlineData("from=2026-11-03&to=2026-11-02", "to")]
    [InlineData("from=2026-11-01&to=2026-11-02&format=xlsx", "format")]
    [InlineData("from=2026-11-01&to=2026-11-02&format=", "format")]
    public async Task A_wrong_parameter_is_named(string query, string name)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.GetAsync("/api/clicks/export?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("?" + name, Assert.Single(problem["errors"]!.AsArray())!["pointer"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("ndjson")]
    [InlineData("csv")]
    public async Task A_fault_is_told_in_words_before_the_first_click_and_breaks_the_connection_after_it(string format)
    {
        var prefix = azurite.NewPrefix();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString }, prefix: prefix);
        for (var i = 0; i < 3; i++)
        {
            await AppendAsync(app, Enumerable.Range(0, 400).Select(_ => ClickSamples.One()));
            await app.ReadFeedAsync();
        }
        var reads = 0;
        proxy.Before = request => request.IsReadOfBlocks && Interlocked.Increment(ref reads) > 1 ? Fault.TooLarge : Fault.None;
        using (var response = await app.Client.GetAsync($"/api/clicks/export?{Everything}&format={format}", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        }
        proxy.Before = _ => Fault.None;

        var table = new TableClient(azurite.ConnectionString, prefix + "batches");
        TableEntity row = await table.GetEntityAsync<TableEntity>("batches", $"{int.MaxValue - 1:D10}");
        var bytes = row.GetBinary("Data0");
        bytes[3] ^= 1;
        row["Data0"] = bytes;
        await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);
        using var refused = await app.Client.GetAsync($"/api/clicks/export?{Everything}&format={format}");
        Assert.Equal((HttpStatusCode.InternalServerError, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("/api/clicks/export?from=2000-01-01&to=2100-01-01&format=ndjson")]
    [InlineData("/api/clicks/export?from=2000-01-01&to=2100-01-01&format=csv")]
    [InlineData("/api/clicks?limit=10000")]
    public async Task What_retention_overtakes_breaks_off_and_never_ends_as_if_whole(string address)
    {
        var prefix = azurite.NewPrefix();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString }, prefix: prefix);
        for (var i = 0; i < 3; i++)
        {
            await AppendAsync(app, Enumerable.Range(0, 400).Select(_ => ClickSamples.One()));
            await app.ReadFeedAsync();
        }
        var reads = 0;
        proxy.Before = request =>
        {
            // After the batch records and the first blocks were read, retention takes all blocks: how many a batch has depends on how its clicks came together.
            if (request.IsReadOfBlocks && Interlocked.Increment(ref reads) == 2)
            {
                new TableClient(azurite.ConnectionString, prefix + "batches").UpsertEntity(new TableEntity("retention", "first") { ["First"] = 3, ["Swept"] = 2 });
                var blocks = new TableClient(azurite.ConnectionString, prefix + "blocks");
                foreach (var row in blocks.Query<TableEntity>().ToList())
                    blocks.DeleteEntity(row.PartitionKey, row.RowKey);
            }
            return Fault.None;
        };
        using var response = await app.Client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        Assert.True(reads >= 2);
    }

    internal static async Task AppendAsync(TestApp app, IEnumerable<Click> clicks)
    {
        var log = app.Get<ClickLog>();
        foreach (var receipt in await Task.WhenAll(clicks.Select(click => log.AppendAsync(click, mustBeStored: true).AsTask())))
            Assert.Equal(ClickOutcome.Committed, receipt.Outcome);
    }

    /// <summary>The times of the clicks in an export; both formats have the same clicks.</summary>
    private static async Task<List<DateTimeOffset>> TimesAsync(TestApp app, string range)
    {
        var text = await app.Client.GetStringAsync("/api/clicks/export?" + range);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["at"]!.GetValue<DateTimeOffset>())];
    }

    private static string Shown(string field, JsonNode? value) => value switch
    {
        null => "",
        JsonObject tags => tags.ToJsonString(Readable),
        _ when field is "at" or "receivedAt" => Shanghai.Local(value.GetValue<DateTimeOffset>()).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        _ when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
        _ => value.GetValue<string>() is ['=' or '+' or '-' or '@', ..] text ? "'" + text : value.GetValue<string>(),
    };
}
