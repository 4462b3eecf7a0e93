using System.Globalization;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Reporting;
using ShareLinks.Simulation;
using ShareLinks.Tests.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Simulation;

/// <summary>Simulated histories: the same for the same plan, and such as a marketplace might have.</summary>
public class SimulatorTests(Azurite azurite)
{
    private const int Clicks = 6000;

    private static readonly TimeZoneInfo Shanghai = TimeZoneInfo.FindSystemTimeZoneById(ReportingZone.Default);

    private static readonly string[] Questions =
    [
        .. new[] { "day", "hour", "app", "os", "country", "entry", "action", "channel", "campaign", "placement" }.Select(by => $"?subject=all&by={by}"),
        .. new[]
        {
            "listing:sim-item-1", "listing:sim-item-2", "listing:sim-item-40", "sharer:sim-user-1", "sharer:sim-user-2", "channel:wechat", "channel:poster", "campaign:换季清仓",
            "campaign:weekend-market", "placement:hz-market/*", "placement:hz-market/stall-01", "tag:group=g-01", "tag:group=g-02",
        }.SelectMany(subject => new[] { "day", "hour", "app" }.Select(by => $"?subject={Uri.EscapeDataString(subject)}&by={by}")),
        "/top?kind=listing", "/top?kind=sharer", "/top?kind=channel",
    ];

    [Fact]
    public async Task The_same_plan_gives_the_same_history_and_another_seed_another()
    {
        await using var one = await History.WriteAsync(azurite, History.Plan(Clicks));
        await using var again = await History.WriteAsync(azurite, History.Plan(Clicks));
        await using var other = await History.WriteAsync(azurite, History.Plan(Clicks, seed: 8));
        var differing = 0;
        foreach (var question in Questions)
        {
            var answer = await one.AskAsync(question);
            Assert.Equal(answer, await again.AskAsync(question));
            differing += answer == await other.AskAsync(question) ? 0 : 1;
        }
        Assert.InRange(differing, Questions.Length - 4, Questions.Length);
        Assert.Equal(one.Events.Select(WithoutClick), again.Events.Select(WithoutClick));
        Assert.NotEqual(one.Events.Select(WithoutClick), other.Events.Select(WithoutClick));
        AssertSame(one.Summary, again.Summary);

        static SimulatedEvent WithoutClick(SimulatedEvent happening) => happening with { ClickId = null };
    }

    [Fact]
    public async Task A_history_is_what_was_asked_for_and_such_as_a_marketplace_might_have()
    {
        await using var history = await History.WriteAsync(azurite, History.Plan(Clicks));
        var (feed, _) = await history.App.ReadFeedAsync();
        await AssertCountedAsync(history, feed);

        var people = feed.Where(click => !Flag(click, "isBot") && !Flag(click, "isPrefetch")).ToList();
        var found = people.Where(click => !Text(click, "action")!.StartsWith("miss_", StringComparison.Ordinal)).ToList();
        Assert.Equal(Clicks, found.Count);
        Assert.Equal(
            (history.Summary.Clicks, history.Summary.Misses, history.Summary.Bots, history.Summary.Prefetches),
            (found.Count, people.Count - found.Count, feed.Count(click => Flag(click, "isBot")), feed.Count(click => Flag(click, "isPrefetch"))));
        Assert.Equal(history.Summary.Continued, found.Count(click => click["continues"] is not null));
        Assert.Equal(history.Summary.Forwarded, found.Count(click => click["forwardedFrom"] is not null));
        Assert.All(feed, click => Assert.InRange(DateOnly.FromDateTime(Local(click).DateTime), History.FirstDay, History.LastDay));

        // The shares that a marketplace in China would see, roughly.
        Assert.InRange(found.Count(click => Local(click).Hour is >= 19 and < 23), 4 * found.Count(click => Local(click).Hour is >= 1 and < 5), Clicks / 2);
        Assert.Equal("wechat", found.GroupBy(click => Text(click, "channel")).MaxBy(channel => channel.Count())!.Key);
        Assert.Equal(9, found.DistinctBy(click => Text(click, "channel")).Count());
        Assert.InRange(found.GroupBy(click => Text(click, "listingId")).Max(listing => listing.Count()), Clicks / 20, Clicks * 4 / 10);
        Assert.Equal("wechat", found.GroupBy(click => Text(click, "app")).MaxBy(app => app.Count())!.Key);
        Assert.InRange(found.Count(click => Text(click, "country") == "CN"), Clicks * 8 / 10, Clicks - 1);
        Assert.InRange(history.Summary.Bots, Clicks * 3 / 100, Clicks * 8 / 100);
        Assert.InRange(history.Summary.Misses, 5, Clicks / 20);
        Assert.InRange(history.Summary.Continued, Clicks / 100, Clicks / 10);
        Assert.InRange(history.Summary.Forwarded, 5, Clicks / 20);
        Assert.InRange(found.Count(click => click["visitorId"] is not null), Clicks / 10, Clicks / 2);
        Assert.InRange(found.Count(click => click["userId"] is not null), history.Summary.Continued, Clicks / 5);
        Assert.Contains(people, click => Text(click, "action") == "miss_unknown");
        var late = found.Where(click => Text(click, "entry") == "offline").ToList();
        Assert.Equal(history.Summary.LateScans, late.Count);
        Assert.NotEmpty(late);
        Assert.All(late, click => Assert.True(click["at"]!.GetValue<DateTimeOffset>() < click["receivedAt"]!.GetValue<DateTimeOffset>()));
        Assert.InRange(history.Summary.Depth, 3, 20);

        await AssertListingsAndLinksAsync(history);
        AssertEvents(history, feed);
    }

    [Fact]
    public async Task A_click_that_is_not_stored_ends_it()
    {
        var fault = await Assert.ThrowsAsync<SimulationException>(() => History.WriteAsync(
            azurite, History.Plan(2000), services => services.AddSingleton(new ClickOptions { MaxQueued = 1, CommitDeadline = TimeSpan.FromMinutes(1) })));
        Assert.Contains("not stored", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    public async Task The_smallest_histories_have_their_clicks(int clicks)
    {
        await using var history = await History.WriteAsync(azurite, History.Plan(clicks) with { Listings = 1, Sharers = 1, FirstDay = History.LastDay, Days = 1 });
        Assert.Equal(clicks, history.Summary.Clicks);
        Assert.Equal(clicks, JsonNode.Parse(await history.AskAsync("?subject=all"))!["total"]!["clicks"]!.GetValue<int>());
    }

    private static async Task AssertCountedAsync(History history, List<JsonNode> feed)
    {
        var (total, rows, _) = World.Recount(feed, "all", "day", History.FirstDay, History.LastDay.AddDays(1), Shanghai);
        var answer = JsonNode.Parse(await history.AskAsync("?subject=all&by=day"))!;
        // Callers are not shown the daily numbers that most visitors are counted by.
        answer["total"]!["visitors"] = total["visitors"]!.DeepClone();
        Assert.Equal(total.ToJsonString(), answer["total"]!.ToJsonString());
        var visitors = await VisitorsAsync(history);
        Assert.All(answer["rows"]!.AsArray(), row =>
        {
            var day = row!["key"]!.GetValue<string>();
            Assert.Equal(rows[day], row["clicks"]!.GetValue<long>());
            // On a busy day visitors are estimated; all else is exact.
            Assert.InRange(row["visitors"]!.GetValue<long>(), visitors[day] * 0.95, visitors[day] * 1.05);
        });
    }

    private static async Task<Dictionary<string, int>> VisitorsAsync(History history)
    {
        var feed = history.App.Get<ClickFeed>();
        await feed.OpenAsync(FeedCursor.Start, CancellationToken.None);
        return await feed.ReadAsync(FeedCursor.Start, CancellationToken.None).Select(read => read.Click)
            .Where(click => click is { IsBot: false, IsPrefetch: false, Continues: null } && !click.Action.IsMiss())
            .Select(click => (Day: TimeZoneInfo.ConvertTime(click.At, Shanghai).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Visitor: (click.VisitorId, click.VisitorId is null ? click.VisitorHash : 0)))
            .Distinct()
            .GroupBy(click => click.Day)
            .ToDictionaryAsync(day => day.Key, day => day.Count());
    }

    private static async Task AssertListingsAndLinksAsync(History history)
    {
        var states = new List<string>();
        for (var i = 1; i <= 60; i++)
        {
            var listing = await history.App.GetJsonAsync($"/api/listings/sim-item-{i}");
            states.Add(Text(listing, "state")!);
            Assert.True(listing["price"]!.GetValue<decimal>() > 0);
        }
        Assert.Equal(["available", "removed", "sold"], states.Distinct().Order());
        var links = (await history.App.GetJsonAsync("/api/links?listingId=sim-item-1"))["links"]!.AsArray();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.InRange(link!["createdAt"]!.GetValue<DateTimeOffset>(), new(2026, 10, 11, 16, 0, 0, TimeSpan.Zero), new(2026, 10, 25, 16, 0, 0, TimeSpan.Zero)));
    }

    private static void AssertEvents(History history, List<JsonNode> feed)
    {
        var start = new DateTimeOffset(2026, 10, 11, 16, 0, 0, TimeSpan.Zero);
        Assert.Equal(history.Events.OrderBy(happening => happening.OccurredAt), history.Events);
        Assert.All(history.Events, happening => Assert.InRange(happening.OccurredAt, start, start.AddDays(14)));
        var orders = history.Events.Where(happening => happening is { Type: SimulatedEvent.Order, IsCancelled: false }).ToList();
        Assert.InRange(orders.Count, 5, Clicks / 50);
        Assert.Equal(orders.Count, orders.DistinctBy(order => order.Id).Count());
        Assert.All(orders, order => Assert.True(order is { Value: > 0, Currency: "CNY", UserId: not null, ListingId: not null }));
        Assert.InRange(orders.Count(order => order.ClickId is not null), orders.Count / 2, orders.Count - 1);
        // Whoever orders came by a click before.
        var times = feed.ToDictionary(Feed.Id, click => click["receivedAt"]!.GetValue<DateTimeOffset>());
        Assert.All(history.Events.Where(happening => happening.ClickId is not null), happening =>
            Assert.True(times[history.App.Get<ShareLinks.Codes.ClickIdCodes>().Encode(happening.ClickId!.Value)] <= happening.OccurredAt));
    }

    private static void AssertSame(SimulationSummary one, SimulationSummary other) => Assert.Equal(
        (one.Links, one.Depth, one.Clicks, one.Continued, one.Forwarded, one.LateScans, one.Misses, one.Bots, one.Prefetches, one.Visitors),
        (other.Links, other.Depth, other.Clicks, other.Continued, other.Forwarded, other.LateScans, other.Misses, other.Bots, other.Prefetches, other.Visitors));

    private static DateTimeOffset Local(JsonNode click) => TimeZoneInfo.ConvertTime(DateTimeOffset.Parse(Text(click, "at")!, CultureInfo.InvariantCulture), Shanghai);

    private static bool Flag(JsonNode click, string field) => click[field]!.GetValue<bool>();

    private static string? Text(JsonNode node, string field) => node[field]?.GetValue<string>();
}
