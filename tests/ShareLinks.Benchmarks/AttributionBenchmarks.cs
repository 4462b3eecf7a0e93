using BenchmarkDotNet.Attributes;
using ShareLinks.Attribution;

namespace ShareLinks.Benchmarks;

/// <summary>What each model costs for 100,000 conversions of four touches in the mean and twelve keys, and a share tree of 100,000 links, as a ratio to last touch.</summary>
[InProcess]
public class AttributionBenchmarks
{
    private const int Many = 100_000;
    private const long MonthMs = 30 * 86_400_000L;
    private const long Now = 1_790_000_000_000;

    private readonly MarkovChain largest = new();
    private ConversionPath[] paths = [];
    private SharedLink[] links = [];

    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(7);
        string[] keys = ["", .. Enumerable.Range(1, 11).Select(i => $"channel-{i}")];
        paths = [.. Enumerable.Range(0, Many).Select(_ => new ConversionPath(Now, Enumerable.Range(0, random.Next(1, 8)).Select(_ =>
        {
            var key = random.Next(keys.Length);
            return new PathTouch(Now - random.NextInt64(MonthMs), keys[key], key == 0);
        })))];
        // Mostly among the newest thousand, so that the tree is deep as well as wide.
        links = [.. Enumerable.Range(0, Many).Select(id => new SharedLink(id, random.Next(Math.Max(0, id - 1000), Math.Max(1, id)), random.Next(20), 0))];
        random.Shuffle(links);
        for (var i = 0; i < Many; i++)
            largest.Add([$"{random.Next(MarkovChain.MaxKeys)}", $"{random.Next(MarkovChain.MaxKeys)}", $"{random.Next(MarkovChain.MaxKeys)}"], i % 2, 1);
    }

    [Benchmark(Baseline = true)]
    public object LastTouch() => Credit(AttributionModel.LastTouch);

    [Benchmark]
    public object FirstTouch() => Credit(AttributionModel.FirstTouch);

    [Benchmark]
    public object LastNonDirect() => Credit(AttributionModel.LastNonDirect);

    [Benchmark]
    public object Linear() => Credit(AttributionModel.Linear);

    [Benchmark]
    public object TimeDecay() => Credit(AttributionModel.TimeDecay);

    [Benchmark]
    public object PositionBased() => Credit(AttributionModel.PositionBased);

    [Benchmark]
    public object Markov() => Credit(AttributionModel.Markov);

    [Benchmark]
    public object Shapley() => Credit(AttributionModel.Shapley);

    /// <summary>The solving alone, of as many keys as a chain tells apart.</summary>
    [Benchmark]
    public object SolveLargestChain() => largest.Solve();

    [Benchmark]
    public double StructuralVirality() => new ShareTree(0, links).StructuralVirality;

    private Credits Credit(AttributionModel model)
    {
        var tally = new CreditTally(model, TimeSpan.FromDays(7));
        foreach (var path in paths)
            tally.Add(path, "CNY", 19.99m);
        return tally.ToCredits();
    }
}
