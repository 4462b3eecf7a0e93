using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Rollups;
using ShareLinks.Tests.Events;
using ShareLinks.Tests.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>The app under all kinds of requests at once, at half of what it was seen to take, while storage fails now and then: ten minutes with <c>--full</c>, ten seconds otherwise.</summary>
public class MixedLoadTests(Azurite azurite, PublishedApp published)
{
    private static readonly TimeSpan Measuring = TimeSpan.FromSeconds(Scale.IsFull ? 20 : 2);
    private static readonly TimeSpan Loading = TimeSpan.FromSeconds(Scale.IsFull ? 600 : 10);

    /// <summary>Until caches and the runtime's heap have the size that they keep: longer than the ten seconds, which therefore tell nothing of memory.</summary>
    private static readonly TimeSpan WarmingUp = TimeSpan.FromSeconds(60);

    private static readonly Fault[] Faults = [Fault.Cut, Fault.Busy, Fault.Error, Fault.Half, Fault.Delay];

    [Fact]
    public async Task At_half_the_ceiling_with_faults_nothing_is_lost_or_doubled_and_memory_stays_flat()
    {
        var prefix = azurite.NewPrefix();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await AppProcess.StartAsync(await published.ProgramFolderAsync(), proxy.ConnectionString, prefix, new()
        {
            ["ShareLinks__BaseUrl"] = "http://localhost:7071",
            ["ShareLinks__Limits__RequestsPerKey"] = "1000000",
            ["ShareLinks__Fold__Every"] = "00:00:10",
        });
        var load = new Load(app.Client);
        await load.BeginAsync();

        // The ceiling: sixteen callers, each of whom asks again as soon as it is answered.
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            while (clock.Elapsed < Measuring)
                await load.NextAsync();
        }));
        var perSecond = load.Done / Measuring.TotalSeconds / 2;

        var random = new Random(7);
        proxy.Before = _ => Next(isAfter: false);
        proxy.After = _ => Next(isAfter: true);
        var running = new List<Task>();
        var memory = new List<(TimeSpan At, double Mebibytes)>();
        clock.Restart();
        for (var started = 0; clock.Elapsed < Loading;)
        {
            while (started < clock.Elapsed.TotalSeconds * perSecond)
            {
                started++;
                running.Add(load.NextAsync());
            }
            if (memory.Count == 0 || clock.Elapsed - memory[^1].At > TimeSpan.FromMilliseconds(250))
            {
                memory.Add((clock.Elapsed, await ResidentAsync(app)));
                foreach (var done in running.Where(task => task.IsCompleted).ToList())
                    await done;
                running.RemoveAll(task => task.IsCompleted);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        proxy.Before = proxy.After = _ => Fault.None;
        await Task.WhenAll(running).WaitAsync(Scale.HangTimeout);

        Assert.InRange(load.Refused, 0, load.Done / 20);
        await load.AssertAllOnceAsync(azurite, prefix);
        if (!Scale.IsFull)
            return;
        var warm = memory.Where(sample => sample.At > WarmingUp).ToList();
        var (earlier, later) = (warm[..(warm.Count / 2)].Average(sample => sample.Mebibytes), warm[(warm.Count / 2)..].Average(sample => sample.Mebibytes));
        TestContext.Current.SendDiagnosticMessage(
            "{0:0} requests a second, {1} done, {2} told to come again; {3:0} MiB, then {4:0} MiB.", perSecond, load.Done, load.Refused, earlier, later);
        Assert.InRange(later, 0, earlier * 1.1 + 16);

        Fault Next(bool isAfter)
        {
            // One request in fifty.
            lock (random)
                return random.Next(100) > 0 ? Fault.None : isAfter ? Faults[random.Next(Faults.Length)] : Faults[random.Next(3)];
        }
    }

    private static async Task<double> ResidentAsync(AppProcess app)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{app.Id.ToString(CultureInfo.InvariantCulture)}/status");
        return double.Parse(lines.Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Requests of every kind; each that is not answered by what was asked for is sent again, as its caller would.</summary>
    private sealed class Load(HttpClient client)
    {
        private readonly ConcurrentDictionary<int, (string Code, string Token)> links = new();
        private readonly ConcurrentQueue<string> opened = new();
        private readonly ConcurrentQueue<string> scanned = new();
        private readonly ConcurrentQueue<string> reported = new();
        private string cursor = "";
        private int turn;
        private int done;
        private int refused;

        public int Done => done;

        /// <summary>Answers that storage is away.</summary>
        public int Refused => refused;

        public async Task BeginAsync()
        {
            for (var i = 0; i < 20; i++)
                await MintAsync(-1 - i);
        }

        public async Task NextAsync()
        {
            var number = Interlocked.Increment(ref turn);
            await ((number % 25) switch
            {
                0 or 8 => MintAsync(number),
                3 or 11 or 17 => PasteAsync(number),
                5 or 13 => ReportAsync(number),
                7 or 19 => AskAsync(number),
                _ => OpenAsync(number),
            });
            Interlocked.Increment(ref done);
        }

        public async Task AssertAllOnceAsync(Azurite azurite, string prefix)
        {
            await Wait.UntilAsync(async () =>
            {
                var health = JsonNode.Parse(await client.GetStringAsync("/api/health"))!;
                Assert.Equal(0, health["clicks"]!["lost"]!.GetValue<int>());
                return (health["clicks"]!["queued"]!.GetValue<int>(), health["status"]!.GetValue<string>()) is (0, "ok");
            });

            await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
            var (feed, _) = await other.ReadFeedAsync();
            var ids = feed.Select(Feed.Id).ToHashSet();
            Assert.Equal(feed.Count, ids.Count);
            Assert.Empty(opened.Except(ids));
            Assert.Equal(opened.Count + scanned.Count, feed.Count);
            Assert.Equal(reported.Order(StringComparer.Ordinal), (await EventEndpointsTests.ConversionsAsync(other, "order")).Select(conversion => conversion.Id).Order(StringComparer.Ordinal));
            await other.Get<ClickFold>().FoldAsync();
            var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().DateTime);
            foreach (var subject in new[] { "all", "listing:item-3", "sharer:user-2", $"link:{links[-1].Code}" })
            {
                var (recounted, _, _) = World.Recount(feed, subject, "day", today.AddDays(-3), today.AddDays(3), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
                var stats = await other.GetJsonAsync($"/api/stats?subject={subject}&from={today.AddDays(-3):yyyy-MM-dd}&to={today.AddDays(3):yyyy-MM-dd}");
                Assert.Equal($"{subject} {recounted["clicks"]}", $"{subject} {stats["total"]!["clicks"]}");
            }
            Assert.All(links.Values, link => Assert.NotEmpty(link.Code));
            Assert.Equal(links.Count, links.Values.Select(link => link.Code).Distinct().Count());
        }

        private async Task MintAsync(int number)
        {
            var link = JsonNode.Parse(await UntilAnsweredAsync(() => new(HttpMethod.Post, "/api/links")
            {
                Content = TestApp.Json(new { listingId = $"item-{Math.Abs(number) % 7}", sharerId = $"user-{Math.Abs(number) % 5}", channel = "wechat" }),
                Headers = { { "Idempotency-Key", $"mint{number}" } },
            }))!;
            links[number] = (link["code"]!.GetValue<string>(), link["token"]!.GetValue<string>());
        }

        private async Task OpenAsync(int number)
        {
            string? location = null;
            await UntilAnsweredAsync(() => new(HttpMethod.Get, "/" + LinkOf(number).Code), answer => location = answer.Headers.Location?.Query);
            var id = location!.Split("clickId=")[1];
            Assert.NotEmpty(id);
            opened.Enqueue(id);
        }

        private async Task PasteAsync(int number)
        {
            await UntilAnsweredAsync(Post("/api/resolve", new { text = $"复制整段话 ￥{LinkOf(number).Token}￥", userId = $"user-{number % 50}", scanId = $"paste-into-the-app-{number}" }));
            scanned.Enqueue($"paste-into-the-app-{number}");
        }

        private async Task ReportAsync(int number)
        {
            var events = new[] { new { id = $"order-{number}", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), userId = $"user-{number % 50}", value = 10, currency = "CNY" } };
            while (JsonNode.Parse(await UntilAnsweredAsync(Post("/api/events", new { events })))!["rejected"]!.AsArray().Count > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            reported.Enqueue($"order-{number}");
        }

        private async Task AskAsync(int number)
        {
            if (number % 2 == 0)
            {
                await UntilAnsweredAsync(() => new(HttpMethod.Get, number % 4 == 0 ? "/api/stats?subject=listing:item-3&by=hour" : "/api/attribution?by=channel"));
                return;
            }
            var page = await UntilAnsweredAsync(() => new(HttpMethod.Get, $"/api/clicks?limit=200&after={Volatile.Read(ref cursor)}"));
            Volatile.Write(ref cursor, JsonNode.Parse(page.TrimEnd('\n').Split('\n')[^1])!["cursor"]!.GetValue<string>());
        }

        /// <summary>Half of the openings are of one link.</summary>
        private (string Code, string Token) LinkOf(int number) => links[number % 2 == 0 ? -1 : -1 - number % 20];

        private static Func<HttpRequestMessage> Post(string path, object body) => () => new(HttpMethod.Post, path) { Content = TestApp.Json(body) };

        private async Task<string> UntilAnsweredAsync(Func<HttpRequestMessage> make, Action<HttpResponseMessage>? look = null)
        {
            while (true)
            {
                using var request = make();
                using var response = await client.SendAsync(request);
                var body = await response.Content.ReadAsStringAsync();
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    Interlocked.Increment(ref refused);
                    await Task.Delay(response.Headers.RetryAfter!.Delta!.Value, TimeProvider.System);
                    continue;
                }
                Assert.True((int)response.StatusCode < 400, $"{request.Method} {request.RequestUri}: {response.StatusCode} {body}");
                look?.Invoke(response);
                return body;
            }
        }
    }
}
