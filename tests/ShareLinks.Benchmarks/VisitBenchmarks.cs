using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>A crowd that opens one link, each click stored before its answer: landing pages as a ratio to redirects. Bar: at least half their rate.</summary>
[InProcess]
public class VisitBenchmarks
{
    private const int Visitors = 64;
    private const int VisitsEach = 16;

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private EmulatorProcess? azurite;
    private WebApplication? app;
    private Uri? link;

    [GlobalSetup]
    public async Task StartAsync()
    {
        azurite = await EmulatorProcess.StartAsync();
        app = azurite.NewApp();
        await app.StartAsync();
        client.BaseAddress = new Uri(app.Urls.First());
        using var minted = await MintAsync();
        link = new Uri(JsonNode.Parse(await minted.Content.ReadAsStringAsync())!["url"]!.GetValue<string>());
        await RedirectAsync();
        await LandingPageAsync();
    }

    /// <summary>An Android browser, for which this deployment has no app.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Visitors * VisitsEach)]
    public Task RedirectAsync() => VisitAsync(Agents.AndroidChrome, HttpStatusCode.Found);

    [Benchmark(OperationsPerInvoke = Visitors * VisitsEach)]
    public Task LandingPageAsync() => VisitAsync(Agents.Iphone, HttpStatusCode.OK);

    [Benchmark(OperationsPerInvoke = Visitors * VisitsEach)]
    public Task PreviewAsync() => VisitAsync(Agents.Googlebot, HttpStatusCode.OK);

    [GlobalCleanup]
    public async Task StopAsync()
    {
        client.Dispose();
        await app!.DisposeAsync();
        azurite!.Dispose();
    }

    private async Task<HttpResponseMessage> MintAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/links")
        {
            Content = JsonContent.Create(new { listingId = "item-1", listing = new { title = "iPhone 13 128G 95新", price = 2399, currency = "CNY" } }),
        };
        request.Headers.Authorization = new("Bearer", Security.DevelopmentKey.Value);
        return (await client.SendAsync(request)).EnsureSuccessStatusCode();
    }

    private Task VisitAsync(string agent, HttpStatusCode expected) => Task.WhenAll(Enumerable.Range(0, Visitors).Select(async _ =>
    {
        for (var i = 0; i < VisitsEach; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
            using var response = await client.SendAsync(request);
            if (response.StatusCode != expected)
                throw new InvalidOperationException($"{agent} got {response.StatusCode}.");
        }
    }));
}
