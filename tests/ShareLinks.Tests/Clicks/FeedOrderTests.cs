using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

/// <summary>Several processes write, one of them sleeps for a while, their clocks are hours apart: still there is one order, the same for everyone.</summary>
public class FeedOrderTests(Azurite azurite, PublishedApp published)
{
    private const string FakeClock = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

    [Fact]
    public async Task All_readers_see_every_click_once_and_in_the_same_order()
    {
        if (!File.Exists(FakeClock) && Environment.GetEnvironmentVariable("CI") != "true")
            Assert.Skip("Clocks can't be set apart without Debian's package faketime.");

        var folder = await published.ProgramFolderAsync();
        var prefix = azurite.NewPrefix();
        var offsets = new[] { "+0h", "+5h", "-7h" };
        await using var writers = await AppProcesses.StartAsync(folder, azurite.ConnectionString, prefix, offsets.Select(offset => new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = FakeClock,
            ["FAKETIME"] = offset,
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            // Otherwise libfaketime ends every wait of .NET's timers at once, and an idle app takes a third of a core.
            ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
            ["ShareLinks__Clicks__CommitDeadline"] = "00:03:00",
            // Short, so that the process which sleeps is sealed out of its stream.
            ["ShareLinks__Clicks__SealAfter"] = "00:00:01",
        }));
        await using var reader = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Clicks:SealAfter"] = "00:00:01" }, prefix: prefix);
        var code = await reader.MintCodeAsync();
        using var writing = new CancellationTokenSource();
        var answered = writers.Select(_ => new ConcurrentQueue<string>()).ToArray();
        var visitors = writers.Zip(answered, (writer, ids) => ClickAsync(writer.Client, code, ids, writing.Token)).ToArray();

        // Readers that start at once, poll with pages of different sizes, and remember what they saw in which order.
        var readers = new[] { 1, 7, 100, 1000 }.Select(limit => PollAsync(reader.Client, limit, writing.Token)).ToArray();
        await Wait.UntilAsync(() => answered.All(ids => ids.Count >= 10));
        await writers[1].PauseAsync();
        var left = StreamOf(answered[1].Last());
        await Wait.UntilAsync(async () => await reader.Get<BatchTable>().LastAsync(CancellationToken.None) is ({ } batch, _) && batch.Ranges.All(range => range.Stream != left || range.IsSealed));
        await writers[1].ContinueAsync();
        await Wait.UntilAsync(() => StreamOf(answered[1].Last()) != left && answered.Sum(ids => ids.Count) >= Scale.Of(1500));
        await writing.CancelAsync();

        await Task.WhenAll(visitors);
        var expected = answered.SelectMany(ids => ids).ToHashSet();
        var (all, _) = await reader.ReadFeedAsync();
        var order = all.Select(Feed.Id).ToList();
        Assert.Equal(order.Count, order.Distinct().Count());
        Assert.Superset(expected, order.ToHashSet());

        foreach (var (seen, cursor) in await Task.WhenAll(readers))
        {
            var (rest, _) = await reader.ReadFeedAsync(cursor);
            Assert.Equal(order, [.. seen, .. rest.Select(Feed.Id)]);
        }
        // A reader on another machine, whose clock is off, starting in the middle of anything it was ever told.
        var random = new Random(7);
        for (var i = 0; i < 5; i++)
        {
            var (first, cursor, _) = await Feed.ReadPageAsync(writers[2].Client, null, random.Next(1, Math.Min(order.Count, 10_000)));
            var (rest, _) = await Feed.ReadToEndAsync(writers[0].Client, cursor, 37 + i);
            Assert.Equal(order, [.. first.Select(Feed.Id), .. rest.Select(Feed.Id)]);
        }
        // The clocks were apart indeed.
        var times = all.Select(click => click["at"]!.GetValue<DateTimeOffset>()).ToList();
        Assert.True(times.Max() - times.Min() > TimeSpan.FromHours(11));

        long StreamOf(string id) => reader.Get<ClickIdCodes>().TryDecode(id, out var click) ? click.Stream : throw new FormatException(id);
    }

    private static Task ClickAsync(HttpClient client, string code, ConcurrentQueue<string> answered, CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            using var response = await client.GetAsync("/" + code, CancellationToken.None);
            answered.Enqueue(response.Headers.Location!.Query.Split("clickId=")[1]);
            // Few, since the readers read all of them again and again while a busy machine takes its time to seal the stream.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
    }));

    private static async Task<(List<string> Seen, string? Cursor)> PollAsync(HttpClient client, int limit, CancellationToken cancellationToken)
    {
        var seen = new List<string>();
        string? cursor = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            (List<JsonNode> clicks, cursor, var isEnd) = await Feed.ReadPageAsync(client, cursor, limit);
            seen.AddRange(clicks.Select(Feed.Id));
            if (isEnd)
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
        return (seen, cursor);
    }
}
