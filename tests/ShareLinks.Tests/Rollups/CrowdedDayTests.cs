using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>Days with more subjects than a day's leaders, and more values than a day keeps apart.</summary>
public class CrowdedDayTests(Azurite azurite)
{
    private static readonly DateTimeOffset Start = new(2026, 11, 9, 16, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(60)]
    [InlineData(3)]
    public async Task A_ranking_over_several_such_days_is_certain_where_the_first_are_ahead(int spread)
    {
        await using var app = await TestApp.StartAsync(azurite);
        var random = new Random(spread);
        // Listings that are popular on some days and hardly on others.
        var clicks = new Dictionary<(int Listing, int Day), int>();
        for (var listing = 0; listing < 700; listing++)
        {
            for (var day = 0; day < 3; day++)
                clicks[(listing, day)] = 1 + (random.Next(12) == 0 ? random.Next(spread) : random.Next(2));
        }
        await AppendAsync(app, clicks.SelectMany(entry => Enumerable.Repeat(Click(entry.Key.Listing, entry.Key.Day), entry.Value)));
        var truth = clicks.GroupBy(entry => entry.Key.Listing).ToDictionary(group => $"item-{group.Key}", group => group.Sum(entry => entry.Value));

        var answer = await app.GetJsonAsync("/api/stats/top?kind=listing&from=2026-11-10&to=2026-11-13&limit=20");
        var rows = answer["rows"]!.AsArray().Select(row => (Key: row!["key"]!.GetValue<string>(), Clicks: row["clicks"]!.GetValue<int>())).ToList();
        Assert.Equal(20, rows.Count);
        // What is told of each is exact in any case.
        Assert.All(rows, row => Assert.Equal(truth[row.Key], row.Clicks));
        Assert.Equal(rows.Select(row => row.Clicks).OrderDescending(), rows.Select(row => row.Clicks));
        Assert.Equal(truth.Values.OrderDescending().Take(20), rows.Select(row => row.Clicks));
        Assert.False(answer["approximate"]!.GetValue<bool>());

        // One day's ranking is exact.
        var oneDay = await app.GetJsonAsync("/api/stats/top?kind=listing&from=2026-11-11&to=2026-11-12&limit=500");
        Assert.False(oneDay["approximate"]!.GetValue<bool>());
        Assert.Equal(
            clicks.Where(entry => entry.Key.Day == 1).OrderByDescending(entry => entry.Value).ThenBy(entry => $"item-{entry.Key.Listing}", StringComparer.Ordinal).Take(500).Select(entry => ($"item-{entry.Key.Listing}", entry.Value)),
            oneDay["rows"]!.AsArray().Select(row => (row!["key"]!.GetValue<string>(), row["clicks"]!.GetValue<int>())));
    }

    [Fact]
    public async Task A_ranking_says_when_some_that_lead_on_no_day_may_lead_over_all()
    {
        await using var app = await TestApp.StartAsync(azurite);
        // On each day 501 listings of that day alone with three clicks each, and 30 with two on every day.
        await AppendAsync(app, Enumerable.Range(0, 3).SelectMany(day =>
            Enumerable.Range(0, 501).SelectMany(i => Enumerable.Repeat(Click(1000 * (day + 1) + i, day), 3)).Concat(Enumerable.Range(0, 30).SelectMany(i => Enumerable.Repeat(Click(i, day), 2)))));
        var answer = await app.GetJsonAsync("/api/stats/top?kind=listing&from=2026-11-10&to=2026-11-13&limit=20");
        Assert.True(answer["approximate"]!.GetValue<bool>());
        Assert.All(answer["rows"]!.AsArray(), row => Assert.Equal(3, row!["clicks"]!.GetValue<int>()));
        Assert.Equal(6, (await app.GetJsonAsync("/api/stats?subject=listing:item-7&from=2026-11-10&to=2026-11-13"))["total"]!["clicks"]!.GetValue<int>());
    }

    [Fact]
    public async Task Of_too_many_placements_the_most_clicked_are_told_apart_and_the_others_together()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await AppendAsync(app, Enumerable.Range(0, 900).SelectMany(i => Enumerable.Repeat(Click(i, 0, $"market/stall-{i:D4}"), i < 20 ? 5 : 1)).Append(Click(0, 0)).Concat(Enumerable.Repeat(Click(0, 0, "(other)"), 2)));
        var answer = await app.GetJsonAsync("/api/stats?subject=all&by=placement&from=2026-11-10&to=2026-11-11");
        var rows = answer["rows"]!.AsArray().ToDictionary(row => $"{row!["kind"]} {row["key"]}", row => row!["clicks"]!.GetValue<int>());
        Assert.Equal(983, rows.Values.Sum());
        Assert.Equal(983, answer["total"]!["clicks"]!.GetValue<int>());
        Assert.Equal(1, rows["none "]);
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(5, rows[$"value market/stall-{i:D4}"]));
        // A place that is called so is one of those clicked most.
        Assert.Equal((401, 2), (rows["other (other)"], rows["value (other)"]));
        Assert.Equal("(other)", answer["rows"]!.AsArray()[^1]!["key"]!.GetValue<string>());
    }

    private static Click Click(int listing, int day, string? placement = null) => new()
    {
        Link = new LinkAttributes(new LinkId(listing), $"item-{listing}", null, null, null, placement, LinkAttributes.NoTags, new LinkId(listing)),
        At = Start.AddDays(day),
        ReceivedAt = Start.AddDays(day),
        Entry = ClickEntry.Code,
        Action = ClickAction.Redirect,
    };

    private static Task<ClickReceipt[]> AppendAsync(TestApp app, IEnumerable<Click> clicks) =>
        Task.WhenAll(clicks.Select(click => app.Get<ClickLog>().AppendAsync(click).AsTask()));
}
