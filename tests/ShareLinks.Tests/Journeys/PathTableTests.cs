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
        for (var seed = 0; seed < Scale.Of(60, 15); seed++)
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
            await table.ApplyAsync(1, ++step, part, CancellationToken.None);
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
    public async Task Counting_anew_gives_the_same_paths()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Fold:StepClicks"] = "500" });
        var history = PathHistory.Create(seed: 5, TimeProvider.System.GetUtcNow(), 60);
        var fed = await PathHistory.FeedAsync([app], history.Shuffled(new Random(5)), new Random(5));
        var before = await ReadAsync(app);
        await app.Get<ClickFold>().RebuildAsync((_, _) => { }, CancellationToken.None);
        Assert.Equal(2, (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!.Generation);
        Assert.Equal(history.ExpectedByTime(), fed);
        var after = await ReadAsync(app);
        Assert.Equal(before.Select(path => path.Conversion), after.Select(path => path.Conversion));
        Assert.Equal(before.SelectMany(path => path.Touches).Select(touch => touch.Id), after.SelectMany(path => path.Touches).Select(touch => touch.Id));
        await app.Get<ClickFold>().DeleteRetiredAsync(TimeSpan.Zero, CancellationToken.None);
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
