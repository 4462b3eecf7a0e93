using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using ShareLinks.Links;
using ShareLinks.Resolving;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>What it costs to decide where a link leads and whether a known client gets a page or a redirect, where the deployment has an app on iOS. Bar: 1 µs.</summary>
[InProcess, MemoryDiagnoser]
public class RouteBenchmarks
{
    private readonly Link link = new() { Attributes = ClickSamples.Link(1), CreatedAt = ClickSamples.Start };

    private WebApplication? app;
    private RouteTable? routes;
    private OfferedWays? offers;
    private Destinations? destinations;
    private Client? client;

    [Params(nameof(Agents.AndroidChrome), nameof(Agents.WechatAndroid), nameof(Agents.Iphone), nameof(Agents.Desktop))]
    public string Agent { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        // Never started: nothing is asked of storage.
        app = ShareLinks.Hosting.StandaloneHead.Build(["--environment=Development", "--ShareLinks:Apps:Ios:Scheme=examplemarket", "--ShareLinks:Destinations:Web=https://market.example/item/{listingId}"]);
        (routes, offers, destinations) = (app.Services.GetRequiredService<RouteTable>(), app.Services.GetRequiredService<OfferedWays>(), app.Services.GetRequiredService<Destinations>());
        client = ClientDetector.Detect(new HeaderDictionary { ["User-Agent"] = (string)typeof(Agents).GetField(Agent)!.GetValue(null)! });
    }

    [Benchmark]
    public bool Decide() => offers!.IsPage(routes!.Find(client!), client!.Os, LinkTarget.Choose(link, null, null, destinations!)!);

    [GlobalCleanup]
    public async Task StopAsync() => await app!.DisposeAsync();
}
