using Microsoft.Extensions.Time.Testing;
using ShareLinks.Backup;
using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Backup;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>A backup finds statistics at one step: nothing is counted while they are copied.</summary>
public class FoldHoldTests(Azurite azurite)
{
    private static readonly DateTimeOffset Start = new(2026, 11, 3, 16, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, string?> Settings = new() { ["ShareLinks:Fold:StepClicks"] = "500", ["ShareLinks:Fold:Lease"] = "00:00:00.001" };

    [Fact]
    public async Task Nothing_is_counted_during_a_hold_and_everything_after_it()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
        var world = await World.CreateAsync(app, seed: 8);
        await AppendAsync(app, world, 100);
        var before = await app.Get<ClickFold>().FoldAsync();
        await using (await other.Get<FoldHolder>().HoldAsync(CancellationToken.None))
        {
            await AppendAsync(app, world, 100);
            var held = await app.Get<ClickFold>().FoldAsync();
            Assert.Equal((before.Step, before.CompleteThrough), (held.Step, held.CompleteThrough));
        }
        Assert.Equal(before.Step + 1, (await app.Get<ClickFold>().FoldAsync()).Step);
    }

    [Fact]
    public async Task A_hold_that_did_not_last_is_told_of()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
        var world = await World.CreateAsync(app, seed: 9);
        var hold = await app.Get<FoldHolder>().HoldAsync(CancellationToken.None);
        // As if its two minutes had passed.
        var states = app.Get<FoldTable>();
        while (await states.ReadAsync(FoldTable.Current, CancellationToken.None) is { } state && await states.ReplaceAsync(FoldTable.Current, state with { HeldUntil = null }, CancellationToken.None) is null)
        {
            // The holder has just prolonged it.
        }
        await AppendAsync(app, world, 10);
        await app.Get<ClickFold>().FoldAsync();
        await Assert.ThrowsAsync<IOException>(async () => await hold.DisposeAsync());
    }

    [Fact]
    public async Task A_hold_outlasts_a_bad_minute_of_storage()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new(Settings) { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString });
        await app.Get<ClickFold>().FoldAsync();
        var states = app.Get<FoldTable>();
        var free = (await states.ReadAsync(FoldTable.Current, CancellationToken.None))!;
        var held = (await states.ReplaceAsync(FoldTable.Current, free with { HeldUntil = free.ReadAt + FoldHold.Time, Owner = 42 }, CancellationToken.None))!;
        var time = new FakeTimeProvider();
        var hold = new FoldHold(states, held, time);
        await UntilWrittenAsync(held.ETag);

        var refused = 0;
        proxy.Before = request =>
        {
            if (request.Table != "fold")
                return Fault.None;
            Interlocked.Increment(ref refused);
            return Fault.Forbidden;
        };
        // The next prolongation fails, and so do those that follow for a minute.
        // What is to wait may not have begun to when the clock is put on: then it waits for the next time.
        for (var second = 0; second < 60 || Volatile.Read(ref refused) == 0; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        proxy.Before = _ => Fault.None;
        var last = (await states.ReadAsync(FoldTable.Current, CancellationToken.None))!.ETag;
        var written = UntilWrittenAsync(last);
        while (!written.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.WhenAny(written, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        }
        await written;
        await hold.DisposeAsync();
        Assert.Null((await states.ReadAsync(FoldTable.Current, CancellationToken.None))!.HeldUntil);

        async Task UntilWrittenAsync(Azure.ETag before)
        {
            using var timeout = new CancellationTokenSource(Scale.HangTimeout);
            while ((await states.ReadAsync(FoldTable.Current, timeout.Token))!.ETag == before)
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, timeout.Token);
        }
    }

    [Fact]
    public async Task Statistics_are_whole_after_a_restore_and_go_on()
    {
        var prefix = azurite.NewPrefix();
        var folder = Directory.CreateTempSubdirectory("sharelinks");
        try
        {
            await using var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
            var world = await World.CreateAsync(app, seed: 10);
            await AppendAsync(app, world, 1200);
            await app.Get<ClickFold>().FoldAsync();
            // A rebuild that was cut off, and clicks and counting that go on meanwhile.
            using var cutOff = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.Get<FoldGenerations>().RebuildAsync((_, _) => cutOff.Cancel(), cutOff.Token));
            using var stop = new CancellationTokenSource();
            var going = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await AppendAsync(app, world, 20);
                    await app.Get<ClickFold>().FoldAsync();
                }
            });
            var target = Path.Combine(folder.FullName, "backup");
            await app.Get<BackupWriter>().WriteAsync(target, _ => { }, CancellationToken.None);
            await stop.CancelAsync();
            await going;

            var restoredPrefix = await Tables.RestoreAsync(azurite, target);
            await using var restored = await TestApp.StartAsync(azurite, Settings, prefix: restoredPrefix);
            await AppendAsync(restored, world, 300);
            await restored.Get<ClickFold>().FoldAsync();
            var (feed, _) = await restored.ReadFeedAsync();
            Assert.InRange(feed.Count, 1200, int.MaxValue);
            foreach (var subject in new[] { "all", "listing:item-1", "channel:wechat", "placement:hz-market/*" })
            {
                var (total, _, _) = World.Recount(feed, subject, "day", new DateOnly(2026, 11, 1), new DateOnly(2026, 12, 1), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
                var answer = await restored.GetJsonAsync($"/api/stats?subject={Uri.EscapeDataString(subject)}&from=2026-11-01&to=2026-12-01");
                Assert.Equal($"{subject} {total.ToJsonString()}", $"{subject} {answer["total"]!.ToJsonString()}");
            }
            await restored.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
            Assert.Equal(3, (await restored.Get<ClickFold>().StateAsync(CancellationToken.None))!.Generation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<ClickReceipt[]> AppendAsync(TestApp app, World world, int clicks) =>
        Task.WhenAll(Enumerable.Range(0, clicks).Select(_ => app.Get<ClickLog>().AppendAsync(world.Next(Start, Start.AddDays(5))).AsTask()));
}
