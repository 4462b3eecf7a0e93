using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Attribution;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>The app as a process, killed after any write of the fold: the next process counts every click once.</summary>
public class FoldCrashTests(Azurite azurite, PublishedApp published)
{
    private static readonly Dictionary<string, string> SmallSteps = new() { ["ShareLinks__Fold__StepClicks"] = "500", ["ShareLinks__Fold__Lease"] = "00:00:00.001" };

    [Fact]
    public async Task A_kill_after_any_write_neither_loses_nor_doubles_a_click()
    {
        var folder = await published.ProgramFolderAsync();
        var writes = await RunAsync(faultPoint: int.MaxValue);
        // Plans, rows of subjects, leaders, trees, ends of steps.
        Assert.InRange(writes, 12, 1000);
        await KillPoints.VisitAsync(writes, atOnce: 2, RunAsync);

        async Task<int> RunAsync(int faultPoint)
        {
            var prefix = azurite.NewPrefix();
            var writes = 0;
            string root;
            await using (var app = await TestApp.StartAsync(azurite, Settings, prefix: prefix))
            {
                var world = await World.CreateAsync(app, seed: 7);
                root = world.Codes[0];
                var from = new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);
                await Task.WhenAll(Enumerable.Range(0, 1300).Select(_ => app.Get<ClickLog>().AppendAsync(world.Next(from, from.AddDays(5))).AsTask()));
                await app.ReadFeedAsync();
            }
            await using var proxy = await StorageProxy.StartAsync(azurite);
            await using (var victim = await AppProcess.StartAsync(folder, proxy.ConnectionString, prefix, SmallSteps))
            {
                proxy.After = request =>
                {
                    if (request.Method == "GET" || Interlocked.Increment(ref writes) != faultPoint)
                        return Fault.None;
                    victim.Kill();
                    return Fault.Cut;
                };
                try
                {
                    for (var tries = 0; tries < 100 && await ClicksAsync(victim.Client) < 1; tries++)
                        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
                    await victim.Client.GetStringAsync(Question);
                }
                catch (HttpRequestException)
                {
                    // Killed meanwhile.
                }
                if (writes >= faultPoint)
                    await victim.WaitForExitAsync();
            }
            // Another process finishes what was begun.
            await using var next = await TestApp.StartAsync(azurite, Settings, prefix: prefix);
            await next.Get<ClickFold>().FoldAsync();
            var (feed, _) = await next.ReadFeedAsync();
            foreach (var subject in new[] { "all", "channel:wechat", "listing:item-1", "placement:hz-market/*", "sharer:user-1" })
            {
                var (total, _, _) = World.Recount(feed, subject, "day", new DateOnly(2026, 11, 1), new DateOnly(2026, 12, 31), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
                var answer = await next.GetJsonAsync($"/api/stats?subject={Uri.EscapeDataString(subject)}&from=2026-11-01&to=2026-12-31");
                Assert.Equal($"{faultPoint} {subject} {total.ToJsonString()}", $"{faultPoint} {subject} {answer["total"]!.ToJsonString()}");
            }
            var spread = await next.GetJsonAsync($"/api/links/{root}/spread?from=2026-11-01&to=2026-12-31");
            Assert.Equal(
                SpreadRecount.Text(SpreadRecount.Of(feed, root, new DateOnly(2026, 11, 1), new DateOnly(2026, 12, 31), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"))),
                SpreadRecount.Text(SpreadRecount.Of(spread)));
            var top = (await next.GetJsonAsync("/api/stats/top?kind=listing&from=2026-11-01&to=2026-12-31"))["rows"]!.AsArray();
            foreach (var row in top)
            {
                var (total, _, _) = World.Recount(feed, $"listing:{row!["key"]}", "day", new DateOnly(2026, 11, 1), new DateOnly(2026, 12, 31), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
                Assert.Equal(total["clicks"]!.GetValue<long>(), row["clicks"]!.GetValue<long>());
            }
            return writes;
        }
    }

    private const string Question = "/api/stats?subject=all&from=2026-11-01&to=2026-12-31";

    private static Dictionary<string, string?> Settings => SmallSteps.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => (string?)setting.Value);

    private static async Task<long> ClicksAsync(HttpClient client) =>
        System.Text.Json.Nodes.JsonNode.Parse(await client.GetStringAsync(Question))!["total"]!["clicks"]!.GetValue<long>();
}
