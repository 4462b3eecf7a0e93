using ShareLinks.Attribution;

namespace ShareLinks.Tests.Attribution;

/// <summary>The models from their definitions, written without regard to time: what the product's credits are held against.</summary>
internal static class SlowModels
{
    /// <summary>The credit of each key for all conversions of paths that have touches.</summary>
    public static Dictionary<string, double> Credits(
        AttributionModel model, IReadOnlyList<ConversionPath> paths, IReadOnlyList<(string[] Keys, int Journeys)> unconverted, TimeSpan halfLife)
    {
        var touched = paths.Where(path => path.Touches.Count > 0).ToList();
        var keys = touched.SelectMany(path => path.Touches).Select(touch => touch.Key).Concat(unconverted.SelectMany(path => path.Keys)).Distinct().ToArray();
        return model switch
        {
            AttributionModel.Markov => Markov(keys, touched, unconverted),
            AttributionModel.Shapley => Shapley(keys, [.. touched.Select(path => path.Touches.Select(touch => touch.Key).ToHashSet())]),
            _ => keys.ToDictionary(key => key, key => touched.Sum(path => Rule(model, path, key, halfLife))),
        };
    }

    /// <summary>P(conversion) by following a cohort of one through the chain, until less than 10⁻¹⁵ of it is under way; those who come to <paramref name="without"/> are lost.</summary>
    public static double ConversionProbability(IReadOnlyList<(string[] Keys, int Conversions, int Unconverted)> journeys, string? without)
    {
        var counts = new Dictionary<string, Dictionary<string, double>>();
        foreach (var (keys, conversions, unconverted) in journeys)
        {
            string[] steps = ["^", .. keys.Select(key => "k" + key)];
            for (var i = 0; i + 1 < steps.Length; i++)
                Count(steps[i], steps[i + 1], conversions + unconverted);
            Count(steps[^1], "$", conversions);
            Count(steps[^1], "0", unconverted);
        }
        var cohort = new Dictionary<string, double> { ["^"] = 1 };
        var converted = 0.0;
        while (cohort.Values.Sum() > 1e-15)
        {
            var next = new Dictionary<string, double>();
            foreach (var (at, part) in cohort)
            {
                var total = counts[at].Values.Sum();
                foreach (var (to, count) in counts[at])
                {
                    if (to == "$")
                        converted += part * count / total;
                    else if (to != "0" && (without is null || to != "k" + without))
                        next[to] = next.GetValueOrDefault(to) + part * count / total;
                }
            }
            cohort = next;
        }
        return converted;

        void Count(string from, string to, double count)
        {
            if (count == 0)
                return;
            counts.TryAdd(from, []);
            counts[from][to] = counts[from].GetValueOrDefault(to) + count;
        }
    }

    /// <summary>φ by its definition, over all subsets of all keys, for v(S) = the conversions whose keys are all in S.</summary>
    public static Dictionary<string, double> Shapley(string[] keys, IReadOnlyList<HashSet<string>> conversions)
    {
        var sets = conversions.Select(set => keys.Select((key, bit) => set.Contains(key) ? 1 << bit : 0).Sum()).GroupBy(set => set).ToList();
        var worth = Enumerable.Range(0, 1 << keys.Length).Select(subset => sets.Where(set => (set.Key & ~subset) == 0).Sum(set => set.Count())).ToArray();
        var values = new Dictionary<string, double>();
        for (var player = 0; player < keys.Length; player++)
        {
            var sum = 0.0;
            for (var subset = 0; subset < worth.Length; subset++)
            {
                if ((subset & (1 << player)) != 0)
                    continue;
                var size = int.PopCount(subset);
                sum += Factorial(size) * Factorial(keys.Length - size - 1) / Factorial(keys.Length) * (worth[subset | (1 << player)] - worth[subset]);
            }
            values[keys[player]] = sum;
        }
        return values;
    }

    private static double Factorial(int n) => n == 0 ? 1 : n * Factorial(n - 1);

    private static Dictionary<string, double> Markov(string[] keys, List<ConversionPath> paths, IReadOnlyList<(string[] Keys, int Journeys)> unconverted)
    {
        List<(string[], int, int)> journeys = [.. paths.Select(path => (path.Touches.Select(touch => touch.Key).ToArray(), 1, 0)), .. unconverted.Select(path => (path.Keys, 0, path.Journeys))];
        if (paths.Count == 0)
            return [];
        var all = ConversionProbability(journeys, null);
        var effects = keys.ToDictionary(key => key, key => 1 - ConversionProbability(journeys, key) / all);
        return effects.ToDictionary(effect => effect.Key, effect => effect.Value / effects.Values.Sum() * paths.Count);
    }

    private static double Rule(AttributionModel model, ConversionPath path, string key, TimeSpan halfLife)
    {
        var touches = path.Touches.ToList();
        double Power(PathTouch touch) => Math.Pow(0.5, (path.At - touch.At) / halfLife.TotalMilliseconds);
        double Position(int place) => touches.Count switch
        {
            1 => 1,
            2 => 0.5,
            _ => place == 0 || place == touches.Count - 1 ? 0.4 : 0.2 / (touches.Count - 2),
        };
        return model switch
        {
            AttributionModel.FirstTouch => touches.First().Key == key ? 1 : 0,
            AttributionModel.LastTouch => touches.Last().Key == key ? 1 : 0,
            AttributionModel.LastNonDirect => (touches.Any(touch => !touch.IsDirect) ? touches.Last(touch => !touch.IsDirect) : touches.Last()).Key == key ? 1 : 0,
            AttributionModel.Linear => touches.Count(touch => touch.Key == key) / (double)touches.Count,
            AttributionModel.TimeDecay => touches.Where(touch => touch.Key == key).Sum(Power) / touches.Sum(Power),
            AttributionModel.PositionBased => touches.Select((touch, place) => touch.Key == key ? Position(place) : 0).Sum(),
            _ => throw new ArgumentOutOfRangeException(nameof(model)),
        };
    }
}
