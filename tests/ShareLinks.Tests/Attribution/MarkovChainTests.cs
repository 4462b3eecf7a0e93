using ShareLinks.Attribution;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

public class MarkovChainTests
{
    /// <summary>The worked example of serhiipuzyrov.com/2019/07/markov-chain-attribution-simple-explanation-of-removal-effect.</summary>
    [Fact]
    public void A_published_example_is_solved()
    {
        var chain = new MarkovChain();
        chain.Add(["google"], 2, 1);
        chain.Add(["mailing"], 1, 0);
        chain.Add(["google", "mailing"], 1, 0);
        AssertEffects([("google", 0.75, 0.6), ("mailing", 0.5, 0.4)], chain.Solve());
    }

    /// <summary>Worked by hand; the same numbers stand in docs/attribution.md.</summary>
    [Fact]
    public void The_example_with_a_loop_is_solved()
    {
        var chain = new MarkovChain();
        chain.Add(PathSamples.Example.Touches.Select(touch => touch.Key), 1, 0);
        chain.Add(["wechat"], 1, 0);
        chain.Add(["xiaohongshu"], 0, 1);
        AssertEffects([("", 1 / 2.0, 3 / 11.0), ("wechat", 1, 6 / 11.0), ("xiaohongshu", 1 / 3.0, 2 / 11.0)], chain.Solve());
    }

    [Fact]
    public void Journeys_may_come_one_by_one_or_counted()
    {
        var (single, counted) = (new MarkovChain(), new MarkovChain());
        for (var i = 0; i < 7; i++)
        {
            single.Add(["a", "b"], i < 3 ? 1 : 0, i < 3 ? 0 : 1);
            single.Add(["b"], 1, 0);
        }
        counted.Add(["a", "b"], 3, 4);
        counted.Add(["b"], 7, 0);
        Assert.Equal(single.Solve(), counted.Solve());
    }

    [Fact]
    public void Touches_of_one_key_in_a_row_are_one()
    {
        var (plain, repeated) = (new MarkovChain(), new MarkovChain());
        plain.Add(["a", "b", "a"], 2, 1);
        plain.Add(["b"], 1, 3);
        repeated.Add(["a", "a", "a", "b", "b", "a"], 2, 1);
        repeated.Add(["b", "b", "b", "b"], 1, 3);
        Assert.Equal(plain.Solve(), repeated.Solve());

        // And in a chain where they are steps of their own, effects are the same.
        (string[], int, int)[] journeys = [(["a", "a", "a", "b", "b", "a"], 2, 1), (["b", "b", "b", "b"], 1, 3)];
        Assert.All(plain.Solve(), effect =>
            Assert.Equal(1 - SlowModels.ConversionProbability(journeys, effect.Key) / SlowModels.ConversionProbability(journeys, null), effect.Effect, 1e-12));
    }

    [Fact]
    public void Without_a_conversion_there_is_no_effect()
    {
        var chain = new MarkovChain();
        Assert.Empty(chain.Solve());
        chain.Add(["a", "b"], 0, 5);
        chain.Add([], 5, 5);
        chain.Add(["c"], 0, 0);
        Assert.Empty(chain.Solve());
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Add(["a"], -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Add(["a"], 0, -1));
    }

    [Fact]
    public void A_key_without_conversions_has_no_effect()
    {
        var chain = new MarkovChain();
        chain.Add(["a"], 1, 0);
        chain.Add(["b"], 0, 1);
        AssertEffects([("a", 1, 1), ("b", 0, 0)], chain.Solve());
    }

    [Fact]
    public void Many_rounds_lose_no_accuracy()
    {
        var chain = new MarkovChain();
        chain.Add(Enumerable.Range(0, 100_000).Select(i => i % 2 == 0 ? "a" : "b"), 1, 0);
        AssertEffects([("a", 1, 0.5), ("b", 1, 0.5)], chain.Solve());
    }

    [Fact]
    public void Effects_are_those_of_a_cohort_that_walks_the_chain()
    {
        for (var seed = 0; seed < Scale.Of(10_000); seed++)
        {
            var random = new Random(seed);
            var keys = random.Next(1, 7);
            var journeys = Enumerable.Range(0, random.Next(1, 12)).Select(_ => (
                Keys: Enumerable.Range(0, random.Next(1, 9)).Select(_ => $"{random.Next(keys)}").ToArray(), Conversions: random.Next(3), Unconverted: random.Next(3))).ToList();
            var chain = new MarkovChain();
            foreach (var (path, conversions, unconverted) in journeys)
                chain.Add(path, conversions, unconverted);
            journeys.RemoveAll(journey => journey.Conversions + journey.Unconverted == 0);
            var effects = chain.Solve();
            if (journeys.Sum(journey => journey.Conversions) == 0)
            {
                Assert.Empty(effects);
                continue;
            }
            Assert.Equal(journeys.SelectMany(journey => journey.Keys).Distinct().Order(StringComparer.Ordinal), effects.Select(effect => effect.Key));
            Assert.Equal(1, effects.Sum(effect => effect.Share), 1e-12);
            var all = SlowModels.ConversionProbability(journeys, null);
            Assert.All(effects, effect => Assert.Equal(1 - SlowModels.ConversionProbability(journeys, effect.Key) / all, effect.Effect, 1e-9));
        }
    }

    [Fact]
    public void Beyond_the_limit_the_rarest_keys_are_one()
    {
        var random = new Random(7);
        // Key i comes up about in proportion to 1/i, and key 3000 never but once.
        var journeys = Enumerable.Range(0, 4000)
            .Select(_ => Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"k{(int)Math.Pow(3000, random.NextDouble())}").ToArray()).Append(["k3000", "k1"]).ToList();
        var (pooled, named) = (new MarkovChain(), new MarkovChain());
        foreach (var journey in journeys)
            pooled.Add(journey, journey.Length % 2, 1);
        var effects = pooled.Solve();
        Assert.Equal(MarkovChain.MaxKeys, effects.Count);
        Assert.Contains(effects, effect => effect.Key == MarkovChain.OtherKey);
        Assert.DoesNotContain(effects, effect => effect.Key == "k3000");

        var kept = effects.Select(effect => effect.Key).ToHashSet();
        foreach (var journey in journeys)
            named.Add(journey.Select(key => kept.Contains(key) ? key : MarkovChain.OtherKey), journey.Length % 2, 1);
        AssertEffects([.. effects.Select(effect => (effect.Key, effect.Effect, effect.Share))], named.Solve());

        var backwards = new MarkovChain();
        foreach (var journey in journeys.AsEnumerable().Reverse())
            backwards.Add(journey, journey.Length % 2, 1);
        AssertEffects([.. effects.Select(effect => (effect.Key, effect.Effect, effect.Share))], backwards.Solve());
    }

    [Fact]
    public void At_the_limit_no_key_is_pooled()
    {
        var chain = new MarkovChain();
        for (var i = 0; i < MarkovChain.MaxKeys; i++)
            chain.Add([$"k{i}", $"k{(i + 1) % MarkovChain.MaxKeys}"], 1, i);
        Assert.Equal(MarkovChain.MaxKeys, chain.Solve().Count);
        Assert.DoesNotContain(chain.Solve(), effect => effect.Key == MarkovChain.OtherKey);
    }

    private static void AssertEffects((string Key, double Effect, double Share)[] expected, IReadOnlyList<RemovalEffect> actual)
    {
        Assert.Equal(expected.Select(effect => effect.Key), actual.Select(effect => effect.Key));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Effect, actual[i].Effect, 1e-9);
            Assert.Equal(expected[i].Share, actual[i].Share, 1e-9);
        }
    }
}
