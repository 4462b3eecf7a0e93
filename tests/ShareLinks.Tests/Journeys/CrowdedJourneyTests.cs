using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Privacy;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Journeys;

/// <summary>People with more clicks, cookies and orders than a month and a row keep, against a slow reading that knows the documented bounds alone.</summary>
public class CrowdedJourneyTests(Azurite azurite)
{
    private const int Cookies = 240;

    [Fact]
    public async Task Paths_cancellations_and_refunds_equal_a_slow_reading_and_an_erasure_leaves_them()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var random = new Random(11);
        var link = (await app.Get<LinkFinder>().FindAsync(await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat" })))!.Attributes;
        PersonId[] users = [await app.Get<PersonTable>().GetOrAddAsync("buyer-0"), await app.Get<PersonTable>().GetOrAddAsync("buyer-1")];
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 60);
        // Different times, none of them a whole second, since such an event may have happened at any time of it.
        // The link belongs to another campaign and listing from the middle on.
        var repointed = link with { ListingId = "item-2", Campaign = "summer" };
        var times = Enumerable.Range(1, 25 * 86_400).OrderBy(_ => random.Next()).Take(5000).Select(second => now.AddSeconds(-second).AddMilliseconds(random.Next(1, 1000))).ToArray();
        var next = 0;

        var clicks = new List<Click>();
        for (var i = 0; i < 3600; i++)
        {
            var click = ClickSamples.One(random.Next(2) == 0 ? link : repointed, times[next++]);
            clicks.Add(i % 9 == 0 ? click with { User = users[random.Next(2)] }
                : i % 2 == 0 ? click with { User = users[random.Next(2)], IsUserVerified = true }
                : click with { VisitorId = (ulong)random.Next(Cookies) });
        }
        var receipts = await Task.WhenAll(clicks.Select(click => app.Get<ClickLog>().AppendAsync(click).AsTask()));
        var ids = clicks.Zip(receipts).ToDictionary(pair => pair.First.At, pair => pair.Second.Id!.Value);
        var campaigns = clicks.ToDictionary(click => ids[click.At], click => click.Link.Campaign);

        var orders = Enumerable.Range(0, 700).Select(i => new Order(
            $"order-{i}", random.Next(2), random.Next(10) < 7 ? (ulong)random.Next(Cookies) : null, now.AddMinutes(-random.Next(1, 3 * 1440)).AddMilliseconds(1 + i))).ToList();
        var changes = new List<EventRequest>();
        foreach (var order in orders)
        {
            if (random.Next(4) == 0)
                changes.Add(Request(order) with { Cancelled = true });
            for (var refund = 0; refund < random.Next(4); refund++)
                changes.Add(Request(order) with { Cancelled = true, RefundId = $"refund-{refund}", RefundedValue = random.Next(1, 30) });
        }
        // All in one step first; then the rest of the changes, which find their orders on whatever row they are.
        var early = changes.Where((_, i) => i % 3 == 0).ToList();
        await ReportAsync(app, [.. early, .. orders.Select(order => Request(order) with { Value = 100, UserId = $"buyer-{order.User}", VisitorId = order.Cookie is { } cookie ? Base62.Encode(cookie, Base62.LengthOf64Bits) : null })]);
        Assert.Equal(1, (await app.Get<ClickFold>().FoldAsync()).Step);
        await ReportAsync(app, [.. changes.Except(early)]);
        var state = await app.Get<ClickFold>().FoldAsync();

        var slow = new SlowReading(clicks, orders, users);
        Assert.True(slow.OverflowsClicks && slow.OverflowsCookies);
        var all = orders.ToDictionary(order => order.Id, order => slow.AllOf(order).Select(at => ids[at]).ToHashSet());
        await AssertPathsAsync(state.Generation, isWhole: _ => true);
        Assert.NotEmpty(await app.Get<StorageAccount>().Table("paths").QueryAsync($"order-{now.AddDays(-1):yyyyMMdd}-1", "1-", "1-~").ToListAsync());

        // An erasure takes nothing from what was found. Counted anew, others may lack what they had by cookies of the erased person, and have room for other cookies.
        await app.Get<PersonErasure>().EraseAsync("buyer-1", CancellationToken.None);
        await app.Get<PersonErasure>().FinishAsync(evenRecent: true, CancellationToken.None);
        await AssertPathsAsync(state.Generation, isWhole: _ => true);
        await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
        var rebuilt = (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!.Generation;
        Assert.Equal(state.Generation + 1, rebuilt);
        await AssertPathsAsync(rebuilt, isWhole: order => order.User == 1);
        foreach (var generation in new[] { state.Generation, rebuilt })
        {
            Assert.NotEmpty(await app.Get<JourneyTable>().ReadAsync(generation, Actor.Of(users[0]), CancellationToken.None));
            Assert.Empty(await app.Get<JourneyTable>().ReadAsync(generation, Actor.Of(users[1]), CancellationToken.None));
            Assert.Empty(await app.Get<JourneyTable>().FindJoinedAsync(generation, Actor.Of(users[1]), CancellationToken.None).ToListAsync());
        }

        async Task AssertPathsAsync(int generation, Func<Order, bool> isWhole)
        {
            var found = await app.Get<PathTable>().ReadAsync(generation, "order", now.AddDays(-30), now.AddDays(1), CancellationToken.None).ToDictionaryAsync(path => path.Conversion.Id);
            Assert.Equal(orders.Count, found.Count);
            foreach (var order in orders)
            {
                var (conversion, touches) = found[order.Id];
                var of = changes.Where(change => change.Id == order.Id).ToList();
                Assert.Equal(of.Exists(change => change.RefundedValue is null), conversion.IsCancelled);
                Assert.Equal(100 - of.Sum(change => change.RefundedValue ?? 0), conversion.NetValue);
                var expected = slow.PathOf(order).Select(at => ids[at]).ToList();
                if (isWhole(order))
                    Assert.Equal(expected, touches.Select(touch => touch.Id));
                else
                    Assert.Subset(all[order.Id], touches.Select(touch => touch.Id).ToHashSet());
                Assert.All(touches, touch => Assert.Equal((campaigns[touch.Id], campaigns[touch.Id] is null ? "item-1" : "item-2"), (touch.Click!.Link.Campaign, touch.Click.Link.ListingId)));
            }
        }
    }

    private static EventRequest Request(Order order) => new() { Id = order.Id, Type = "order", OccurredAt = order.At, Currency = "CNY" };

    private static async Task ReportAsync(TestApp app, EventRequest[] events)
    {
        foreach (var some in events.Chunk(EventsRequest.MaxEvents))
        {
            var answer = await app.Get<EventIntake>().TakeAsync([.. some]);
            Assert.Equal((some.Length, 0), (answer.Accepted, answer.Rejected.Count));
        }
    }

    private sealed record Order(string Id, int User, ulong? Cookie, DateTimeOffset At);

    /// <summary>What leads to each order, found by looking at everything again and again.</summary>
    private sealed class SlowReading(List<Click> clicks, List<Order> orders, PersonId[] users)
    {
        private readonly Dictionary<int, List<DateTimeOffset>> kept = [];

        /// <summary>Whether some month has more clicks of a user than it keeps.</summary>
        public bool OverflowsClicks => Enumerable.Range(0, users.Length).Any(user => ClicksOf(user).GroupBy(MonthOf).Any(month => month.Count() > 400));

        /// <summary>Whether some month has more cookies of a user than it keeps.</summary>
        public bool OverflowsCookies => orders.Where(order => order.Cookie is not null).GroupBy(order => (order.User, MonthOf(order.At))).Any(month => month.DistinctBy(order => order.Cookie).Count() > 100);

        /// <summary>The times of the clicks that led to an order: the latest 150 that its user's months and cookies keep.</summary>
        public IEnumerable<DateTimeOffset> PathOf(Order order) => KeptOf(order.User).Where(at => at <= order.At).TakeLast(150);

        /// <summary>The times of the clicks that a user's months and cookies keep, in order.</summary>
        private List<DateTimeOffset> KeptOf(int user)
        {
            if (!kept.TryGetValue(user, out var times))
            {
                kept[user] = times = [.. Kept(ClicksOf(user))
                    .Concat(CookiesOf(user).SelectMany(cookie => Kept(clicks.Where(click => click.VisitorId == cookie).Select(click => click.At)).Where(at => OwnerAt(cookie, at) == user)))
                    .Order()];
            }
            return times;
        }

        /// <summary>The times of all clicks that may have led to an order, if nothing were bounded.</summary>
        public IEnumerable<DateTimeOffset> AllOf(Order order) => ClicksOf(order.User)
            .Concat(clicks.Where(click => click.VisitorId is { } cookie && OwnerAt(cookie, click.At) == order.User).Select(click => click.At))
            .Where(at => at <= order.At);

        private static (int, int) MonthOf(DateTimeOffset at) => (at.UtcDateTime.Year, at.UtcDateTime.Month);

        private static IEnumerable<DateTimeOffset> Kept(IEnumerable<DateTimeOffset> all) => all.GroupBy(MonthOf).SelectMany(month => month.Order().TakeLast(400));

        private IEnumerable<DateTimeOffset> ClicksOf(int user) => clicks.Where(click => click.User == users[user] && click.IsUserVerified).Select(click => click.At);

        /// <summary>The cookies that orders named beside a user: of every month the hundred that were named last.</summary>
        private IEnumerable<ulong> CookiesOf(int user) => orders.Where(order => order.User == user && order.Cookie is not null).GroupBy(order => MonthOf(order.At))
            .SelectMany(month => month.GroupBy(order => order.Cookie!.Value).OrderBy(same => same.Max(order => order.At)).TakeLast(100).Select(same => same.Key)).Distinct();

        /// <summary>Whose a cookie was: the user's who was named next beside it, else the last one's. Of one user's orders within ten minutes the last tells.</summary>
        private int? OwnerAt(ulong cookie, DateTimeOffset at)
        {
            var told = orders.Where(order => order.Cookie == cookie).GroupBy(order => (order.User, order.At.UtcTicks / TimeSpan.FromMinutes(10).Ticks))
                .Select(same => same.MaxBy(order => order.At)!).OrderBy(order => order.At).ToList();
            return (told.Find(order => order.At >= at) ?? told.LastOrDefault())?.User;
        }
    }
}
