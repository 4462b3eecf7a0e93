using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>Steps of the fold whose clicks are spread over many links and days: their memory has a bound all the same.</summary>
public class WideStepTests(Azurite azurite)
{
    private const string HeapLimit = "0x12C00000"; // 300 MiB

    /// <summary>The default, and as much less as a run has less clicks.</summary>
    private static readonly int StepLinkDays = Scale.Of(20_000, 40);

    private static readonly DateTimeOffset Start = new(2026, 9, 1, 4, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(4000, 25, 100_000, false)]
    [InlineData(20_000, 90, 40_000, false)]
    [InlineData(4000, 25, 100_000, true)]
    [InlineData(20_000, 90, 40_000, true)]
    public async Task Clicks_on_many_links_and_days_are_counted_in_a_small_process(int links, int days, int count, bool isBegunWide)
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var random = new Random(links);
        var clicks = Scale.Of(count, 40);
        var perDay = new int[days];
        var ofChannel = 0;
        var seen = new HashSet<(int, int)>();
        for (var sent = 0; sent < clicks; sent += 1000)
        {
            await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ =>
            {
                var (link, day) = (random.Next(links), random.Next(days));
                seen.Add((link, day));
                perDay[day]++;
                ofChannel += link % 3 == 0 ? 1 : 0;
                return app.Get<ClickLog>().AppendAsync(ClickOn(link, Start.AddDays(day), random)).AsTask();
            }));
        }
        // As a version began it that had bounded steps by clicks alone: the step can't end earlier.
        if (isBegunWide)
            await AbandonedStep.BeginAsync(app, attempts: 1);
        var (exitCode, output, errors) = (0, "", "");
        do
        {
            (exitCode, output, errors) = await AppCommand.RunAsync(AppCommand.Built, ["fold"], new()
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ShareLinks__Destinations__Web"] = TestApp.Web,
                ["DOTNET_GCHeapHardLimit"] = HeapLimit,
                ["ShareLinks__Storage__ConnectionString"] = azurite.ConnectionString,
                ["ShareLinks__Storage__TablePrefix"] = prefix,
                ["ShareLinks__Fold__Lease"] = "00:00:00.001",
                ["ShareLinks__Fold__StepLinkDays"] = $"{StepLinkDays}",
            });
        }
        // On a busy machine storage may be too late for the command, which then continues where it stopped.
        while (errors.Contains("exceeded the configured timeout", StringComparison.Ordinal));
        Assert.True(exitCode == 0, $"{exitCode}: {output}{errors}");
        var state = (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!;
        // A step ends with the block that brings as many, and a block has 500 at most.
        var touched = seen.Count / (StepLinkDays + ClickBlockCodec.MaxClicks);
        Assert.InRange(state.Step, isBegunWide ? 1 : Math.Max(1, touched), isBegunWide ? 1 : int.MaxValue);
        Assert.Null(state.Planned);

        var all = await app.GetJsonAsync($"/api/stats?subject=all&by=day&from=2026-09-01&to={Start.AddDays(days):yyyy-MM-dd}");
        Assert.Equal(perDay, all["rows"]!.AsArray().Select(row => row!["clicks"]!.GetValue<int>()));
        Assert.Equal(ofChannel, (await app.GetJsonAsync($"/api/stats?subject=channel:wechat&from=2026-09-01&to={Start.AddDays(days):yyyy-MM-dd}"))["total"]!["clicks"]!.GetValue<int>());
    }

    [Fact]
    public async Task Readers_of_much_answer_in_a_small_process()
    {
        const int links = 20_000;
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var random = new Random(links);
        var (clicks, orders) = (Scale.Of(100_000, 25), Scale.Of(25_000, 25));
        for (var sent = 0; sent < clicks; sent += 1000)
        {
            await Task.WhenAll(Enumerable.Range(sent, 1000).Select(visitor => app.Get<ClickLog>().AppendAsync(
                ClickOn(random.Next(links), Start.AddDays(random.Next(60)), random) with { VisitorId = (ulong)visitor }).AsTask()));
        }
        for (var sent = 0; sent < orders; sent += EventsRequest.MaxEvents)
        {
            var answer = await app.Get<EventIntake>().TakeAsync([.. Enumerable.Range(sent, EventsRequest.MaxEvents).Select(order => new EventRequest
            {
                Id = $"order-{order}", Type = "order", OccurredAt = Start.AddDays(61), VisitorId = Base62.Encode((UInt128)order, Base62.LengthOf64Bits), Value = 10, Currency = "CNY",
            })]);
            Assert.Empty(answer.Rejected);
        }
        await app.Get<ClickFold>().FoldAsync();

        var small = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = HeapLimit };
        await using var process = await AppProcess.StartAsync(Path.GetDirectoryName(AppCommand.Built)!, azurite.ConnectionString, prefix, small);
        const string days = "from=2026-09-01&to=2026-11-30";
        Assert.Equal(clicks, (await process.Client.GetStringAsync($"/api/clicks/export?{days}&format=ndjson")).Count('\n'));
        Assert.Equal(Math.Min(clicks, 500), (await JsonAsync($"/api/stats/top?kind=link&limit=500&{days}"))["rows"]!.AsArray().Count);
        Assert.Equal(clicks, (await JsonAsync($"/api/stats?subject=all&{days}"))["total"]!["clicks"]!.GetValue<int>());
        Assert.Equal(orders, (await JsonAsync($"/api/attribution?by=campaign&model=markov&limit=500&{days}"))["conversions"]!.GetValue<int>());
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await using var backup = AppProcess.Start(Path.GetDirectoryName(AppCommand.Built)!, azurite.ConnectionString, prefix, small, "backup", "--to", folder.FullName);
            await backup.WaitForExitAsync();
            Assert.True(backup.ExitCode == 0, backup.Output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await process.Client.GetStringAsync(path))!;
    }

    [Fact]
    public void Every_subject_is_in_one_part_with_all_that_it_got()
    {
        var random = new Random(1);
        var (wide, narrow) = (NewTally(), new Dictionary<(Subject, DateOnly), int>());
        for (var link = 0; link < 12_000; link++)
        {
            Click[] clicks = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => ClickOn(link, Start.AddDays(random.Next(3)), random))];
            wide.Add(new FeedBlock(1, 0, default, true, clicks, [], new HashSet<int>()));
            var alone = NewTally();
            alone.Add(new FeedBlock(1, 0, default, true, clicks, [], new HashSet<int>()));
            foreach (var (key, tally) in Assert.Single(alone.BySubject()))
                narrow[key] = narrow.GetValueOrDefault(key) + tally.Clicks;
        }
        var parts = wide.BySubject().ToArray();
        Assert.InRange(parts.Length, 2, TableKey.SmallBuckets);
        // A key that were in two parts would throw here.
        var together = parts.SelectMany(part => part).ToDictionary(entry => entry.Key, entry => entry.Value.Clicks);
        Assert.Equal(narrow.Count, together.Count);
        Assert.All(narrow, entry => Assert.Equal(entry.Value, together[entry.Key]));
        Assert.All(parts, part => Assert.InRange(part.Count, 1, narrow.Count * 2 / 3));

        static StepTally NewTally() => new(ReportingZone.Find(ReportingZone.Default)!, ["group"], default, StepSlice.Whole);
    }

    /// <summary>A click of a visitor of its own on a link with a campaign, a placement, a sharer and a tag of its own.</summary>
    private static Click ClickOn(int link, DateTimeOffset at, Random random) => new()
    {
        Link = new LinkAttributes(
            new LinkId(1000 + link), $"item-{link}", new PersonId((ulong)link + 1), link % 3 == 0 ? "wechat" : "qq", $"campaign-{link}", $"market-{link % 50}/stall-{link}",
            new Dictionary<string, string> { ["group"] = $"g-{link}" }, new LinkId(1000 + link)),
        At = at.AddSeconds(random.Next(3600)),
        ReceivedAt = at.AddHours(1),
        Entry = ClickEntry.Code,
        Action = ClickAction.Redirect,
        App = "wechat",
        Os = "ios",
        VisitorId = (ulong)random.NextInt64(),
    };
}
