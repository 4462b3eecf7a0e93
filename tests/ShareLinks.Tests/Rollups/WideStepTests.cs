using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>Steps of the fold whose clicks are spread over many links and days: their memory has a bound all the same.</summary>
[Collection(AppProcess.Collection)]
public class WideStepTests(Azurite azurite)
{
    private const string HeapLimit = "0x12C00000"; // 300 MiB

    private static readonly DateTimeOffset Start = new(2026, 9, 1, 4, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(4000, 25, 100_000)]
    [InlineData(20_000, 90, 40_000)]
    public async Task Clicks_on_many_links_and_days_are_counted_in_a_small_process(int links, int days, int count)
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var random = new Random(links);
        var clicks = Scale.Of(count, 25);
        var perDay = new int[days];
        var ofChannel = 0;
        for (var sent = 0; sent < clicks; sent += 1000)
        {
            await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ =>
            {
                var (link, day) = (random.Next(links), random.Next(days));
                perDay[day]++;
                ofChannel += link % 3 == 0 ? 1 : 0;
                return app.Get<ClickLog>().AppendAsync(ClickOn(link, Start.AddDays(day), random)).AsTask();
            }));
        }
        var (exitCode, output, errors) = await AppCommand.RunAsync(AppCommand.Built, ["fold"], new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ShareLinks__Destinations__Web"] = TestApp.Web,
            ["DOTNET_GCHeapHardLimit"] = HeapLimit,
            ["ShareLinks__Storage__ConnectionString"] = azurite.ConnectionString,
            ["ShareLinks__Storage__TablePrefix"] = prefix,
        }, TimeSpan.FromMinutes(20));
        Assert.True(exitCode == 0, $"{exitCode}: {output}{errors}");
        var state = (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!;
        Assert.InRange(state.Step, Math.Min(clicks, links * days) / 40_000, int.MaxValue);
        Assert.Null(state.Planned);

        var all = await app.GetJsonAsync($"/api/stats?subject=all&by=day&from=2026-09-01&to={Start.AddDays(days):yyyy-MM-dd}");
        Assert.Equal(perDay, all["rows"]!.AsArray().Select(row => row!["clicks"]!.GetValue<int>()));
        Assert.Equal(ofChannel, (await app.GetJsonAsync($"/api/stats?subject=channel:wechat&from=2026-09-01&to={Start.AddDays(days):yyyy-MM-dd}"))["total"]!["clicks"]!.GetValue<int>());
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
            Assert.Equal(1, alone.Parts);
            foreach (var (key, tally) in alone.BySubject(0))
                narrow[key] = narrow.GetValueOrDefault(key) + tally.Clicks;
        }
        Assert.InRange(wide.Parts, 3, Subject.Buckets);
        var parts = Enumerable.Range(0, wide.Parts).Select(wide.BySubject).ToArray();
        // A key that were in two parts would throw here.
        var together = parts.SelectMany(part => part).ToDictionary(entry => entry.Key, entry => entry.Value.Clicks);
        Assert.Equal(narrow.Count, together.Count);
        Assert.All(narrow, entry => Assert.Equal(entry.Value, together[entry.Key]));
        Assert.All(parts, part => Assert.InRange(part.Count, 1, narrow.Count / 2));

        static StepTally NewTally() => new(ReportingZone.Find(ReportingZone.Default)!, ["group"], default);
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
