using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Clicks;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

/// <summary>Storage is away for everything: what goes on, what is refused, what health and meters say, and how soon all is well again.</summary>
public class OutageTests(Azurite azurite)
{
    private const int Visitors = 200;

    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.Error)]
    [InlineData(Fault.Forbidden)]
    public async Task Cached_links_open_others_are_told_when_to_come_again_and_after_it_all_is_well(Fault fault)
    {
        var prefix = azurite.NewPrefix();
        var time = new ShiftedTime();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(
            azurite,
            new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString, ["ShareLinks:Clicks:CommitDeadline"] = "00:00:02", ["ShareLinks:Clicks:MaxQueued"] = "1000" },
            services => services.AddSingleton<TimeProvider>(time), prefix);
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        using var meters = new Meters(app.Get<IMeterFactory>());
        var cached = await app.MintCodeAsync(new { listingId = "item-1", listing = new { title = "Lamp" } });
        var uncached = await other.MintCodeAsync();
        await app.Client.GetAsync("/" + cached);
        var calm = await app.GetJsonAsync("/api/health");
        Assert.Equal(("ok", "reachable"), (calm["status"]!.GetValue<string>(), calm["storage"]!.GetValue<string>()));

        proxy.Before = _ => fault;
        // Long after what is cached has ceased to be fresh.
        time.Skip(FreshCache<string, string>.Fresh * 3);
        var ids = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Visitors), new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (_, cancellation) =>
        {
            using var response = await app.Client.GetAsync("/" + cached, cancellation);
            Assert.Equal(HttpStatusCode.Found, response.StatusCode);
            ids.Add(response.Headers.Location!.Query.Split("clickId=")[1]);
        });
        using (var response = await app.Client.GetAsync("/" + uncached))
            AssertComeAgain(response);
        using (var page = new HttpRequestMessage(HttpMethod.Get, "/" + uncached) { Headers = { { "Accept", "text/html" } } })
        {
            using var response = await app.Client.SendAsync(page);
            AssertComeAgain(response);
            Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        }
        using (var response = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-2" })))
            AssertComeAgain(response);
        using (var response = await app.Client.GetAsync("/api/stats?subject=all"))
            AssertComeAgain(response);
        var reported = await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { id = "order-1", type = "order", occurredAt = time.GetUtcNow() } } }));
        Assert.Contains("\"storage_unavailable\"", await reported.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var health = await app.GetJsonAsync("/api/health");
        Assert.Equal(("degraded", "unreachable"), (health["status"]!.GetValue<string>(), health["storage"]!.GetValue<string>()));
        Assert.Contains("Storage does not answer: cached links go on, others get 503.", health["warnings"]!.AsArray().Select(warning => warning!.GetValue<string>()));
        // The event waits as well, and is counted once when it is reported again.
        Assert.Equal((Visitors + 1, Visitors, 0), (health["clicks"]!["queued"]!.GetValue<int>(), health["clicks"]!["answeredBeforeDurable"]!.GetValue<int>(), health["clicks"]!["lost"]!.GetValue<int>()));
        Assert.Equal((Visitors + 1, Visitors, 0), (meters["sharelinks.clicks.queued"], meters["sharelinks.clicks.answered_before_durable"], meters["sharelinks.clicks.lost"]));
        if (fault == Fault.Busy)
            Assert.InRange(meters["sharelinks.storage.throttled"], 1, long.MaxValue);

        proxy.Before = _ => Fault.None;
        await Wait.UntilAsync(async () => app.Get<ClickLog>().Queued == 0 && (await app.GetJsonAsync("/api/health"))["status"]!.GetValue<string>() == "ok");
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + uncached)).StatusCode);
        Assert.Equal(0, meters["sharelinks.clicks.queued"]);
        Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[]}""", await ReportAgainAsync());
        Assert.Equal("""{"accepted":0,"duplicates":1,"rejected":[]}""", await ReportAgainAsync());

        var (feed, _) = await other.ReadFeedAsync();
        Assert.Equal(Visitors + 2, feed.Select(Feed.Id).Distinct().Count());
        Assert.Equal(Visitors + 2, feed.Count);
        Assert.Empty(ids.Except(feed.Select(Feed.Id)));

        async Task<string> ReportAgainAsync()
        {
            using var again = await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { id = "order-1", type = "order", occurredAt = time.GetUtcNow() } } }));
            return await again.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Five_seconds_after_the_return_of_storage_everything_is_written_and_health_is_well()
    {
        var time = new WatchedTime();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString, ["ShareLinks:Clicks:CommitDeadline"] = "00:00:01" },
            services => services.AddSingleton<TimeProvider>(time));
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        proxy.Before = _ => Fault.Busy;
        var waiting = app.Client.GetAsync("/" + code);
        // So long that waits between tries are as long as they get, and another one has just begun.
        await Wait.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            return time.Begun(ClickLog.MaxRetryDelay) >= 3;
        });
        Assert.Equal(HttpStatusCode.Found, (await waiting).StatusCode);
        Assert.Equal("degraded", (await app.GetJsonAsync("/api/health"))["status"]!.GetValue<string>());

        proxy.Before = _ => Fault.None;
        time.Advance(TimeSpan.FromSeconds(5));
        // From here on no time passes.
        await Wait.UntilAsync(async () => app.Get<ClickLog>().Queued == 0 && (await app.GetJsonAsync("/api/health"))["status"]!.GetValue<string>() == "ok");
        Assert.Equal(2, (await app.ReadFeedAsync()).Clicks.Count);
    }

    private static void AssertComeAgain(HttpResponseMessage response) =>
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (response.StatusCode, response.Headers.GetValues("Retry-After").Single()));

    /// <summary>A clock that stands still, and knows how many waits of a length were begun.</summary>
    private sealed class WatchedTime() : FakeTimeProvider(System.GetUtcNow())
    {
        private readonly ConcurrentDictionary<TimeSpan, int> begun = new();

        public int Begun(TimeSpan length) => begun.GetValueOrDefault(length);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            begun.AddOrUpdate(dueTime, 1, (_, count) => count + 1);
            return timer;
        }
    }

    /// <summary>The sums, or the present values, of one app's meters.</summary>
    private sealed class Meters : IDisposable
    {
        private readonly ConcurrentDictionary<string, long> values = new();
        private readonly MeterListener listener = new();

        public Meters(IMeterFactory factory)
        {
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Scope == factory)
                    listening.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
            listener.SetMeasurementEventCallback<int>((instrument, value, _, _) =>
            {
                if (instrument.IsObservable)
                    values[instrument.Name] = value;
            });
            listener.Start();
        }

        public long this[string name]
        {
            get
            {
                listener.RecordObservableInstruments();
                return values.GetValueOrDefault(name);
            }
        }

        public void Dispose() => listener.Dispose();
    }
}
