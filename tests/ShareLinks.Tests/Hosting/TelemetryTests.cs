using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ShareLinks.Hosting;
using ShareLinks.Tests.Hosting.Worker;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>What leaves by OpenTelemetry, received as a collector would.</summary>
public class TelemetryTests(Azurite azurite, PublishedApp published)
{
    [Fact]
    public async Task It_tells_how_the_service_does_and_names_nobody()
    {
        var received = new ConcurrentDictionary<string, StringBuilder>();
        await using var collector = await CollectAsync(received);

        await using (var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:Telemetry:Exporter"] = "Otlp",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["ShareLinks:ClientAddressHeader"] = "X-Forwarded-For",
        }))
        {
            app.Client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.77");
            var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "person-4711" });
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
            await app.Client.GetAsync("/find?text=secret-words-of-a-chat");
            await app.Client.GetAsync("/api/people/person-4711");
            await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { id = "order-1", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), userId = "person-4711" } } }));
            await app.Client.GetAsync("/api/stats?subject=sharer:person-4711");
            await app.Get<Upkeep>().RunAsync(CancellationToken.None);
            app.Get<ILogger<TelemetryTests>>().LogWarning("A line of the log.");
        }

        Assert.Equal(["logs", "metrics", "traces"], received.Keys.Order(StringComparer.Ordinal));
        var metrics = received["metrics"].ToString();
        Assert.All(
            new[]
            {
                "sharelinks.clicks.queued", "sharelinks.block.entries", "sharelinks.block.commit", "sharelinks.fold.lag", "sharelinks.storage.duration",
                "sharelinks.cache.requests", "http.server.request.duration",
            },
            name => Assert.Contains(name, metrics, StringComparison.Ordinal));
        var traces = received["traces"].ToString();
        Assert.Contains("/api/people/{userId}", traces, StringComparison.Ordinal);
        // A link at hand is opened without routing, and known by its route all the same.
        Assert.Contains("/{code}", traces, StringComparison.Ordinal);
        Assert.Contains("storage GET", traces, StringComparison.Ordinal);
        Assert.Contains("A line of the log.", received["logs"].ToString(), StringComparison.Ordinal);
        Assert.All(received.Values, some => Assert.All(
            new[] { "person-4711", "secret-words", "203.0.113.77", "sl_development", "Mozilla", "Chrome/" }, word => Assert.DoesNotContain(word, some.ToString(), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Behind_the_Functions_host_it_tells_invocations_by_function_and_requests_by_route()
    {
        var received = new ConcurrentDictionary<string, StringBuilder>();
        await using var collector = await CollectAsync(received);
        await using (var app = await FunctionApp.StartAsync(azurite, published, settings: new()
        {
            ["ShareLinks__Telemetry__Exporter"] = "Otlp",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }))
        {
            // The worker reports invocations itself, so the host does not.
            Assert.Equal("True", app.Host.Capabilities["WorkerOpenTelemetryEnabled"]);
            var code = await app.MintCodeAsync();
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
            await app.Client.GetAsync("/find?text=secret-words-of-a-chat");
            await app.Client.GetAsync("/api/people/person-4711");
            await app.Host.FireTimerAsync("Fold");
            Assert.True(await app.Host.StopWorkerAsync());
        }
        var traces = received["traces"].ToString();
        Assert.All(new[] { "Mint", "Resolve", "Operations", "Fold" }, function => Assert.Contains($"function {function}", traces, StringComparison.Ordinal));
        Assert.All(new[] { "/api/links", "/{code}", "/find", "/api/people/{userId}" }, route => Assert.Contains(route, traces, StringComparison.Ordinal));
        // A request's route is the app's own, not the function's.
        Assert.DoesNotContain("{*", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("{*", received["metrics"].ToString(), StringComparison.Ordinal);
        Assert.Contains("/api/people/{userId}", received["metrics"].ToString(), StringComparison.Ordinal);
        Assert.All(received.Values, some => Assert.All(
            new[] { "person-4711", "secret-words", "198.51.100.7", "sl_", "Mozilla", "Chrome/" }, word => Assert.DoesNotContain(word, some.ToString(), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_alerts_are_made_of_is_there_from_the_start()
    {
        var names = new ConcurrentDictionary<string, bool>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => names[instrument.Name] = true };
        listener.Start();
        await using var app = await TestApp.StartAsync(azurite);
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + await app.MintCodeAsync())).StatusCode);
        _ = app.Get<Upkeep>();
        Assert.All(new[] { "sharelinks.clicks.lost", "sharelinks.clicks.answered_before_durable", "sharelinks.storage.throttled", "sharelinks.fold.lag" }, name => Assert.Contains(name, names.Keys));
    }

    private static async Task<WebApplication> CollectAsync(ConcurrentDictionary<string, StringBuilder> received)
    {
        var collector = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]).Build();
        collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            // Texts stand in the messages as they are.
            lock (received)
                received.GetOrAdd(signal, _ => new()).Append(Encoding.UTF8.GetString(body.ToArray()));
        });
        await collector.StartAsync();
        return collector;
    }
}
