using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Storage;
using ShareLinks.Tests.Events;
using ShareLinks.Tests.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Storage;

/// <summary>Two instances work on the same tables while requests to storage fail, writes of every table among them: afterwards all that was answered is there, and once.</summary>
public class FaultTests(Azurite azurite)
{
    /// <summary>Faults that take long, so that there are fewer.</summary>
    private static readonly Fault[] Slow = [Fault.Throttled, Fault.Hang, Fault.Delay];

    /// <summary>Tables that are not written to by what visitors and backends do every day.</summary>
    private static readonly string[] RareTables = ["settings", "erasures", "wechat", "lots"];

    /// <summary>A request that hangs costs five seconds: without <c>--full</c> those of these tables do.</summary>
    private static readonly string[] HungTables = ["idempotency", "blocks", "scans", "events", "fold"];

    [Theory]
    [InlineData(Fault.Cut, false)]
    [InlineData(Fault.Throttled, false)]
    [InlineData(Fault.Error, false)]
    [InlineData(Fault.Hang, false)]
    [InlineData(Fault.Delay, true)]
    // Storage has carried it out, and the app does not learn of it.
    [InlineData(Fault.Cut, true)]
    [InlineData(Fault.Error, true)]
    [InlineData(Fault.Half, true)]
    public async Task Whatever_write_fails_nothing_answered_is_lost_and_nothing_is_there_twice(Fault fault, bool isAfter)
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var prefix = azurite.NewPrefix();
        var settings = new Dictionary<string, string?>
        {
            ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString,
            ["ShareLinks:BaseUrl"] = "https://s.example",
            ["ShareLinks:ClientAddressHeader"] = "X-Forwarded-For",
            ["ShareLinks:Clicks:SealAfter"] = "00:00:00.200",
            ["ShareLinks:Fold:Lease"] = "00:00:00.300",
        };
        await using var one = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        var work = new Work([one, other]);
        var failing = new FailingRequests(fault);
        if (isAfter)
            proxy.After = failing.Decide;
        else
            proxy.Before = failing.Decide;
        for (var round = 0; round < Scale.Of(20); round++)
            await work.RunAsync(round);

        proxy.Before = proxy.After = _ => Fault.None;
        foreach (var app in new[] { one, other })
            await Wait.UntilAsync(async () => (await app.GetJsonAsync("/api/health"))["status"]!.GetValue<string>() == "ok");
        Assert.Equal((fault == Fault.Hang && !Scale.IsFull ? HungTables : TableNames.All.Except(RareTables)).Order(), failing.Tables.Where(table => !RareTables.Contains(table)).Order());
        await work.AssertAllOnceAsync();
    }

    [Fact]
    public async Task Storage_that_asks_for_a_long_pause_is_not_waited_for()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString });
        (proxy.RetryAfterSeconds, proxy.Before) = (86_400, _ => Fault.Throttled);
        using var response = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1" }));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (response.StatusCode, response.Headers.GetValues("Retry-After").Single()));
    }

    /// <summary>Lets the first write of each table fail, others by chance, and reads more seldom.</summary>
    private sealed class FailingRequests(Fault fault)
    {
        private readonly Random random = new(7);
        private readonly ConcurrentDictionary<StorageRequest, Fault> decided = new(ReferenceEqualityComparer.Instance);
        private readonly HashSet<string> tables = [];

        /// <summary>Tables of which a write has failed.</summary>
        public IReadOnlyCollection<string> Tables => tables;

        public Fault Decide(StorageRequest request) => decided.GetOrAdd(request, _ =>
        {
            lock (random)
            {
                var oneIn = (request.Method == "GET", Slow.Contains(fault)) switch { (false, false) => 6, (true, false) => 16, (false, true) => 40, _ => int.MaxValue };
                var fails = random.Next(oneIn) == 0;
                // That a table is made is a write of no row.
                if (request.Method != "GET" && request.Table != "Tables" && (fault != Fault.Hang || Scale.IsFull || HungTables.Contains(request.Table)))
                    fails |= tables.Add(request.Table);
                else if (fault == Fault.Hang)
                    fails = false;
                return fails ? fault : Fault.None;
            }
        });
    }

    /// <summary>All that is done with the service, by callers who try again until they are answered.</summary>
    private sealed class Work(TestApp[] apps)
    {
        private readonly ConcurrentQueue<(string Key, object Body, string Answer)> mints = new();
        private readonly ConcurrentQueue<string> codes = new();
        private readonly ConcurrentQueue<string> opened = new();
        private readonly ConcurrentQueue<string> scanned = new();
        private readonly ConcurrentQueue<(string Id, bool IsCancelled)> reported = new();
        private int turn;

        public async Task RunAsync(int round)
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(i => MintAsync(round, i)));
            Task[] openings = [.. Enumerable.Range(0, 6).Select(_ => OpenAsync(codes.Last()))];
            await Task.WhenAll([.. openings, ScanAsync(round), PasteAsync(round), ReportAsync(round), UntilAnsweredAsync(Post("/api/keys", new { scopes = new[] { "query" } })), AskAsync()]);
            await OpenAsync($"{codes.Last()}~{opened.Last()}");
            if (round % 2 == 0)
                return;
            // Long enough that the streams are left: the next cut seals them.
            await Task.Delay(TimeSpan.FromMilliseconds(1300), TimeProvider.System);
            await AskAsync();
        }

        public async Task AssertAllOnceAsync()
        {
            foreach (var app in apps)
            {
                var health = (await app.GetJsonAsync("/api/health"))["clicks"]!;
                Assert.Equal((0, 0, 0), (health["queued"]!.GetValue<int>(), health["answeredBeforeDurable"]!.GetValue<int>(), health["lost"]!.GetValue<int>()));
                foreach (var (key, body, answer) in mints)
                    Assert.Equal(answer, await UntilAnsweredAsync(Mint(key, body)));
                var (feed, _) = await app.ReadFeedAsync();
                var ids = feed.Select(Feed.Id).ToList();
                Assert.Equal(ids.Count, ids.Distinct().Count());
                Assert.Empty(opened.Except(ids));
                Assert.Equal(opened.Count + scanned.Count, ids.Count);

                var days = (From: DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().DateTime).AddDays(-3), To: DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().DateTime).AddDays(3));
                foreach (var subject in new[] { "all", "listing:item-0", "sharer:user-1", $"link:{codes.First()}", $"root:{codes.First()}" })
                {
                    var (recounted, _, _) = World.Recount(feed, subject, "day", days.From, days.To, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
                    var answered = (await app.GetJsonAsync($"/api/stats?subject={Uri.EscapeDataString(subject)}&from={days.From:yyyy-MM-dd}&to={days.To:yyyy-MM-dd}"))["total"]!;
                    foreach (var figure in new[] { "clicks", "bots", "prefetches", "misses" })
                        Assert.Equal($"{subject} {figure} {recounted[figure]}", $"{subject} {figure} {answered[figure]}");
                }
                var conversions = await EventEndpointsTests.ConversionsAsync(app, "order");
                Assert.Equal(
                    reported.GroupBy(happened => happened.Id).Select(same => (same.Key, same.Any(happened => happened.IsCancelled))).Order(),
                    conversions.Select(conversion => (conversion.Id, conversion.IsCancelled)).Order());
            }
            Assert.Equal(codes.Order(), await ListedAsync());
        }

        private async Task<IEnumerable<string>> ListedAsync()
        {
            var listed = new List<string>();
            foreach (var listing in mints.Select(mint => JsonNode.Parse(mint.Answer)!["listingId"]!.GetValue<string>()).Distinct())
                listed.AddRange((await apps[0].GetJsonAsync($"/api/links?listingId={listing}"))["links"]!.AsArray().Select(link => link!["code"]!.GetValue<string>()));
            return listed.Order();
        }

        private async Task MintAsync(int round, int i)
        {
            var body = new
            {
                listingId = $"item-{i}",
                listing = new { title = "Lamp" },
                sharerId = $"user-{i}",
                channel = "wechat",
                alias = $"alias-{round}-{i}",
                parent = codes.FirstOrDefault(),
            };
            var answer = await UntilAnsweredAsync(Mint($"key-{round}-{i}", body));
            mints.Enqueue(($"key-{round}-{i}", body, answer));
            codes.Enqueue(JsonNode.Parse(answer)!["code"]!.GetValue<string>());
        }

        private async Task OpenAsync(string path)
        {
            string? location = null;
            await UntilAnsweredAsync(() => new(HttpMethod.Get, "/" + path), answer => location = answer.Headers.Location?.Query);
            opened.Enqueue(location!.Split("clickId=")[1]);
        }

        private async Task ScanAsync(int round)
        {
            var clicks = Enumerable.Range(0, 5).Select(i => new { scanId = $"scan-without-network-{round}-{i}", text = codes.First(), occurredAt = TimeProvider.System.GetUtcNow(), userId = $"user-{i}" }).ToArray();
            await UntilTakenAsync("/api/clicks", new { clicks = clicks.Select(click => click with { text = $"https://s.example/{click.text}" }) });
            foreach (var click in clicks)
                scanned.Enqueue(click.scanId);
        }

        private async Task PasteAsync(int round)
        {
            await UntilAnsweredAsync(Post("/api/resolve", new { text = $"https://s.example/{codes.Last()}", userId = "user-7", scanId = $"paste-into-the-app-{round}" }));
            scanned.Enqueue($"paste-into-the-app-{round}");
        }

        private async Task ReportAsync(int round)
        {
            var events = Enumerable.Range(0, 4).Select(i => new
            {
                id = $"order-{round}-{i / 2}",
                type = "order",
                occurredAt = TimeProvider.System.GetUtcNow(),
                userId = $"buyer-{i / 2}",
                clickId = opened.LastOrDefault(),
                cancelled = i == 3,
            }).Where((_, i) => i != 1).ToArray();
            await UntilTakenAsync("/api/events", new { events });
            foreach (var happened in events)
                reported.Enqueue((happened.id, happened.cancelled));
        }

        private async Task AskAsync()
        {
            await UntilAnsweredAsync(() => new(HttpMethod.Get, "/api/clicks?limit=1000"));
            await UntilAnsweredAsync(() => new(HttpMethod.Get, "/api/stats?subject=all"));
        }

        /// <summary>Sends all again until nothing of it is rejected.</summary>
        private async Task UntilTakenAsync(string path, object body)
        {
            while (true)
            {
                var rejected = JsonNode.Parse(await UntilAnsweredAsync(Post(path, body)))!["rejected"]!.AsArray();
                Assert.All(rejected, one => Assert.Equal("storage_unavailable", one!["problem"]!["code"]!.GetValue<string>()));
                if (rejected.Count == 0)
                    return;
            }
        }

        private static Func<HttpRequestMessage> Post(string path, object body) => () => new(HttpMethod.Post, path) { Content = TestApp.Json(body) };

        private static Func<HttpRequestMessage> Mint(string key, object body) => () => new(HttpMethod.Post, "/api/links") { Content = TestApp.Json(body), Headers = { { "Idempotency-Key", key } } };

        /// <summary>Sends a request, to the instances in turn, until the answer is another than that storage is away.</summary>
        private async Task<string> UntilAnsweredAsync(Func<HttpRequestMessage> make, Action<HttpResponseMessage>? look = null)
        {
            while (true)
            {
                using var request = make();
                request.Headers.Add("X-Forwarded-For", $"198.51.100.{Interlocked.Increment(ref turn) % 200}");
                using var response = await apps[turn % apps.Length].Client.SendAsync(request);
                var body = await response.Content.ReadAsStringAsync();
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    Assert.Equal("1", response.Headers.GetValues("Retry-After").Single());
                    continue;
                }
                Assert.True((int)response.StatusCode < 400, $"{request.Method} {request.RequestUri}: {response.StatusCode} {body}");
                look?.Invoke(response);
                return body;
            }
        }
    }
}
