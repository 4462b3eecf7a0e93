using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Attribution;
using ShareLinks.Tests.Journeys;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>A step that is counted in slices, because it is too wide or because processes died in it, gives the same rows as one that is counted whole.</summary>
public class StepSliceTests(Azurite azurite)
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeZoneInfo Shanghai = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");

    [Theory]
    [InlineData(1, 20_000, 4)]
    [InlineData(1, 1, 64)]
    [InlineData(2, 20_000, 16)]
    [InlineData(5, 1, 64)]
    public async Task Statistics_and_share_trees_are_those_of_the_clicks(int attempts, int linkDays, int passes)
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings(linkDays), prefix: prefix);
        var world = await WriteWorldAsync(app, seed: attempts);
        Assert.True(await AbandonedStep.BeginAsync(app, attempts));
        app.Storage.Reset();
        var state = await app.Get<ClickFold>().FoldAsync();
        Assert.Equal((1, 0, null), (state.Step, state.Attempts, state.Planned));
        // Each pass reads the blocks once: one request or more, which depends on how the clicks came together.
        Assert.InRange(app.Storage.Requests.Count(request => request.IsReadOfBlocks), passes, int.MaxValue);
        await AssertCountedAsync(app, world);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(12)]
    [InlineData(1)]
    public async Task Paths_are_those_of_what_happened(int linkDays)
    {
        for (var seed = 0; seed < Scale.Of(40); seed++)
        {
            var prefix = azurite.NewPrefix();
            await using var app = await TestApp.StartAsync(azurite, Settings(linkDays), prefix: prefix);
            await using var other = await TestApp.StartAsync(azurite, Settings(20_000), prefix: prefix);
            var history = PathHistory.Create(seed, TimeProvider.System.GetUtcNow(), 60);
            var random = new Random(seed);
            var begun = 0;
            var fed = await PathHistory.FeedAsync([app, other], history.Shuffled(random), random, async () => begun += await AbandonedStep.BeginAsync(app, random.Next(4)) ? 1 : 0);
            Assert.InRange(begun, 2, 60);
            Assert.Equal($"seed {seed}\n{history.ExpectedByTime()}", $"seed {seed}\n{fed}");
        }
    }

    [Fact]
    public async Task A_process_that_dies_at_any_write_of_a_slice_neither_loses_nor_doubles_a_click()
    {
        var writes = await RunAsync(int.MaxValue);
        Assert.InRange(writes, 64, 5000);
        var stride = Scale.IsFull ? 1 : writes / 8;
        for (var point = Scale.IsFull ? 1 : 1 + Environment.ProcessId % stride; point < writes; point += stride)
            await RunAsync(point);

        async Task<int> RunAsync(int point)
        {
            var prefix = azurite.NewPrefix();
            await using var proxy = await StorageProxy.StartAsync(azurite);
            await using var victim = await TestApp.StartAsync(azurite, new(Settings(20_000)) { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString }, prefix: prefix);
            var world = await WriteWorldAsync(victim, seed: 3);
            Assert.True(await AbandonedStep.BeginAsync(victim, attempts: 2));
            var writes = 0;
            // As after a death: what was sent is carried out, and nothing follows.
            proxy.Before = request => Volatile.Read(ref writes) >= point ? Fault.Forbidden : Fault.None;
            proxy.After = request => request.Method == "GET" || Interlocked.Increment(ref writes) < point ? Fault.None : Fault.Cut;
            var failed = await Record.ExceptionAsync(() => victim.Get<ClickFold>().FoldAsync());
            Assert.True(failed is not null == writes >= point, $"{point}: {failed}");
            await using var next = await TestApp.StartAsync(azurite, Settings(20_000), prefix: prefix);
            await next.Get<ClickFold>().FoldAsync();
            await AssertCountedAsync(next, world);
            return writes;
        }
    }

    [Fact]
    public async Task Each_process_that_takes_over_is_an_attempt_and_health_warns_of_the_third()
    {
        var prefix = azurite.NewPrefix();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, Settings(20_000), prefix: prefix);
        await WriteWorldAsync(app, seed: 1);
        await AbandonedStep.BeginAsync(app, attempts: 1);
        proxy.Before = request => request.Table.EndsWith("stats", StringComparison.Ordinal) ? Fault.Forbidden : Fault.None;
        for (var attempt = 2; attempt <= 3; attempt++)
        {
            await using var victim = await TestApp.StartAsync(azurite, new(Settings(20_000)) { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString }, prefix: prefix);
            for (var times = 0; times < 2; times++)
                await Assert.ThrowsAnyAsync<Exception>(() => victim.Get<ClickFold>().FoldAsync());
            Assert.Equal(attempt, (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!.Attempts);
            await using var looking = await TestApp.StartAsync(azurite, Settings(20_000), prefix: prefix);
            var health = await looking.GetJsonAsync("/api/health");
            Assert.Equal(attempt == 3, health["warnings"]!.AsArray().Any(warning => warning!.GetValue<string>().StartsWith("Step 1 of counting was begun by 3 processes", StringComparison.Ordinal)));
        }
        // A process that is told to stop gives the step back, and that is no attempt.
        await app.Get<ClickFold>().FoldAsync();
        var state = (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!;
        Assert.Equal((1, 0, null), (state.Step, state.Attempts, state.Planned));
        await using var again = await TestApp.StartAsync(azurite, Settings(20_000), prefix: prefix);
        Assert.Equal("ok", (await again.GetJsonAsync("/api/health"))["status"]!.GetValue<string>());
    }

    [Fact]
    public void Slices_have_every_bucket_once()
    {
        for (var parts = 1; ; parts = StepSlice.Narrower(parts))
        {
            Assert.All(Enumerable.Range(0, 256), bucket => Assert.Single(StepSlice.Of(parts), slice => slice.Contains(bucket)));
            Assert.Single(StepSlice.Of(parts), slice => slice.IsLast);
            if (parts == StepSlice.MaxParts)
                break;
        }
    }

    private static Dictionary<string, string?> Settings(int linkDays) => new()
    {
        ["ShareLinks:ReportedTags:0"] = "group",
        ["ShareLinks:Fold:StepLinkDays"] = $"{linkDays}",
        ["ShareLinks:Fold:Lease"] = "00:00:00.001",
    };

    private static async Task<World> WriteWorldAsync(TestApp app, int seed)
    {
        var world = await World.CreateAsync(app, seed);
        await Task.WhenAll(Enumerable.Range(0, 700).Select(_ => app.Get<ClickLog>().AppendAsync(world.Next(Start, Start.AddDays(5))).AsTask()));
        return world;
    }

    private static async Task AssertCountedAsync(TestApp app, World world)
    {
        const string range = "from=2026-11-01&to=2026-11-30";
        var (from, to) = (new DateOnly(2026, 11, 1), new DateOnly(2026, 11, 30));
        var (feed, _) = await app.ReadFeedAsync();
        foreach (var subject in world.Subjects)
        {
            var (total, rows, _) = World.Recount(feed, subject, "app", from, to, Shanghai);
            var answer = await app.GetJsonAsync($"/api/stats?subject={Uri.EscapeDataString(subject)}&by=app&{range}");
            Assert.Equal($"{subject} {total.ToJsonString()}", $"{subject} {answer["total"]!.ToJsonString()}");
            Assert.Equal(rows.Values.Sum(), answer["rows"]!.AsArray().Sum(row => row!["clicks"]!.GetValue<long>()));
        }
        foreach (var root in world.Codes.Take(3))
        {
            Assert.Equal(
                SpreadRecount.Text(SpreadRecount.Of(feed, root, from, to, Shanghai)),
                SpreadRecount.Text(SpreadRecount.Of(await app.GetJsonAsync($"/api/links/{root}/spread?{range}"))));
        }
        var top = (await app.GetJsonAsync($"/api/stats/top?kind=listing&{range}"))["rows"]!.AsArray();
        Assert.Equal(5, top.Count);
        foreach (var row in top)
            Assert.Equal(World.Recount(feed, $"listing:{row!["key"]}", "day", from, to, Shanghai).Total["clicks"]!.GetValue<long>(), row["clicks"]!.GetValue<long>());
    }
}
