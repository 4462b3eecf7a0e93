using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Events;

/// <summary>The app as a process, killed after any write while it takes in events and counts them: each event counts once.</summary>
public class EventCrashTests(Azurite azurite, PublishedApp published)
{
    private const int Events = 6;

    [Fact]
    public async Task A_kill_after_any_write_neither_loses_nor_doubles_an_event()
    {
        var folder = await published.ProgramFolderAsync();
        var writes = await RunAsync(folder, faultPoint: int.MaxValue);
        Assert.InRange(writes, 8, 200);
        await KillPoints.VisitAsync(writes, atOnce: 2, point => RunAsync(folder, point));
    }

    /// <summary>Sends events until they are taken, by another process where the first was killed, and gives how many writes the first one made.</summary>
    private async Task<int> RunAsync(string folder, int faultPoint)
    {
        var prefix = azurite.NewPrefix();
        var now = TimeProvider.System.GetUtcNow();
        string click;
        await using (var app = await TestApp.StartAsync(azurite, Lease, prefix: prefix))
        {
            using var opened = await app.Client.GetAsync("/" + await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat" }));
            click = opened.Headers.Location!.Query.Split("clickId=")[1];
        }
        object[] events =
        [
            .. Enumerable.Range(0, Events).Select(i => new { id = $"order-{i}", type = "order", occurredAt = now, userId = $"buyer-{i % 2}", clickId = i < 2 ? click : null, value = 10, currency = "CNY", cancelled = false }),
            .. Enumerable.Range(0, 2).Select(i => new { id = $"order-{i + 3}", type = "order", occurredAt = now, currency = "CNY", cancelled = true }),
        ];
        var writes = 0;
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using (var victim = await AppProcess.StartAsync(folder, proxy.ConnectionString, prefix, new() { ["ShareLinks__Fold__Lease"] = "00:00:00.001", ["ShareLinks__Fold__Every"] = "1.00:00:00" }))
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
                using var taken = await victim.Client.PostAsync("/api/events", TestApp.Json(new { events }));
                Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync());
                await victim.Client.GetStringAsync("/api/stats?subject=all");
            }
            catch (HttpRequestException)
            {
                // Killed meanwhile.
            }
            if (writes >= faultPoint)
                await victim.WaitForExitAsync();
        }
        // A sender that was not answered sends all of it again, until storage was in time for all.
        await using var next = await TestApp.StartAsync(azurite, Lease, prefix: prefix);
        for (var isTaken = false; !isTaken;)
        {
            var answer = await EventEndpointsTests.PostAsync(next, events);
            isTaken = answer["accepted"]!.GetValue<int>() + answer["duplicates"]!.GetValue<int>() == events.Length;
            Assert.All(answer["rejected"]!.AsArray(), rejected => Assert.Equal(503, rejected!["problem"]!["status"]!.GetValue<int>()));
        }
        var conversions = await EventEndpointsTests.ConversionsAsync(next, "order");
        Assert.Equal(Enumerable.Range(0, Events).Select(i => $"{faultPoint} order-{i} 10 {i is 3 or 4}"), conversions.OrderBy(conversion => conversion.Id, StringComparer.Ordinal)
            .Select(conversion => $"{faultPoint} {conversion.Id} {conversion.NetValue:0} {conversion.IsCancelled}"));
        return writes;
    }

    private static Dictionary<string, string?> Lease => new() { ["ShareLinks:Fold:Lease"] = "00:00:00.001" };
}
