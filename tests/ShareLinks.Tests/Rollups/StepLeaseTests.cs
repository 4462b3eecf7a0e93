using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>A step is left to the process that works on it, however long it takes.</summary>
public class StepLeaseTests(Azurite azurite)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task The_row_is_renewed_until_the_step_is_done()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (states, held) = await BeginStepAsync(app);
        var time = new FakeTimeProvider();
        await using var lease = new StepLease(states, FoldTable.Current, held, Lease, time, NullLogger.Instance, CancellationToken.None);
        var last = held.ETag;
        for (var renewal = 0; renewal < 4; renewal++)
        {
            time.Advance(Lease / 3);
            last = await NextAsync(states, last);
        }
        var done = await lease.EndAsync();
        Assert.Equal((last, held.Step, held.Planned, held.Owner), (done.ETag, done.Step, done.Planned, done.Owner));
        Assert.NotNull(await states.ReplaceAsync(FoldTable.Current, done with { Step = done.Step + 1, Planned = null }, CancellationToken.None));
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again_and_one_that_comes_too_late_changes_nothing()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString });
        var (states, held) = await BeginStepAsync(app);
        var time = new FakeTimeProvider();
        await using var lease = new StepLease(states, FoldTable.Current, held, Lease, time, NullLogger.Instance, CancellationToken.None);
        var refused = 0;
        proxy.Before = _ =>
        {
            Interlocked.Increment(ref refused);
            return Fault.Forbidden;
        };
        time.Advance(Lease / 3);
        while (Volatile.Read(ref refused) == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        proxy.Before = _ => Fault.None;
        // The next one waits for its time again; until the lease hears the answer, its clock stands still.
        using var timeout = new CancellationTokenSource(Scale.HangTimeout);
        while ((await states.ReadAsync(FoldTable.Current, timeout.Token))!.ETag == held.ETag)
        {
            time.Advance(Lease / 3);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
        }

        FoldState? taken = null;
        while (taken is null)
            taken = await states.ReplaceAsync(FoldTable.Current, (await states.ReadAsync(FoldTable.Current, timeout.Token))! with { Owner = 77 }, timeout.Token);
        time.Advance(Lease / 3);
        Assert.Null(await states.ReplaceAsync(FoldTable.Current, (await lease.EndAsync()) with { Planned = null }, CancellationToken.None));
        Assert.Equal((77, held.Planned), ((await states.ReadAsync(FoldTable.Current, timeout.Token))!.Owner, (await states.ReadAsync(FoldTable.Current, timeout.Token))!.Planned));
    }

    [Fact]
    public async Task A_long_step_of_the_fold_renews_its_row()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString, ["ShareLinks:Fold:Lease"] = "00:00:00.300" });
        var world = await World.CreateAsync(app, seed: 3);
        for (var i = 0; i < 50; i++)
            await app.Get<ClickLog>().AppendAsync(world.Next(TimeProvider.System.GetUtcNow().AddDays(-2), TimeProvider.System.GetUtcNow()));
        var renewals = 0;
        proxy.Before = request =>
        {
            if (request.Table == "fold" && request.Method != "GET")
                Interlocked.Increment(ref renewals);
            return request.Table == "stats" ? Fault.Delay : Fault.None;
        };
        var state = await app.Get<ClickFold>().FoldAsync();
        Assert.Equal(1, state.Step);
        // Its beginning, its end, and what was written between: the first answer of `stats` alone takes longer than a lease.
        Assert.InRange(Volatile.Read(ref renewals), 4, int.MaxValue);
    }

    /// <summary>Writes down that a step has begun.</summary>
    private static async Task<(FoldTable States, FoldState Held)> BeginStepAsync(TestApp app)
    {
        await app.Get<ClickFold>().FoldAsync();
        var states = app.Get<FoldTable>();
        var free = (await states.ReadAsync(FoldTable.Current, CancellationToken.None))!;
        return (states, (await states.ReplaceAsync(FoldTable.Current, free with { Planned = new FeedCursor(free.Cursor.Batch + 1, 0, 0), Owner = 42 }, CancellationToken.None))!);
    }

    private static async Task<Azure.ETag> NextAsync(FoldTable states, Azure.ETag before)
    {
        using var timeout = new CancellationTokenSource(Scale.HangTimeout);
        while (true)
        {
            if ((await states.ReadAsync(FoldTable.Current, timeout.Token))!.ETag is var now && now != before)
                return now;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, timeout.Token);
        }
    }
}
