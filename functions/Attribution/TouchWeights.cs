using System.Runtime.InteropServices;

namespace ShareLinks.Attribution;

/// <summary>Divides one conversion among the touches of its path.</summary>
/// <remarks>
/// With touches 1 to n at times τ and a half-life h:
/// <list type="bullet">
/// <item>first touch, last touch: all to the one;</item>
/// <item>last non-direct: all to the last touch that is not direct, or to the last when all are;</item>
/// <item>linear: 1/n each;</item>
/// <item>time decay: in proportion to 2^(−(T − τ)/h). The time T of the conversion cancels out, so ages count from the last touch: its power is 1, and older ones vanish without a sum of 0;</item>
/// <item>position based: 0.4 to the first, 0.4 to the last and 0.2 to all between; halves of two;</item>
/// <item>Shapley: equal parts to the different keys of the path, and equal parts of these to the touches of each key.</item>
/// </list>
/// <para>The last is the Shapley value of the game whose players are the keys and in which v(S) counts the conversions whose keys are all in S:
/// the "simplified Shapley value" of Zhao, Mahboobi and Bagheri, "Shapley Value Methods for Attribution Modeling in Online Advertising", 2018
/// (arXiv:1804.05327), which Google's Ads Data Hub uses. v is a sum of one unanimity game for each conversion, and the Shapley value, being linear,
/// the sum of theirs: equal parts to the keys of the set. So it is exact for any number of keys in one pass, without enumeration or sampling.
/// Journeys without a conversion have no part in v. It describes the recorded journeys and does not prove cause.</para>
/// </remarks>
internal static class TouchWeights
{
    private const double EndWeight = 0.4;

    /// <summary>The weights of a path's touches in their order: 0 to 1 each, with a sum of 1 to within 10⁻¹²; none for a path without touches.</summary>
    /// <param name="model">Any but Markov, which weighs the keys of many paths: see <see cref="AttributionModels.WeighsTouches"/>.</param>
    /// <param name="path">The conversion.</param>
    /// <param name="halfLife">The age at which a touch counts half, above 0; only time decay looks at it.</param>
    public static double[] Of(AttributionModel model, ConversionPath path, TimeSpan halfLife)
    {
        var touches = path.Touches;
        var weights = new double[touches.Count];
        if (weights.Length == 0)
            return weights;
        switch (model)
        {
            case AttributionModel.FirstTouch:
                weights[0] = 1;
                break;
            case AttributionModel.LastTouch:
                weights[^1] = 1;
                break;
            case AttributionModel.LastNonDirect:
                weights[LastNonDirect(touches)] = 1;
                break;
            case AttributionModel.Linear:
                Array.Fill(weights, 1.0 / weights.Length);
                break;
            case AttributionModel.TimeDecay:
                Decay(touches, halfLife, weights);
                break;
            case AttributionModel.PositionBased:
                WeighPositions(weights);
                break;
            case AttributionModel.Shapley:
                ShareByKeys(touches, weights);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(model), model, "The model has no weights for a single path.");
        }
        return weights;
    }

    private static int LastNonDirect(IReadOnlyList<PathTouch> touches)
    {
        for (var i = touches.Count - 1; i >= 0; i--)
        {
            if (!touches[i].IsDirect)
                return i;
        }
        return touches.Count - 1;
    }

    private static void Decay(IReadOnlyList<PathTouch> touches, TimeSpan halfLife, double[] weights)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(halfLife, TimeSpan.Zero);
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            sum += weights[i] = double.Exp2((touches[i].At - touches[^1].At) / halfLife.TotalMilliseconds);
        for (var i = 0; i < weights.Length; i++)
            weights[i] /= sum;
    }

    private static void WeighPositions(double[] weights)
    {
        if (weights.Length <= 2)
        {
            Array.Fill(weights, 1.0 / weights.Length);
            return;
        }
        Array.Fill(weights, (1 - 2 * EndWeight) / (weights.Length - 2));
        weights[0] = weights[^1] = EndWeight;
    }

    private static void ShareByKeys(IReadOnlyList<PathTouch> touches, double[] weights)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < weights.Length; i++)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, touches[i].Key, out _)++;
        for (var i = 0; i < weights.Length; i++)
            weights[i] = 1.0 / counts.Count / counts[touches[i].Key];
    }
}
