using ShareLinks.Attribution;

namespace ShareLinks.Tests.Attribution;

public class TouchWeightsTests
{
    /// <summary>Worked by hand; the same table stands in docs/attribution.md.</summary>
    [Theory]
    [InlineData(nameof(AttributionModel.FirstTouch), 1.0, 0.0, 0.0, 0.0)]
    [InlineData(nameof(AttributionModel.LastTouch), 0.0, 0.0, 0.0, 1.0)]
    [InlineData(nameof(AttributionModel.LastNonDirect), 0.0, 0.0, 1.0, 0.0)]
    [InlineData(nameof(AttributionModel.Linear), 0.25, 0.25, 0.25, 0.25)]
    [InlineData(nameof(AttributionModel.TimeDecay), 1 / 15.0, 2 / 15.0, 4 / 15.0, 8 / 15.0)]
    [InlineData(nameof(AttributionModel.PositionBased), 0.4, 0.1, 0.1, 0.4)]
    [InlineData(nameof(AttributionModel.Shapley), 1 / 6.0, 1 / 3.0, 1 / 6.0, 1 / 3.0)]
    public void The_example_is_weighed_as_worked_by_hand(string model, params double[] expected) =>
        AssertWeights(expected, Weights(Enum.Parse<AttributionModel>(model), PathSamples.Example));

    [Fact]
    public void A_single_touch_gets_everything() =>
        Assert.All(WeighingModels(), model => Assert.Equal([1.0], Weights(model, PathSamples.Of("a"))));

    [Fact]
    public void A_path_without_touches_has_no_weights() =>
        Assert.All(WeighingModels(), model => Assert.Empty(Weights(model, PathSamples.Of())));

    [Fact]
    public void Two_touches_have_equal_positions() => Assert.Equal([0.5, 0.5], Weights(AttributionModel.PositionBased, PathSamples.Of("a", "b")));

    [Fact]
    public void Positions_between_share_a_fifth() =>
        AssertWeights([0.4, 0.2, 0.4], Weights(AttributionModel.PositionBased, PathSamples.Of("a", "b", "c")));

    [Fact]
    public void When_all_touches_are_direct_the_last_counts() =>
        Assert.Equal([0, 0, 1], Weights(AttributionModel.LastNonDirect, PathSamples.Of("", "", "")));

    [Fact]
    public void Of_touches_at_the_same_time_the_one_given_first_is_the_first()
    {
        Assert.Equal([1, 0, 0], Weights(AttributionModel.FirstTouch, PathSamples.Of("b", "a", "c")));
        Assert.Equal([0, 0, 1], Weights(AttributionModel.LastTouch, PathSamples.Of("b", "a", "c")));
    }

    [Fact]
    public void The_time_between_the_last_touch_and_the_conversion_decays_nothing()
    {
        var later = new ConversionPath(PathSamples.Now + 20 * PathSamples.DayMs, PathSamples.Example.Touches);
        Assert.Equal(Weights(AttributionModel.TimeDecay, PathSamples.Example), Weights(AttributionModel.TimeDecay, later));
    }

    [Fact]
    public void Ninety_days_of_one_minute_half_lives_leave_the_last_touch()
    {
        // 2^−129,600 is 0, and would be for every touch if ages counted from the conversion.
        var path = new ConversionPath(PathSamples.Now, [
            new PathTouch(PathSamples.Now - 90 * PathSamples.DayMs, "a", false), new PathTouch(PathSamples.Now - 89 * PathSamples.DayMs, "b", false)]);
        Assert.Equal([0, 1], TouchWeights.Of(AttributionModel.TimeDecay, path, TimeSpan.FromMinutes(1)));
        Assert.Equal([0, 1], TouchWeights.Of(AttributionModel.TimeDecay, path, TimeSpan.FromTicks(1)));
        AssertWeights([0.5, 0.5], TouchWeights.Of(AttributionModel.TimeDecay, path, TimeSpan.MaxValue), 1e-6);
    }

    [Fact]
    public void A_half_life_is_above_0() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TouchWeights.Of(AttributionModel.TimeDecay, PathSamples.Example, TimeSpan.Zero));

    [Fact]
    public void Markov_weighs_no_single_path() => Assert.Throws<ArgumentOutOfRangeException>(() => Weights(AttributionModel.Markov, PathSamples.Example));

    [Fact]
    public void Weights_sum_to_1()
    {
        var random = new Random(7);
        for (var touches = 1; touches <= 1000; touches += 9)
        {
            var path = new ConversionPath(PathSamples.Now, Enumerable.Range(0, touches)
                .Select(_ => new PathTouch(PathSamples.Now - random.NextInt64(90 * PathSamples.DayMs), $"k{random.Next(12)}", random.Next(2) == 0)).ToList());
            foreach (var model in WeighingModels())
            {
                var weights = Weights(model, path);
                Assert.Equal(touches, weights.Length);
                Assert.All(weights, weight => Assert.InRange(weight, 0, 1));
                Assert.Equal(1, weights.Sum(), 1e-12);
            }
        }
    }

    private static IEnumerable<AttributionModel> WeighingModels() => AttributionModels.All.Where(model => model.WeighsTouches());

    private static double[] Weights(AttributionModel model, ConversionPath path) => TouchWeights.Of(model, path, PathSamples.Week);

    private static void AssertWeights(double[] expected, double[] actual, double tolerance = 1e-15)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }
}
