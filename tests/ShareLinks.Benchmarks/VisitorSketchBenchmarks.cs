using BenchmarkDotNet.Attributes;
using ShareLinks.Rollups;

namespace ShareLinks.Benchmarks;

/// <summary>What it costs to count a visitor, exactly and by a sketch, and to ask how many there were.</summary>
[InProcess, MemoryDiagnoser]
public class VisitorSketchBenchmarks
{
    private const int Few = VisitorSketch.MaxExact;
    private const int Many = 100_000;

    private readonly VisitorSketch many = new();
    private ulong[] hashes = [];

    [GlobalSetup]
    public void Prepare()
    {
        hashes = [.. Enumerable.Range(0, Many).Select(visitor => VisitorSketch.HashOf(1, (ulong)visitor, 20_000))];
        foreach (var hash in hashes)
            many.Add(hash);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Few)]
    public object AddFew() => Sketch(Few);

    [Benchmark(OperationsPerInvoke = Many)]
    public object AddMany() => Sketch(Many);

    [Benchmark]
    public long CountMany() => many.Count();

    private VisitorSketch Sketch(int visitors)
    {
        var sketch = new VisitorSketch();
        foreach (var hash in hashes.AsSpan(0, visitors))
            sketch.Add(hash);
        return sketch;
    }
}
