using BenchmarkDotNet.Attributes;
using ShareLinks.Resolving;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>What telling a request's client costs. Bar: 5 µs.</summary>
[InProcess]
public class ClientDetectorBenchmarks
{
    private readonly HeaderDictionary headers = [];

    [Params(nameof(Agents.WechatAndroid), nameof(Agents.Iphone), nameof(Agents.Desktop), nameof(Agents.Googlebot))]
    public string Agent { get; set; } = "";

    [GlobalSetup]
    public void Prepare() => headers["User-Agent"] = (string)typeof(Agents).GetField(Agent)!.GetValue(null)!;

    [Benchmark]
    public Client Detect() => ClientDetector.Detect(headers);
}
