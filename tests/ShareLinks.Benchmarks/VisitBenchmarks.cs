using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>A crowd that opens one link, each click stored before its answer: landing pages as a ratio to redirects. Bar: at least half their rate.</summary>
[InProcess]
public class VisitBenchmarks
{
    private const int Visitors = 64;
    private const int VisitsEach = 16;

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private Process? azurite;
    private WebApplication? app;
    private Uri? link;

    [GlobalSetup]
    public async Task StartAsync()
    {
        var port = FreePort.Next();
        azurite = Process.Start(new ProcessStartInfo("node",
        [
            RepositoryFolder.Combine("node_modules", "azurite", "dist", "src", "table", "main.js"), "--tableHost", "127.0.0.1",
            "--tablePort", port.ToString(CultureInfo.InvariantCulture), "--silent", "--disableTelemetry", "--inMemoryPersistence",
        ])
        { RedirectStandardOutput = true })!;
        _ = azurite.StandardOutput.ReadToEndAsync();
        app = ShareLinks.Program.Build(["--environment=Development", "--urls=http://127.0.0.1:0"], builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ShareLinks:Storage:ConnectionString"] = StorageAccount.EmulatorConnectionString(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"))),
                ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket",
            });
            builder.Logging.ClearProviders();
        });
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
        azurite!.Kill();
        azurite.Dispose();
    }

    private async Task<HttpResponseMessage> MintAsync()
    {
        for (var tries = 0; ; tries++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/links")
            {
                Content = JsonContent.Create(new { listingId = "item-1", listing = new { title = "iPhone 13 128G 95新", price = 2399, currency = "CNY" } }),
            };
            request.Headers.Authorization = new("Bearer", Security.DevelopmentKey.Value);
            var response = await client.SendAsync(request);
            // Azurite takes a moment to listen.
            if (response.IsSuccessStatusCode || tries == 20)
                return response.EnsureSuccessStatusCode();
        }
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
