using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>Counting anew, and what stays when clicks go past retention.</summary>
public class RebuildTests(Azurite azurite)
{
    private static readonly DateTimeOffset Start = new(2026, 11, 3, 16, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["ShareLinks:Fold:StepClicks"] = "500",
        ["ShareLinks:Fold:Lease"] = "00:00:00.001",
        ["ShareLinks:Clicks:SealAfter"] = "00:00:00.001",
    };

    [Fact]
    public async Task Counting_anew_gives_the_same_answers()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
        var world = await World.CreateAsync(app, seed: 1);
        await AppendAsync(app, world, 1500, Start, days: 4);
        var before = await AnswersAsync(app, world);
        var counted = new List<int>();
        await app.Get<FoldGenerations>().RebuildAsync((done, _) => counted.Add(done), CancellationToken.None);
        Assert.NotEmpty(counted);
        Assert.Equal(2, (await app.Get<ClickFold>().StateAsync(CancellationToken.None))!.Generation);
        Assert.Equal(before, await AnswersAsync(app, world));

        // What comes after is counted on top, and the rows from before go.
        await AppendAsync(app, world, 300, Start, days: 4);
        var after = await AnswersAsync(app, world);
        Assert.NotEqual(before, after);
        await app.Get<FoldGenerations>().DeleteRetiredAsync(TimeSpan.Zero, CancellationToken.None);
        Assert.Equal([2], await app.Get<FoldGenerations>().GenerationsAsync(CancellationToken.None));
        foreach (var table in new[] { "stats", "trees", "journeys" })
        {
            var rows = new Azure.Data.Tables.TableServiceClient(azurite.ConnectionString).GetTableClient(prefix + table).Query<Azure.Data.Tables.TableEntity>();
            Assert.Equal(["2"], rows.Select(row => row.PartitionKey.Split('-')[1]).Distinct());
        }
        Assert.Equal(after, await AnswersAsync(app, world));
    }

    [Fact]
    public async Task A_rebuild_that_is_cut_off_goes_on_while_clicks_come_in()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
        var world = await World.CreateAsync(app, seed: 2);
        for (var i = 0; i < 5; i++)
        {
            await AppendAsync(app, world, 400, Start, days: 4);
            await app.Get<ClickFold>().FoldAsync();
        }
        var before = await AnswersAsync(app, world);
        using (var cutOff = new CancellationTokenSource())
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.Get<FoldGenerations>().RebuildAsync((done, _) =>
            {
                if (done == 2)
                    cutOff.Cancel();
            }, cutOff.Token));
        }
        // Questions are answered from the old generation until the new one is done.
        Assert.Equal(before, await AnswersAsync(app, world));
        await AppendAsync(app, world, 100, Start, days: 4);
        var expected = await AnswersAsync(app, world);
        await using var other = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
        var first = int.MaxValue;
        await other.Get<FoldGenerations>().RebuildAsync((done, _) => first = Math.Min(first, done), CancellationToken.None);
        Assert.InRange(first, 3, 6);
        Assert.Equal(expected, await AnswersAsync(other, world));
    }

    [Fact]
    public async Task Clicks_past_retention_go_and_their_statistics_stay()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
        app.Get<ClickOptions>().RetentionDays = 0;
        var world = await World.CreateAsync(app, seed: 4);
        // Three times: clicks on days of their own, whose stream is sealed by the second cut after them.
        var cursors = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            cursors.Add($"{(await app.Get<ClickCutter>().CutAsync()).Number + 1}-0-0");
            await AppendAsync(app, world, 300, Start.AddDays(3 * round), days: 3);
            await app.ReadFeedAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(1100), TimeProvider.System);
            await app.ReadFeedAsync();
        }
        var (all, end) = await app.ReadFeedAsync();
        var before = await AnswersAsync(app, world);
        var second = int.Parse(cursors[1].Split('-')[0], CultureInfo.InvariantCulture);
        await Task.Delay(TimeSpan.FromMilliseconds(1100), TimeProvider.System);
        await app.Get<ClickRetention>().SweepAsync(second, CancellationToken.None);

        // The feed begins with what is left; a cursor into what is gone says so, one behind it goes on.
        var (left, _) = await app.ReadFeedAsync();
        Assert.Equal(all.Skip(all.Count - left.Count).Select(Feed.Id), left.Select(Feed.Id));
        Assert.InRange(left.Count, 1, all.Count - 200);
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.GetAsync("/api/clicks?after=1-0-0")).StatusCode);
        Assert.Empty((await app.ReadFeedAsync(end)).Clicks);
        Assert.Equal(left.Select(Feed.Id), (await app.ReadFeedAsync(cursors[1])).Clicks.Select(Feed.Id));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/clicks/" + Feed.Id(all[0]))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/api/clicks/" + Feed.Id(left[0]))).StatusCode);
        var export = await app.Client.GetStringAsync("/api/clicks/export?from=2026-11-01&to=2026-12-01");
        Assert.Equal(left.Count, export.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        // Statistics stay, also when they are counted anew, twice over.
        Assert.Equal(before, await AnswersAsync(app, world));
        for (var again = 0; again < 2; again++)
        {
            await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
            await app.Get<FoldGenerations>().DeleteRetiredAsync(TimeSpan.Zero, CancellationToken.None);
            Assert.Equal(before, await AnswersAsync(app, world));
        }
        // All that is counted may go; what comes then is counted all the same.
        await app.Get<ClickRetention>().SweepAsync(int.MaxValue, CancellationToken.None);
        Assert.Empty((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(before, await AnswersAsync(app, world));
        await AppendAsync(app, world, 10, Start, days: 9);
        Assert.InRange((await app.ReadFeedAsync()).Clicks.Count, 1, 10);
        Assert.NotEqual(before, await AnswersAsync(app, world));
    }

    [Fact]
    public async Task A_sweep_that_is_cut_off_anywhere_is_finished_by_the_next()
    {
        var writes = await SweepAsync(cutOffAt: int.MaxValue);
        Assert.InRange(writes, 4, 40);
        await KillPoints.VisitAsync(writes, atOnce: 2, SweepAsync);

        async Task<int> SweepAsync(int cutOffAt)
        {
            await using var proxy = await StorageProxy.StartAsync(azurite);
            var prefix = azurite.NewPrefix();
            await using var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
            var world = await World.CreateAsync(app, seed: 5);
            await AppendAsync(app, world, 60, Start, days: 2);
            await app.ReadFeedAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(1100), TimeProvider.System);
            await app.ReadFeedAsync();
            // The last record is never deleted, so another one comes after it.
            await app.Get<ClickLog>().AppendAsync(world.Next(Start, Start.AddDays(1)) with { ScanId = null });
            var before = (await app.Get<ClickCutter>().CutAsync()).Number;
            await Task.Delay(TimeSpan.FromMilliseconds(1100), TimeProvider.System);
            var options = new ClickOptions { RetentionDays = 0 };
            var account = new StorageAccount(new StorageOptions { ConnectionString = proxy.ConnectionString, TablePrefix = prefix });
            var writes = 0;
            proxy.Before = request => request.Method != "GET" && Interlocked.Increment(ref writes) >= cutOffAt ? Fault.TooLarge : Fault.None;
            var fault = await Record.ExceptionAsync(() => Retention(account).SweepAsync(before, CancellationToken.None));
            Assert.Equal(writes >= cutOffAt, fault is not null);
            proxy.Before = _ => Fault.None;
            await Retention(account).SweepAsync(before, CancellationToken.None);
            Assert.Single((await app.ReadFeedAsync()).Clicks);
            var service = new Azure.Data.Tables.TableServiceClient(azurite.ConnectionString);
            // Nothing is left of the first stream, its end included.
            Azure.Data.Tables.TableEntity[] blocks = [.. service.GetTableClient(prefix + "blocks").Query<Azure.Data.Tables.TableEntity>()];
            Assert.Single(blocks, row => row.ContainsKey("Nonce"));
            Assert.Single(blocks.Select(row => row.PartitionKey).Distinct());
            return writes;

            ClickRetention Retention(StorageAccount account) => new(new BatchTable(account), new BlockTable(account), new ScanTable(account), new RetentionRecord(account), options);
        }
    }

    private static Task<ClickReceipt[]> AppendAsync(TestApp app, World world, int clicks, DateTimeOffset from, int days) =>
        Task.WhenAll(Enumerable.Range(0, clicks).Select(_ => app.Get<ClickLog>().AppendAsync(world.Next(from, from.AddDays(days))).AsTask()));

    private static async Task<string> AnswersAsync(TestApp app, World world)
    {
        await app.Get<ClickFold>().FoldAsync();
        var answers = new JsonArray();
        foreach (var subject in world.Subjects.Where(subject => !subject.StartsWith("tag:", StringComparison.Ordinal)))
        {
            foreach (var by in new[] { "day", "app", "placement" })
            {
                var answer = await app.GetJsonAsync($"/api/stats?subject={Uri.EscapeDataString(subject)}&by={by}&from=2026-10-20&to=2026-12-01");
                answer.AsObject().Remove("completeThrough");
                answers.Add(answer);
            }
        }
        foreach (var root in world.Codes.Take(4))
        {
            var spread = await app.GetJsonAsync($"/api/links/{root}/spread?from=2026-10-20&to=2026-12-01");
            spread.AsObject().Remove("completeThrough");
            answers.Add(spread);
        }
        foreach (var kind in new[] { "listing", "sharer", "link" })
        {
            var top = await app.GetJsonAsync($"/api/stats/top?kind={kind}&from=2026-10-20&to=2026-12-01");
            top.AsObject().Remove("completeThrough");
            answers.Add(top);
        }
        return answers.ToJsonString();
    }
}
