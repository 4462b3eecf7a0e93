using System.Runtime.InteropServices;

namespace ShareLinks.Attribution;

/// <summary>What a key meant to a Markov chain's conversions.</summary>
/// <param name="Key">A key, or <see cref="MarkovChain.OtherKey"/>.</param>
/// <param name="Effect">The part of all conversions that the chain loses without the key: above 0 when a path with the key led to a conversion, at most 1.</param>
/// <param name="Share">The effect's part of the sum of all effects; these add up to 1.</param>
internal readonly record struct RemovalEffect(string Key, double Effect, double Share);

/// <summary>The first-order Markov chain that journeys make of their keys, between a start, a conversion and an end without one (null).</summary>
/// <remarks>
/// <para>The removal effect of a key c is RE(c) = 1 − P(conversion, when every path that comes to c ends without one) / P(conversion): Anderl, Becker,
/// von Wangenheim and Schumann, "Mapping the customer journey: Lessons learned from graph-based online attribution modeling", 2016
/// (doi 10.1016/j.ijresmar.2016.03.001). It describes the recorded journeys and does not prove cause.</para>
/// <para>What is lost without c is what passes through it, so RE(c) = P(c is reached) × P(conversion from c) / P(conversion), and with the
/// expected visits N = (I − Q)⁻¹ of the absorbing chain, P(c is reached) = N(start, c) / N(c, c). One inverse therefore answers for all keys, and no
/// difference of near numbers is taken.</para>
/// <para>Touches of one key in a row are one: staying where one is changes no probability of getting anywhere. Journeys are kept as counts of
/// transitions, so memory grows with the pairs of neighbouring keys. Not thread-safe.</para>
/// </remarks>
internal sealed class MarkovChain
{
    /// <summary>Keys that the chain tells apart. Solving takes time with their cube, a tenth of a second or two for 500, and 2 MB.</summary>
    public const int MaxKeys = 500;

    /// <summary>Stands for all others when there are more keys than <see cref="MaxKeys"/>. No value is called so: none has control characters.</summary>
    public const string OtherKey = "\0";

    private const int Start = -1;
    private const int Conversion = -2;
    private const int Null = -3;

    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string> keys = [];
    private readonly Dictionary<(int From, int To), long> transitions = [];

    /// <summary>Adds all journeys that went the same way.</summary>
    /// <param name="path">Their keys in order; without any there is nothing to add.</param>
    /// <param name="conversions">How many ended with a conversion.</param>
    /// <param name="unconverted">How many ended without one.</param>
    public void Add(IEnumerable<string> path, long conversions, long unconverted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(conversions);
        ArgumentOutOfRangeException.ThrowIfNegative(unconverted);
        if (conversions + unconverted == 0)
            return;
        var from = Start;
        foreach (var key in path)
        {
            var to = NumberOf(key);
            if (to == from)
                continue;
            Count(from, to, conversions + unconverted);
            from = to;
        }
        if (from == Start)
            return;
        if (conversions > 0)
            Count(from, Conversion, conversions);
        if (unconverted > 0)
            Count(from, Null, unconverted);
    }

    /// <summary>The removal effects of all keys, in the ordinal order of the keys; none when nothing was converted.</summary>
    /// <remarks>
    /// When any path led to a conversion its first key has an effect above 0, so shares always exist. Beyond <see cref="MaxKeys"/> keys, those that
    /// were come to least often, and of equal ones the last in ordinal order, are one key <see cref="OtherKey"/>, as if the journeys had named it.
    /// </remarks>
    public IReadOnlyList<RemovalEffect> Solve()
    {
        var (states, stateOf) = States();
        var count = states.Count;
        var fromStart = new double[count];
        var toConversion = new double[count];
        var exits = new double[count];
        var visits = new double[count][];
        for (var state = 0; state < count; state++)
            visits[state] = new double[count];
        foreach (var ((from, to), journeys) in transitions)
        {
            if (from == Start)
            {
                fromStart[stateOf[to]] += journeys;
                continue;
            }
            var state = stateOf[from];
            if (to >= 0 && stateOf[to] == state)
                continue;
            exits[state] += journeys;
            if (to >= 0)
                visits[state][stateOf[to]] -= journeys;
            else if (to == Conversion)
                toConversion[state] += journeys;
        }
        var started = fromStart.Sum();
        for (var state = 0; state < count; state++)
        {
            fromStart[state] /= started;
            toConversion[state] /= exits[state];
            for (var to = 0; to < count; to++)
                visits[state][to] /= exits[state];
            visits[state][state] = 1;
        }
        Invert(visits);

        var conversionFrom = new double[count];
        var visitsFromStart = new double[count];
        for (var from = 0; from < count; from++)
        {
            for (var to = 0; to < count; to++)
            {
                conversionFrom[from] += visits[from][to] * toConversion[to];
                visitsFromStart[to] += fromStart[from] * visits[from][to];
            }
        }
        var conversion = 0.0;
        for (var state = 0; state < count; state++)
            conversion += fromStart[state] * conversionFrom[state];
        if (conversion == 0)
            return [];
        var effects = new double[count];
        for (var state = 0; state < count; state++)
            effects[state] = visitsFromStart[state] / visits[state][state] * conversionFrom[state] / conversion;
        var sum = effects.Sum();
        return [.. states.Select((key, state) => new RemovalEffect(key, effects[state], effects[state] / sum))];
    }

    /// <summary>The chain's keys in ordinal order, and where each number stands among them.</summary>
    private (List<string> States, int[] StateOf) States()
    {
        var names = new string[keys.Count];
        Array.Fill(names, OtherKey);
        var told = Enumerable.Range(0, keys.Count);
        if (keys.Count > MaxKeys)
        {
            var arrivals = new long[keys.Count];
            foreach (var ((_, to), journeys) in transitions)
            {
                if (to >= 0)
                    arrivals[to] += journeys;
            }
            told = told.OrderByDescending(number => arrivals[number]).ThenBy(number => keys[number], StringComparer.Ordinal).Take(MaxKeys - 1);
        }
        foreach (var number in told)
            names[number] = keys[number];
        List<string> states = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return (states, [.. names.Select(name => states.BinarySearch(name, StringComparer.Ordinal))]);
    }

    /// <summary>Inverts I − Q in its place by Gauss–Jordan elimination.</summary>
    /// <remarks>
    /// Pivots stay on the diagonal: the matrix is diagonally dominant by rows, for which elimination is stable without exchanges (Higham, "Accuracy
    /// and Stability of Numerical Algorithms", 2002, section 9.5), and none is 0, since every journey ends.
    /// </remarks>
    private static void Invert(double[][] matrix)
    {
        for (var pivot = 0; pivot < matrix.Length; pivot++)
        {
            var pivotRow = matrix[pivot];
            var scale = 1 / pivotRow[pivot];
            pivotRow[pivot] = 1;
            for (var column = 0; column < pivotRow.Length; column++)
                pivotRow[column] *= scale;
            foreach (var row in matrix)
            {
                var factor = row[pivot];
                if (row == pivotRow || factor == 0)
                    continue;
                row[pivot] = 0;
                for (var column = 0; column < row.Length; column++)
                    row[column] -= factor * pivotRow[column];
            }
        }
    }

    private int NumberOf(string key)
    {
        if (!numbers.TryGetValue(key, out var number))
        {
            numbers.Add(key, number = keys.Count);
            keys.Add(key);
        }
        return number;
    }

    private void Count(int from, int to, long journeys) => CollectionsMarshal.GetValueRefOrAddDefault(transitions, (from, to), out _) += journeys;
}
