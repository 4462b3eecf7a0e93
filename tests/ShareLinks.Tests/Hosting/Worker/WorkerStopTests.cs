using System.Collections.Concurrent;
using System.Net;
using Azure.Data.Tables;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting.Worker;

/// <summary>What <c>Committed</c> and <c>Buffered</c> promise when the host stops, restarts or kills the worker.</summary>
public class WorkerStopTests(Azurite azurite, PublishedApp published)
{
    [Fact]
    public async Task Clicks_that_wait_for_others_are_stored_when_the_host_stops_the_worker()
    {
        var prefix = azurite.NewPrefix();
        var answered = new List<string>();
        await using (var app = await FunctionApp.StartAsync(azurite, published, prefix, new() { ["ShareLinks__Clicks__Durability"] = "Buffered", ["ShareLinks__Clicks__Linger"] = "00:00:10" }))
        {
            var code = await app.MintCodeAsync();
            for (var i = 0; i < 20; i++)
                answered.Add(await OpenAsync(app.Client, code) ?? "");
            Assert.True(await app.Host.StopWorkerAsync(), app.Host.Output);
            Assert.Equal(0, app.Host.WorkerExitCode);
            Assert.DoesNotContain("lost", app.Host.Output, StringComparison.Ordinal);
        }
        Assert.Equal(answered.Order(StringComparer.Ordinal), (await ReadFeedAsync(prefix)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Visitors_that_wait_for_their_click_are_answered_before_the_worker_ends()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var prefix = azurite.NewPrefix();
        List<string?> answered;
        await using (var app = await FunctionApp.StartAsync(azurite, published, prefix, connectionString: proxy.ConnectionString))
        {
            var code = await app.MintCodeAsync();
            Assert.NotNull(await OpenAsync(app.Client, code));
            var writes = 0;
            proxy.Before = request => request is { Method: "POST", Table: "blocks" } && Interlocked.Increment(ref writes) > 0 ? Fault.Delay : Fault.None;
            var visitors = Enumerable.Range(0, 30).Select(_ => OpenAsync(app.Client, code)).ToList();
            while (Volatile.Read(ref writes) == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            var stopping = app.Host.StopWorkerAsync();
            answered = [.. await Task.WhenAll(visitors)];
            Assert.True(await stopping, app.Host.Output);
        }
        // Those that the worker had received are sent on; none whose answer arrived is missing.
        Assert.Contains(answered, click => click is not null);
        Assert.Empty(answered.OfType<string>().Except(await ReadFeedAsync(prefix)));
    }

    [Fact]
    public async Task A_step_of_counting_is_given_back_and_others_need_not_wait_for_it()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var prefix = azurite.NewPrefix();
        await using (var app = await FunctionApp.StartAsync(azurite, published, prefix, new() { ["ShareLinks__Fold__Lease"] = "01:00:00" }, connectionString: proxy.ConnectionString))
        {
            Assert.NotNull(await OpenAsync(app.Client, await app.MintCodeAsync()));
            var isAtIt = false;
            proxy.Before = request =>
            {
                if (request.Table != "stats" || request.Method == "GET")
                    return Fault.None;
                Volatile.Write(ref isAtIt, true);
                return Fault.Hang;
            };
            var counting = app.Host.FireTimerAsync("Fold");
            while (!Volatile.Read(ref isAtIt))
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            Assert.True(await app.Host.StopWorkerAsync(), app.Host.Output);
            await Assert.ThrowsAnyAsync<Exception>(() => counting);
        }
        var row = (await new TableClient(azurite.ConnectionString, prefix + "fold").GetEntityAsync<TableEntity>("fold", "current")).Value;
        Assert.NotNull(row.GetInt32("PlannedBatch"));
        Assert.Equal(0, row.GetInt64("Owner"));
        // The next one counts at once, though an hour is left of the lease, and every click once.
        await using var next = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Fold:Lease"] = "01:00:00", ["ShareLinks:Codes:Key"] = FunctionApp.CodeKey }, prefix: prefix);
        await next.Get<ShareLinks.Rollups.ClickFold>().FoldAsync();
        Assert.Equal(1, (long)(await next.GetJsonAsync("/api/stats?subject=all"))["total"]!["clicks"]!);
    }

    [Fact]
    public async Task An_export_breaks_off_so_that_nobody_takes_it_for_whole()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await FunctionApp.StartAsync(azurite, published, connectionString: proxy.ConnectionString);
        await app.RecordBlocksAsync(azurite);
        var reads = 0;
        proxy.Before = request => request.IsReadOfBlocks && Interlocked.Increment(ref reads) > 1 ? Fault.Hang : Fault.None;
        using var response = await app.Client.GetAsync("/api/clicks/export?from=2020-01-01&to=2100-01-01&format=ndjson", HttpCompletionOption.ResponseHeadersRead);
        var reading = response.Content.ReadAsStringAsync();
        Assert.True(await app.Host.StopWorkerAsync(), app.Host.Output);
        await Assert.ThrowsAsync<HttpRequestException>(() => reading);
    }

    [Fact]
    public async Task A_kill_at_a_random_moment_loses_no_answered_click_and_the_next_worker_goes_on()
    {
        var random = new Random(7);
        var prefix = azurite.NewPrefix();
        var answered = new ConcurrentBag<string>();
        await using (var app = await FunctionApp.StartAsync(azurite, published, prefix))
        {
            var code = await app.MintCodeAsync();
            for (var round = 0; round < Scale.Of(20, 4); round++)
            {
                var enough = answered.Count + random.Next(1, 400);
                var visitors = Enumerable.Range(0, 24).Select(_ => OpenUntilKilledAsync()).ToList();
                while (answered.Count < enough)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                app.Host.KillWorker();
                await Task.WhenAll(visitors);
                await app.Host.StartWorkerAsync();
            }

            async Task OpenUntilKilledAsync()
            {
                using var client = app.NewClient();
                while (await OpenAsync(client, code) is { } click)
                    answered.Add(click);
            }
        }
        var ids = await ReadFeedAsync(prefix);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(answered.Count, answered.Distinct().Count());
        Assert.Empty(answered.Except(ids));
    }

    /// <summary>The click's id; null when the visitor was not sent on.</summary>
    private static async Task<string?> OpenAsync(HttpClient client, string code)
    {
        try
        {
            using var response = await client.GetAsync("/" + code);
            return response.StatusCode == HttpStatusCode.Found ? response.Headers.Location!.Query.Split("clickId=")[1] : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task<List<string>> ReadFeedAsync(string prefix)
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Codes:Key"] = FunctionApp.CodeKey }, prefix: prefix);
        return [.. (await app.ReadFeedAsync()).Clicks.Select(Feed.Id)];
    }
}
