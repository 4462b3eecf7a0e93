using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Journeys;

/// <summary>The paths that the fold finds, against a slow way to find them.</summary>
public class PathTableTests(Azurite azurite)
{
    [Fact]
    public async Task Any_history_fed_in_any_order_by_several_processes_gives_the_same_paths()
    {
        for (var seed = 0; seed < Scale.Of(60, 30); seed++)
        {
            var history = PathHistory.Create(seed, TimeProvider.System.GetUtcNow(), 60);
            var random = new Random(seed);
            foreach (var order in new[] { history.Facts, [.. history.Shuffled(random)], [.. history.Shuffled(random)] })
            {
                var prefix = azurite.NewPrefix();
                var settings = new Dictionary<string, string?> { ["ShareLinks:Fold:Lease"] = "00:00:00.001", ["ShareLinks:Fold:StepClicks"] = "500" };
                await using var one = await TestApp.StartAsync(azurite, settings, prefix: prefix);
                await using var other = await TestApp.StartAsync(azurite, settings, prefix: prefix);
                Assert.Equal($"seed {seed}\n{history.ExpectedByTime()}", $"seed {seed}\n{await PathHistory.FeedAsync([one, other], order, random)}");
            }
        }
    }

    [Fact]
    public async Task A_busy_day_spreads_over_more_rows_and_every_event_is_found()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var table = app.Get<PathTable>();
        var random = new Random(1);
        var changes = PathRowTests.Changes(random, Scale.Of(100_000)).Select(change => change with { At = ClickSamples.Start.AddSeconds(change.Id.GetHashCode(StringComparison.Ordinal) & 0x3fff) }).ToArray();
        random.Shuffle(changes);
        var step = 0;
        foreach (var part in changes.Chunk(changes.Length / 5 + 1))
        {
            await table.ApplyTypesAsync(1, ++step, part, CancellationToken.None);
            await table.ApplyAsync(1, step, part, CancellationToken.None);
            // Once more, as by a process that goes on with a step.
            await table.ApplyAsync(1, step, part, CancellationToken.None);
        }
        var expected = changes.Where(change => change.Event is not null).Select(change => change.Id).ToHashSet();
        var found = await table.ReadAsync(1, "order", ClickSamples.Start.AddDays(-1), ClickSamples.Start.AddDays(1), CancellationToken.None).ToListAsync();
        Assert.Equal(expected.Count, found.Count);
        Assert.Equal(expected, found.Select(path => path.Conversion.Id).ToHashSet());
        foreach (var path in found.Take(200))
            Assert.Equal(path.Touches.Select(touch => touch.Id), (await table.FindAsync(1, "order", path.Conversion.Id, path.Conversion.At, CancellationToken.None))!.Touches.Select(touch => touch.Id));
        Assert.Null(await table.FindAsync(1, "order", "order-x", ClickSamples.Start, CancellationToken.None));

        // Another generation has them all as well, and the first is gone without a rest.
        await table.CopyAsync(1, 2, CancellationToken.None);
        await table.DeleteAsync(1, CancellationToken.None);
        Assert.Empty(await table.ReadAsync(1, "order", ClickSamples.Start.AddDays(-1), ClickSamples.Start.AddDays(1), CancellationToken.None).ToListAsync());
        Assert.Equal(found.Count, await table.ReadAsync(2, "order", ClickSamples.Start.AddDays(-1), ClickSamples.Start.AddDays(1), CancellationToken.None).CountAsync());
        Assert.Equal(["order"], await table.TypesAsync(2, CancellationToken.None));
    }

    [Fact]
    public async Task Changes_reach_the_events_of_a_busy_day_wherever_they_stand()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var table = app.Get<PathTable>();
        var random = new Random(2);
        // Long paths fill many rows of several levels; the changes that come later are light.
        var (reports, later) = (new List<PathChange>(), new List<PathChange>());
        for (var i = 0; i < Scale.Of(4000); i++)
        {
            var report = new PathChange("order", $"order-{i}", ClickSamples.Start.AddSeconds(random.Next(40_000))) { Touches = LongPath(random) };
            reports.Add(report with { Event = new Conversion { Id = report.Id, At = report.At, Value = 100, Currency = "CNY" } });
            var light = report with { Touches = null };
            if (random.Next(2) == 0)
                later.Add(light with { IsCancelled = true });
            for (var refund = 0; random.Next(2) == 0; refund++)
                later.Add(light with { Refunds = [new Refund($"refund-{refund}", random.Next(1, 30), random.Next(5) == 0 ? "USD" : "CNY")] });
            if (random.Next(4) == 0)
                later.Add(light with { Touches = [.. report.Touches!.Take(random.Next(3))] });
        }
        var step = 0;
        // Some changes come with the reports, and some before them.
        var shuffled = later.ToArray();
        random.Shuffle(shuffled);
        var parts = shuffled.Chunk(shuffled.Length / 5 + 1).Zip(reports.Chunk(reports.Count / 4 + 1).Append([]), (changes, some) => (PathChange[])[.. some, .. changes]);
        foreach (var part in parts)
        {
            await table.ApplyTypesAsync(1, ++step, part, CancellationToken.None);
            await table.ApplyAsync(1, step, part, CancellationToken.None);
            await table.ApplyAsync(1, step, part, CancellationToken.None);
        }

        var found = (await table.ReadAsync(1, "order", ClickSamples.Start.AddDays(-1), ClickSamples.Start.AddDays(1), CancellationToken.None).ToListAsync()).ToDictionary(path => path.Conversion.Id);
        Assert.Equal(reports.Count, found.Count);
        foreach (var report in reports)
        {
            var changes = later.Where(change => change.Id == report.Id).ToList();
            var conversion = found[report.Id].Conversion;
            Assert.Equal(changes.Exists(change => change.IsCancelled), conversion.IsCancelled);
            Assert.Equal(Math.Max(0, 100 - changes.SelectMany(change => change.Refunds).Where(refund => refund.Currency == "CNY").Sum(refund => refund.Amount)), conversion.NetValue);
            // Of two paths the one that came later stands; a row that grew too large keeps the latest touches of the longest.
            var touches = found[report.Id].Touches.Select(touch => touch.Id).ToArray();
            var derived = changes.Find(change => change.Touches is not null)?.Touches;
            Assert.True(touches.Length >= 50 && Ends(report.Touches!, touches) || (derived is not null && Ends(derived, touches)));
            var alone = await table.FindAsync(1, "order", report.Id, report.At, CancellationToken.None);
            Assert.Equal((conversion.IsCancelled, conversion.NetValue), (alone!.Conversion.IsCancelled, alone.Conversion.NetValue));
        }
        Assert.NotEmpty(await app.Get<StorageAccount>().Table("paths").QueryAsync($"order-{ClickSamples.Start:yyyyMMdd}-1", "1-", "1-~").ToListAsync());

        static bool Ends(IReadOnlyList<Touch> path, ClickId[] touches) => path.TakeLast(touches.Length).Select(touch => touch.Id).SequenceEqual(touches);

        static Touch[] LongPath(Random random) =>
            [.. Enumerable.Range(0, 140).Select(i => Touch.Of(new ClickId(random.NextInt64(ClickId.MaxStream), i, 0), ClickSamples.One(ClickSamples.Link(random.Next(30)), ClickSamples.Start.AddMinutes(i))))];
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("buyer", null)]
    [InlineData(null, "0000000000A")]
    public async Task An_event_may_come_before_the_click_that_it_names(string? userId, string? visitorId)
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = (await app.Get<LinkFinder>().FindAsync(await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat" })))!.Attributes;
        var now = TimeProvider.System.GetUtcNow();
        // A writer whose storage is late gives out the ids of clicks that it has not stored.
        var block = new BlockKey(123_456, 0);
        var answer = await app.Get<EventIntake>().TakeAsync(
            [new EventRequest { Id = "order-1", Type = "order", OccurredAt = now, UserId = userId, VisitorId = visitorId, ClickId = app.Get<ClickIdCodes>().Encode(block.Click(1)) }]);
        Assert.Equal(1, answer.Accepted);
        Assert.Empty(Assert.Single(await ReadAsync(app)).Touches);

        Click[] clicks = [ClickSamples.One(link, now.AddHours(-2)) with { VisitorId = 99 }, ClickSamples.One(link, now.AddHours(-1)) with { Continues = block.Click(0) }];
        Assert.True(await app.Get<StreamTable>().OpenAsync(block.Stream, 1, CancellationToken.None));
        Assert.True(await app.Get<BlockTable>().AddAsync(block, 1, ClickBlockCodec.Encode(block, clicks), clicks, 0, CancellationToken.None));
        Assert.Equal(block.Click(0), Assert.Single(Assert.Single(await ReadAsync(app)).Touches).Id);
    }

    [Fact]
    public async Task A_click_that_cannot_come_any_more_is_not_waited_for()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = (await app.Get<LinkFinder>().FindAsync(await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat" })))!.Attributes;
        var now = TimeProvider.System.GetUtcNow();
        await app.Get<ClickFold>().FoldAsync();
        Assert.False(await WaitsAfterAsync("order-1", now.AddHours(-25)));
        var journeys = await CountClicksAsync();
        // One that may come is looked for until a day after the event.
        Assert.True(await WaitsAfterAsync("order-2", now.AddHours(-1)));
        Assert.InRange(await CountClicksAsync(), journeys + 30, int.MaxValue);
        var state = (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!;
        Assert.Equal(now.AddHours(23).ToUnixTimeMilliseconds(), state.AwaitsClicksUntil!.Value.ToUnixTimeMilliseconds());
        Assert.True((state with { CompleteThrough = state.AwaitsClicksUntil.Value.AddSeconds(-1) }).AwaitsClicks);
        Assert.False((state with { CompleteThrough = state.AwaitsClicksUntil }).AwaitsClicks);

        async Task<bool> WaitsAfterAsync(string id, DateTimeOffset at)
        {
            var answer = await app.Get<EventIntake>().TakeAsync(
                [new EventRequest { Id = id, Type = "order", OccurredAt = at, UserId = "buyer", ClickId = app.Get<ClickIdCodes>().Encode(new BlockKey(123_456, 0).Click(1)) }]);
            Assert.Equal(1, answer.Accepted);
            return (await app.Get<ClickFold>().FoldAsync()).AwaitsClicks;
        }

        // Clicks of thirty visitors, all of them before the events.
        async Task<int> CountClicksAsync()
        {
            for (var i = 0; i < 30; i++)
                await app.Get<ClickLog>().AppendAsync(ClickSamples.One(link, now.AddDays(-2)) with { VisitorId = (ulong)(1000 + i) });
            app.Storage.Reset();
            await app.Get<ClickFold>().FoldAsync();
            return app.Storage.Requests.Count(request => request.Path.Contains("journeys", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Counting_anew_gives_the_same_paths()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Fold:StepClicks"] = "500" });
        var history = PathHistory.Create(seed: 5, TimeProvider.System.GetUtcNow(), 60);
        var fed = await PathHistory.FeedAsync([app], history.Shuffled(new Random(5)), new Random(5));
        var before = await ReadAsync(app);
        await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
        Assert.Equal(2, (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!.Generation);
        Assert.Equal(history.ExpectedByTime(), fed);
        var after = await ReadAsync(app);
        Assert.Equal(before.Select(path => path.Conversion with { Refunds = [] }), after.Select(path => path.Conversion with { Refunds = [] }));
        Assert.Equal(before.SelectMany(path => path.Conversion.Refunds), after.SelectMany(path => path.Conversion.Refunds));
        Assert.Equal(before.SelectMany(path => path.Touches).Select(touch => touch.Id), after.SelectMany(path => path.Touches).Select(touch => touch.Id));
        await app.Get<FoldGenerations>().DeleteRetiredAsync(TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(before.Count, (await ReadAsync(app)).Count);
    }

    [Fact]
    public async Task A_row_that_shrinks_keeps_nothing_of_what_it_was()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var table = app.Get<StorageAccount>().Table("paths");
        var random = new Random(1);
        var (large, small) = (new byte[BinaryColumns.MaxColumnBytes * 2 + 5], new byte[7]);
        random.NextBytes(large);
        random.NextBytes(small);
        await StepRows.ApplyAsync(table, 1, [new Bytes(large)], CancellationToken.None);
        await StepRows.ApplyAsync(table, 2, [new Bytes(small)], CancellationToken.None);
        Assert.Equal(small, BinaryColumns.Read((await table.GetAsync("p", "r"))!));
        await StepRows.ApplyAsync(table, 3, [new Bytes(large)], CancellationToken.None);
        Assert.Equal(large, BinaryColumns.Read((await table.GetAsync("p", "r"))!));
    }

    private static async Task<List<StoredPath>> ReadAsync(TestApp app)
    {
        var state = await app.Get<ClickFold>().FoldAsync();
        var paths = new List<StoredPath>();
        foreach (var type in await app.Get<PathTable>().TypesAsync(state.Generation, CancellationToken.None))
            paths.AddRange(await app.Get<PathTable>().ReadAsync(state.Generation, type, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, CancellationToken.None).ToListAsync());
        return paths;
    }

    private sealed class Bytes(byte[] bytes) : RowChange("p", "r")
    {
        public override IReadOnlyCollection<string> Columns => BinaryColumns.Names;

        public override void Apply(Azure.Data.Tables.TableEntity? present, Azure.Data.Tables.TableEntity next) => BinaryColumns.Write(next, bytes, present);
    }
}
