using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Journeys;

/// <summary>What the fold makes of clicks whose person is known.</summary>
public class JourneyTableTests(Azurite azurite)
{
    [Fact]
    public async Task A_visitor_who_goes_on_in_the_app_is_joined_to_the_user()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = (await app.Get<LinkFinder>().FindAsync(await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat" })))!.Attributes;
        var user = await app.Get<PersonTable>().GetOrAddAsync("buyer");
        var at = new DateTimeOffset(2026, 11, 30, 23, 59, 0, TimeSpan.Zero);
        // In WeChat, on in the browser, on in the app; in the next month by then.
        var seen = await AppendAsync(app, Click(link, at) with { VisitorId = 7 });
        var browser = await AppendAsync(app, Click(link, at.AddSeconds(30)) with { VisitorId = 8, Continues = seen });
        var opened = await AppendAsync(app, Click(link, at.AddMinutes(2)) with { User = user, Continues = browser, IsUserVerified = true });
        await AppendAsync(app, Click(link, at) with { VisitorId = 7, IsBot = true });
        await AppendAsync(app, Click(link, at) with { VisitorId = 7, Action = ClickAction.MissExpired });
        await AppendAsync(app, Click(link, at));

        var state = await app.Get<ClickFold>().FoldAsync();
        var journeys = app.Get<JourneyTable>();
        var months = await journeys.ReadAsync(state.Generation, Actor.Of(user), CancellationToken.None);
        // The visits that the user went on with are the user's, by the same word.
        Assert.Equal([seen, browser, opened], months.SelectMany(month => month.Touches).Select(touch => touch.Id));
        Assert.All(months.SelectMany(month => month.Touches), touch => Assert.True(touch.Click is { IsUserVerified: true, Link.Channel: "wechat" } && touch.Click.User == user));
        Assert.Equal([7UL, 8UL], months.SelectMany(month => month.Joins).Select(join => join.Other.Number).Order());
        foreach (var (cookie, click) in new[] { (7UL, seen), (8UL, browser) })
        {
            months = await journeys.ReadAsync(state.Generation, Actor.OfCookie(cookie), CancellationToken.None);
            Assert.Equal(2, months.Count);
            Assert.Equal(click, Assert.Single(months[0].Touches).Id);
            Assert.Equal(new Join(Actor.Of(user), at.AddMinutes(2), opened, true), Assert.Single(months[1].Joins));
        }
        Assert.Empty(await journeys.ReadAsync(state.Generation, Actor.OfCookie(9), CancellationToken.None));
    }

    [Fact]
    public async Task Journeys_are_the_same_however_often_and_by_whomever_they_are_written()
    {
        var prefix = azurite.NewPrefix();
        var settings = new Dictionary<string, string?> { ["ShareLinks:Fold:StepClicks"] = "500", ["ShareLinks:Fold:Lease"] = "00:00:00.001" };
        await using var app = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        var links = new List<LinkAttributes>();
        for (var i = 0; i < 5; i++)
            links.Add((await app.Get<LinkFinder>().FindAsync(await app.MintCodeAsync(new { listingId = $"item-{i}" })))!.Attributes);
        var random = new Random(1);
        var appended = new List<(ClickId Id, ulong Cookie)>();
        for (var round = 0; round < 4; round++)
        {
            var clicks = Enumerable.Range(0, 300).Select(_ => Click(links[random.Next(5)], new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(60_000))) with { VisitorId = (ulong)random.Next(1, 20) }).ToList();
            var receipts = await Task.WhenAll(clicks.Select(click => (random.Next(2) == 0 ? app : other).Get<ClickLog>().AppendAsync(click).AsTask()));
            appended.AddRange(receipts.Zip(clicks, (receipt, click) => (receipt.Id!.Value, click.VisitorId!.Value)));
            await Task.WhenAll(app.Get<ClickFold>().FoldAsync(), other.Get<ClickFold>().FoldAsync());
        }
        var state = await app.Get<ClickFold>().FoldAsync();
        foreach (var cookie in appended.GroupBy(click => click.Cookie))
        {
            var months = await app.Get<JourneyTable>().ReadAsync(state.Generation, Actor.OfCookie(cookie.Key), CancellationToken.None);
            Assert.Equal(cookie.Select(click => click.Id).ToHashSet(), months.SelectMany(month => month.Touches).Select(touch => touch.Id).ToHashSet());
        }
    }

    private static Click Click(LinkAttributes link, DateTimeOffset at) =>
        new() { Link = link, At = at, ReceivedAt = at, Entry = ClickEntry.Code, Action = ClickAction.Page };

    private static async Task<ClickId> AppendAsync(TestApp app, Click click) => (await app.Get<ClickLog>().AppendAsync(click)).Id!.Value;
}
