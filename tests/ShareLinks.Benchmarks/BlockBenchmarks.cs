using BenchmarkDotNet.Attributes;
using ShareLinks.Clicks;
using ShareLinks.Tests.Clicks;

namespace ShareLinks.Benchmarks;

/// <summary>What it costs to write a click into a block and to read it back, by the size of the block.</summary>
[InProcess, MemoryDiagnoser]
public class BlockBenchmarks
{
    private static readonly BlockKey Key = new(1, 2);

    private IReadOnlyList<Click> clicks = [];
    private byte[] bytes = [];

    [Params(1, 64, ClickBlockCodec.MaxClicks)]
    public int Clicks { get; set; }

    [Params(1, 10_000)]
    public int Links { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(1);
        clicks = [.. ClickSamples.Realistic(random, ClickSamples.Zipf(random, ClickSamples.Links(random, Links))).Take(Clicks)];
        bytes = Encode();
    }

    [Benchmark(Baseline = true)]
    public byte[] Encode() => ClickBlockCodec.Encode(Key, clicks);

    [Benchmark]
    public int Decode() => ClickBlockCodec.TryDecode(Key, bytes, out var read) ? read.Count : throw new InvalidDataException("The block is damaged.");
}
