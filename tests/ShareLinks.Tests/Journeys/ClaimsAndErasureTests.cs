using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Privacy;
using ShareLinks.Rollups;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Journeys;

/// <summary>What many of one kind must not take away from a person's paths, and what an erasure must reach.</summary>
public class ClaimsAndErasureTests(Azurite azurite)
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private int events;
    private LinkAttributes? link;

    [Fact]
    public async Task A_cookie_is_known_and_erased_however_often_another_is_named()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var phone = await OpenAsync(app, cookie: 1);
        await ReportAsync(app, "signup", "buyer", cookie: 1);
        var laptop = await OpenAsync(app, cookie: 2);
        // One cookie more than once, and many others too.
        for (var i = 0; i < 60; i++)
            await ReportAsync(app, "chat", "buyer", cookie: 2);
        var order = await ReportAsync(app, "order", "buyer");
        Assert.Equal([phone, laptop], await PathAsync(app, order));
        // A month with more different cookies than it keeps knows the latest of them, and an erasure reaches all.
        for (var i = 0; i < JourneyMonth.MaxVisitors; i++)
            await ReportAsync(app, "chat", "buyer", cookie: (ulong)(1000 + i));
        await app.Get<ClickFold>().FoldAsync();
        await app.Get<PersonErasure>().EraseAsync("buyer", CancellationToken.None);
        Assert.Empty(await PathAsync(app, await ReportAsync(app, "order", null, cookie: 1)));
        Assert.Empty(await PathAsync(app, await ReportAsync(app, "order", null, cookie: 2)));
        // What happens under the cookie from then on is somebody's again.
        var again = await OpenAsync(app, cookie: 1, TimeProvider.System.GetUtcNow());
        Assert.Equal([again], await PathAsync(app, await ReportAsync(app, "order", null, cookie: 1, TimeProvider.System.GetUtcNow())));
    }

    [Fact]
    public async Task Claims_take_nothing_away()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var buyer = await app.Get<PersonTable>().GetOrAddAsync("buyer");
        var cookie = await OpenAsync(app, cookie: 1);
        await ReportAsync(app, "signup", "buyer", cookie: 1);
        var vouched = await AppendAsync(app, ClickSamples.One(await LinkAsync(app), Now.AddHours(-2)) with { User = buyer, IsUserVerified = true });
        var before = await ReportAsync(app, "order", "buyer");
        Assert.Equal([cookie, vouched], await PathAsync(app, before));
        // A key that a phone has may claim any user: with scans of its own, and with visits of others.
        var visits = new List<ClickId>();
        for (var i = 0; i < JourneyMonth.MaxClaimedJoins + 20; i++)
            visits.Add(await OpenAsync(app, cookie: (ulong)(1000 + i)));
        for (var i = 0; i < JourneyMonth.MaxTouches + JourneyMonth.MaxClaimedTouches; i++)
            await AppendAsync(app, ClickSamples.One(await LinkAsync(app), Now.AddHours(-1).AddSeconds(i)) with { User = buyer, Continues = i < visits.Count ? visits[i] : null });
        Assert.Equal([cookie, vouched], await PathAsync(app, await ReportAsync(app, "order", "buyer")));
        Assert.Equal([cookie, vouched], await PathAsync(app, before));

        // A claim does not make another's cookie the person's: its owner keeps it when the person is erased.
        var own = await OpenAsync(app, cookie: 7);
        await ReportAsync(app, "signup", "owner", cookie: 7);
        await AppendAsync(app, ClickSamples.One(await LinkAsync(app), Now.AddMinutes(-3)) with { User = buyer, Continues = own });
        await app.Get<ClickFold>().FoldAsync();
        await app.Get<PersonErasure>().EraseAsync("buyer", CancellationToken.None);
        Assert.Equal([own], await PathAsync(app, await ReportAsync(app, "order", "owner")));
        // One that nobody else was vouched for is taken for the person's.
        Assert.Empty(await PathAsync(app, await ReportAsync(app, "order", null, cookie: 1069)));
    }

    [Fact]
    public async Task Counting_anew_undoes_no_erasure_and_takes_no_touches_from_events_before_it()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var first = await OpenAsync(app, cookie: 1);
        var order = await ReportAsync(app, "order", "buyer", cookie: 1);
        var ofCookie = await ReportAsync(app, "order", null, cookie: 1);
        Assert.Equal([first, first], [.. await PathAsync(app, order), .. await PathAsync(app, ofCookie)]);
        await app.Get<PersonErasure>().EraseAsync("buyer", CancellationToken.None);

        // The person comes again, as somebody else with the same cookie.
        var returning = await OpenAsync(app, cookie: 1, TimeProvider.System.GetUtcNow());
        var later = await ReportAsync(app, "order", "buyer", cookie: 1, TimeProvider.System.GetUtcNow());
        var expected = new[] { $"{order}: {first}", $"{ofCookie}: {first}", $"{later}: {returning}" };
        Assert.Equal(expected, await AllAsync());
        for (var times = 0; times < 2; times++)
        {
            await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
            Assert.Equal(expected, await AllAsync());
        }

        async Task<string[]> AllAsync()
        {
            var lines = new List<string>();
            foreach (var id in new[] { order, ofCookie, later })
                lines.Add($"{id}: {string.Join(' ', await PathAsync(app, id))}");
            return [.. lines];
        }
    }

    [Fact]
    public async Task Whatever_happened_an_erasure_leaves_no_journey_and_counting_anew_keeps_what_was_counted()
    {
        for (var seed = 0; seed < Scale.Of(40, 20); seed++)
        {
            var prefix = azurite.NewPrefix();
            await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
            var history = PathHistory.Create(seed, Now, 60);
            await PathHistory.FeedAsync([app], history.Facts, new Random(seed));
            var (erased, others) = (await app.Get<PersonTable>().FindAsync("buyer-1"), history.VisitorsOf(1));
            if (erased is not { } person)
                continue;
            await app.Get<PersonErasure>().EraseAsync("buyer-1", CancellationToken.None);
            await app.Get<PersonErasure>().FinishAsync(evenRecent: true, CancellationToken.None);
            var before = await PathsAsync(app);
            await AssertErasedAsync(app, prefix, person, others);

            await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
            await AssertErasedAsync(app, prefix, person, others);
            var after = await PathsAsync(app);
            Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
            foreach (var (id, path) in before)
            {
                var happened = history.Facts.Single(fact => fact.Event is not null && !fact.IsCancelled && id == $"e-{fact.Number}");
                // Those of the person, and under the person's cookies, are as they were; others may lack what they had in common with them.
                if (happened.User == 1 || (happened.User is null && happened.Visitor is { } visitor && others.Contains(visitor)))
                    Assert.Equal($"seed {seed}, {id}: {string.Join(' ', path)}", $"seed {seed}, {id}: {string.Join(' ', after[id])}");
                else
                    Assert.Empty(after[id].Except(path));
            }
        }

        async Task AssertErasedAsync(TestApp app, string prefix, PersonId person, IReadOnlyList<int> visitors)
        {
            var keys = new List<string>();
            var state = (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!;
            foreach (var actor in visitors.Select(visitor => Actor.OfCookie((ulong)visitor)).Prepend(Actor.Of(person)))
                Assert.Empty(await app.Get<JourneyTable>().ReadAsync(state.Generation, actor, CancellationToken.None));
            foreach (var table in new[] { "people", "erasures" })
            {
                await foreach (var row in new Azure.Data.Tables.TableClient(azurite.ConnectionString, prefix + table).QueryAsync<Azure.Data.Tables.TableEntity>())
                    keys.Add($"{row.PartitionKey}|{row.RowKey}");
            }
            Assert.DoesNotContain(keys, key => key.Contains(person.ToString(), StringComparison.Ordinal) || key.Contains("buyer-1", StringComparison.Ordinal));
        }
    }

    private static async Task<Dictionary<string, ClickId[]>> PathsAsync(TestApp app)
    {
        var state = await app.Get<ClickFold>().FoldAsync();
        var paths = new Dictionary<string, ClickId[]>();
        foreach (var type in await app.Get<PathTable>().TypesAsync(state.Generation, CancellationToken.None))
        {
            await foreach (var (conversion, touches) in app.Get<PathTable>().ReadAsync(state.Generation, type, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, CancellationToken.None))
                paths.Add(conversion.Id, [.. touches.Select(touch => touch.Id)]);
        }
        return paths;
    }

    [Fact]
    public async Task A_cookie_s_erasure_is_forgotten_once_its_clicks_are_past_retention()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var cookies = app.Get<ErasedCookies>();
        await cookies.AddAsync(1, Now.AddDays(-10), CancellationToken.None);
        await cookies.AddAsync(2, Now.AddDays(-5), CancellationToken.None);
        await app.Get<PersonErasure>().FinishAsync(evenRecent: false, CancellationToken.None);
        Assert.Equal(2, (await cookies.ReadAsync(CancellationToken.None)).ThroughByHash.Count);
        await app.Get<RetentionRecord>().AdvanceAsync(new Retention(2, 2, Now.AddDays(-10)), CancellationToken.None);
        await app.Get<PersonErasure>().FinishAsync(evenRecent: false, CancellationToken.None);
        var erased = await cookies.ReadAsync(CancellationToken.None);
        Assert.False(erased.Contains(1, Now.AddDays(-11)));
        Assert.True(erased.Contains(2, Now.AddDays(-5)));
        Assert.False(erased.Contains(2, Now.AddDays(-4)));
    }

    private async Task<LinkAttributes> LinkAsync(TestApp app) =>
        link ??= (await app.Get<LinkFinder>().FindAsync(await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat" })))!.Attributes;

    private async Task<ClickId> OpenAsync(TestApp app, ulong cookie, DateTimeOffset? at = null) =>
        await AppendAsync(app, ClickSamples.One(await LinkAsync(app), at ?? Now.AddDays(-1)) with { VisitorId = cookie });

    private static async Task<ClickId> AppendAsync(TestApp app, Click click) => (await app.Get<ClickLog>().AppendAsync(click)).Id!.Value;

    private async Task<string> ReportAsync(TestApp app, string type, string? userId, ulong? cookie = null, DateTimeOffset? at = null)
    {
        var id = $"{type}-{++events}";
        var answer = await app.Get<EventIntake>().TakeAsync([new EventRequest
        {
            Id = id,
            Type = type,
            OccurredAt = at ?? Now.AddMinutes(-1),
            UserId = userId,
            VisitorId = cookie is { } number ? Base62.Encode(number, Base62.LengthOf64Bits) : null,
        }]);
        Assert.Equal(1, answer.Accepted);
        return id;
    }

    private static async Task<ClickId[]> PathAsync(TestApp app, string order)
    {
        var state = await app.Get<ClickFold>().FoldAsync();
        await foreach (var path in app.Get<PathTable>().ReadAsync(state.Generation, "order", Now.AddDays(-1), Now.AddDays(1), CancellationToken.None))
        {
            if (path.Conversion.Id == order)
                return [.. path.Touches.Select(touch => touch.Id)];
        }
        throw new KeyNotFoundException(order);
    }
}
