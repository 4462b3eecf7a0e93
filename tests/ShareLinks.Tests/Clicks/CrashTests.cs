using System.Collections.Concurrent;
using System.Net;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

/// <summary>The app as a process, killed: no click whose visitor was sent on may be missing afterwards, and none may be there twice.</summary>
public class CrashTests(Azurite azurite, PublishedApp published)
{
    private static readonly Dictionary<string, string> LongDeadline = new() { ["ShareLinks__Clicks__CommitDeadline"] = "00:00:30" };

    [Fact]
    public async Task A_kill_at_a_random_moment_loses_no_answered_click()
    {
        var folder = await published.ProgramFolderAsync();
        var prefix = azurite.NewPrefix();
        var random = new Random(7);
        var answered = new ConcurrentBag<string>();
        var code = "";
        for (var round = 0; round < Scale.Of(20, 5); round++)
        {
            await using var app = await AppProcess.StartAsync(folder, azurite.ConnectionString, prefix, LongDeadline);
            if (round == 0)
                code = await MintAsync(app.Client);
            var enough = answered.Count + random.Next(1, 400);
            var visitors = Enumerable.Range(0, 24).Select(_ => ClickUntilKilledAsync(app.Client, code, answered)).ToArray();
            while (answered.Count < enough && !visitors.All(visitor => visitor.IsCompleted))
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            app.Kill();
            await Task.WhenAll(visitors);
        }
        await AssertFeedHasAllOnceAsync(prefix, answered, atLeast: Scale.Of(20, 5));
    }

    [Fact]
    public async Task A_kill_after_any_write_of_the_log_or_the_cut_loses_no_answered_click()
    {
        var folder = await published.ProgramFolderAsync();
        var writes = await RunAsync(faultPoint: int.MaxValue);
        // Streams opened, blocks, records, seals, retirements: fewer would mean that the points are not reached.
        Assert.InRange(writes, 12, 200);
        await KillPoints.VisitAsync(writes, atOnce: 2, RunAsync);

        async Task<int> RunAsync(int faultPoint)
        {
            var prefix = azurite.NewPrefix();
            var answered = new ConcurrentBag<string>();
            var writes = 0;
            await using var proxy = await StorageProxy.StartAsync(azurite);
            await using (var app = await AppProcess.StartAsync(folder, proxy.ConnectionString, prefix, new(LongDeadline) { ["ShareLinks__Clicks__SealAfter"] = "00:00:00.200" }))
            {
                var code = await MintAsync(app.Client);
                proxy.After = request =>
                {
                    if (request.Method == "GET" || Interlocked.Increment(ref writes) != faultPoint)
                        return Fault.None;
                    app.Kill();
                    return Fault.Cut;
                };
                // Twice: clicks, a cut, and a pause in which the stream becomes idle, so that it is left, sealed, recorded and retired.
                for (var part = 0; part < 2 && !app.HasExited; part++)
                {
                    await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ClickUntilKilledAsync(app.Client, code, answered, clicks: 5)));
                    await CutAsync(app.Client);
                    await Task.Delay(TimeSpan.FromMilliseconds(1300), TimeProvider.System);
                    await CutAsync(app.Client);
                }
                if (writes >= faultPoint)
                    await app.WaitForExitAsync();
            }
            await AssertFeedHasAllOnceAsync(prefix, answered, atLeast: 0);
            return writes;
        }

        static async Task CutAsync(HttpClient client)
        {
            try
            {
                await Feed.ReadToEndAsync(client);
            }
            catch (HttpRequestException)
            {
                // Killed meanwhile.
            }
        }
    }

    private static async Task<string> MintAsync(HttpClient client)
    {
        var response = await client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", sharerId = "user-7", channel = "wechat" }));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return response.Headers.Location!.ToString().Split('/')[^1];
    }

    /// <summary>Opens the link again and again; notes the click ids of the answers that arrived.</summary>
    private static async Task ClickUntilKilledAsync(HttpClient client, string code, ConcurrentBag<string> answered, int clicks = int.MaxValue)
    {
        try
        {
            for (var i = 0; i < clicks; i++)
            {
                using var response = await client.GetAsync("/" + code);
                Assert.Equal(HttpStatusCode.Found, response.StatusCode);
                answered.Add(response.Headers.Location!.Query.Split("clickId=")[1]);
            }
        }
        catch (HttpRequestException)
        {
            // Killed meanwhile.
        }
    }

    private async Task AssertFeedHasAllOnceAsync(string prefix, ConcurrentBag<string> answered, int atLeast)
    {
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var (clicks, _) = await app.ReadFeedAsync(limit: 300);
        var ids = clicks.Select(Feed.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Empty(answered.Except(ids));
        Assert.InRange(answered.Count, atLeast, int.MaxValue);
        Assert.Equal(answered.Count, answered.Distinct().Count());
    }
}
