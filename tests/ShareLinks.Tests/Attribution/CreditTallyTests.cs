using ShareLinks.Attribution;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

public class CreditTallyTests
{
    [Fact]
    public void Conversions_and_values_are_divided_by_the_weights_of_each()
    {
        var tally = new CreditTally(AttributionModel.PositionBased, PathSamples.Week);
        tally.Add(PathSamples.Example, "CNY", 1000m);
        tally.Add(PathSamples.Of("xiaohongshu"), "CNY", 19.99m);
        tally.Add(PathSamples.Of("xiaohongshu", "douyin"), "USD", 10m);
        tally.Add(PathSamples.Of(), "USD", 5m);
        tally.Add(PathSamples.Of("douyin"));

        var credits = tally.ToCredits();

        Assert.Equal(5, credits.Conversions);
        Assert.Equal(new Dictionary<string, decimal> { ["CNY"] = 1019.99m, ["USD"] = 15m }, credits.Value);
        Assert.Equal(1, credits.Unattributed);
        Assert.Equal(new Dictionary<string, decimal> { ["USD"] = 5m }, credits.UnattributedValue);
        Assert.Equal(["xiaohongshu", "douyin", "wechat", ""], credits.Rows.Select(row => row.Key));
        AssertRow(credits.Rows[0], 1.6, 0.4, ("CNY", 119.99m), ("USD", 5m));
        AssertRow(credits.Rows[1], 1.5, 0.375, ("USD", 5m));
        AssertRow(credits.Rows[2], 0.5, 0.125, ("CNY", 500m));
        AssertRow(credits.Rows[3], 0.4, 0.1, ("CNY", 400m));
    }

    [Fact]
    public void Markov_divides_all_conversions_and_each_currency_by_the_same_shares()
    {
        var tally = new CreditTally(AttributionModel.Markov, PathSamples.Week);
        tally.Add(PathSamples.Example, "CNY", 1100m);
        tally.Add(PathSamples.Of("wechat"), "USD", 11m);
        tally.Add(PathSamples.Of(), "CNY", 7m);
        tally.AddUnconverted(["xiaohongshu"]);

        var credits = tally.ToCredits();

        Assert.Equal((3, 1), (credits.Conversions, credits.Unattributed));
        Assert.Equal(["wechat", "", "xiaohongshu"], credits.Rows.Select(row => row.Key));
        AssertRow(credits.Rows[0], 12 / 11.0, 6 / 11.0, ("CNY", 600m), ("USD", 6m));
        AssertRow(credits.Rows[1], 6 / 11.0, 3 / 11.0, ("CNY", 300m), ("USD", 3m));
        AssertRow(credits.Rows[2], 4 / 11.0, 2 / 11.0, ("CNY", 200m), ("USD", 2m));
    }

    [Fact]
    public void Nothing_gives_nothing() => Assert.All(AttributionModels.All, model =>
    {
        var tally = new CreditTally(model, PathSamples.Week);
        tally.AddUnconverted(["a"]);
        tally.Add(PathSamples.Of());
        var credits = tally.ToCredits();
        Assert.Equal((1, 1), (credits.Conversions, credits.Unattributed));
        Assert.Empty(credits.Rows);
    });

    [Fact]
    public void A_half_life_is_above_0() => Assert.Throws<ArgumentOutOfRangeException>(() => new CreditTally(AttributionModel.Linear, TimeSpan.Zero));

    [Fact]
    public void Credits_are_those_of_the_definitions_and_add_up()
    {
        for (var seed = 0; seed < Scale.Of(10_000); seed++)
        {
            var random = new Random(seed);
            var keys = random.Next(1, 7);
            var halfLife = TimeSpan.FromDays(random.Next(1, 15));
            var paths = Enumerable.Range(0, random.Next(12)).Select(_ => PathSamples.Wild(random, keys)).ToList();
            var values = paths.Select(_ => (Currency: random.Next(4) switch { 0 => null, 1 => "USD", _ => "CNY" }, Value: random.Next(1_000_000) / 100m)).ToList();
            var unconverted = Enumerable.Range(0, random.Next(6))
                .Select(_ => (PathSamples.Wild(random, keys).Touches.Select(touch => touch.Key).ToArray(), random.Next(1, 4))).Where(path => path.Item1.Length > 0).ToList();
            foreach (var model in AttributionModels.All)
            {
                var tally = new CreditTally(model, halfLife);
                foreach (var (path, (currency, value)) in paths.Zip(values))
                    tally.Add(path, currency, value);
                foreach (var (path, journeys) in unconverted)
                    tally.AddUnconverted(path, journeys);
                var credits = tally.ToCredits();

                var slow = SlowModels.Credits(model, paths, unconverted, halfLife);
                var rows = credits.Rows.ToDictionary(row => row.Key);
                Assert.All(slow, credit => Assert.Equal(credit.Value, rows.GetValueOrDefault(credit.Key)?.Conversions ?? 0, 1e-9));
                Assert.Empty(rows.Keys.Except(slow.Keys));
                AssertAddsUp(credits, paths, values);
            }
        }
    }

    /// <summary>As many keys as brute force can bear.</summary>
    [Fact]
    public void Shapley_is_exact_for_twelve_keys()
    {
        var random = new Random(7);
        var keys = Enumerable.Range(0, 12).Select(i => $"k{i}").ToArray();
        var paths = Enumerable.Range(0, 300).Select(_ => PathSamples.Of(keys.Where(_ => random.Next(3) == 0).Append(keys[random.Next(12)]))).ToList();
        var tally = new CreditTally(AttributionModel.Shapley, PathSamples.Week);
        foreach (var path in paths)
            tally.Add(path);
        var slow = SlowModels.Shapley(keys, [.. paths.Select(path => path.Touches.Select(touch => touch.Key).ToHashSet())]);
        Assert.All(tally.ToCredits().Rows, row => Assert.Equal(slow[row.Key], row.Conversions, 1e-9));
    }

    [Fact]
    public void A_hundred_thousand_conversions_add_up() => Assert.All(AttributionModels.All, model =>
    {
        var random = new Random(7);
        var paths = Enumerable.Range(0, Scale.Of(100_000)).Select(_ => PathSamples.Wild(random, 40)).ToList();
        var values = paths.Select(_ => (Currency: (string?)"CNY", Value: random.Next(1_000_000) / 100m)).ToList();
        var tally = new CreditTally(model, PathSamples.Week);
        foreach (var (path, (currency, value)) in paths.Zip(values))
            tally.Add(path, currency, value);
        AssertAddsUp(tally.ToCredits(), paths, values);
    });

    private static void AssertAddsUp(Credits credits, List<ConversionPath> paths, List<(string? Currency, decimal Value)> values)
    {
        Assert.Equal(paths.Count, credits.Conversions);
        Assert.Equal(paths.Count(path => path.Touches.Count == 0), credits.Unattributed);
        Assert.Equal(credits.Conversions, credits.Rows.Sum(row => row.Conversions) + credits.Unattributed, 1e-9 * Math.Max(1, credits.Conversions));
        if (credits.Rows.Count > 0)
            Assert.Equal(1, credits.Rows.Sum(row => row.Share), 1e-9);
        foreach (var currency in values.Select(value => value.Currency).OfType<string>().Distinct())
        {
            var all = values.Where(value => value.Currency == currency).Sum(value => value.Value);
            Assert.Equal(all, credits.Value[currency]);
            var credited = credits.Rows.Sum(row => row.Value.GetValueOrDefault(currency)) + credits.UnattributedValue.GetValueOrDefault(currency);
            Assert.InRange(credited - all, -1e-9m * all, 1e-9m * all);
        }
    }

    private static void AssertRow(CreditRow row, double conversions, double share, params (string Currency, decimal Value)[] values)
    {
        Assert.Equal(conversions, row.Conversions, 1e-12);
        Assert.Equal(share, row.Share, 1e-12);
        Assert.Equal(values.Select(value => value.Currency).Order(), row.Value.Keys.Order());
        Assert.All(values, value => Assert.InRange(row.Value[value.Currency] - value.Value, -1e-9m, 1e-9m));
    }
}
