namespace ShareLinks.Simulation;

/// <summary>A random number generator with a seed. Not thread-safe.</summary>
internal sealed class Dice(int seed)
{
    private readonly Random random = new(seed);

    /// <summary>Returns dice for one purpose, which draws for other purposes do not affect.</summary>
    public Dice Split() => new(random.Next());

    /// <summary>From 0, below 1.</summary>
    public double Next() => random.NextDouble();

    /// <summary>From 0, below the limit.</summary>
    public int Next(int limit) => random.Next(limit);

    /// <summary>From 0, below the limit; low numbers are more frequent: the lowest quarter gets half of all draws.</summary>
    public int NextLow(int limit) => (int)(limit * Math.Pow(random.NextDouble(), 2));

    public bool Chance(double probability) => random.NextDouble() < probability;

    public double Between(double from, double to) => from + (to - from) * random.NextDouble();

    public TimeSpan Between(TimeSpan from, TimeSpan to) => from + (to - from) * random.NextDouble();

    public T Pick<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

    /// <summary>A log-normal number: half are below the median, and a few are many times as high.</summary>
    public double LogNormal(double median, double sigma) =>
        median * Math.Exp(sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()));

    public TimeSpan LogNormal(TimeSpan median, double sigma) => median * LogNormal(1, sigma);
}

/// <summary>Values that are drawn with different weights. Thread-safe.</summary>
internal sealed class Weighted<T>
{
    private readonly T[] values;
    private readonly double[] sums;

    /// <param name="values">One value or more.</param>
    /// <param name="weight">The relative frequency of a value; 0 or more.</param>
    public Weighted(IEnumerable<T> values, Func<T, double> weight)
    {
        this.values = [.. values];
        sums = new double[this.values.Length];
        var sum = 0.0;
        for (var i = 0; i < sums.Length; i++)
            sums[i] = sum += weight(this.values[i]);
    }

    public T Pick(Dice dice)
    {
        var found = Array.BinarySearch(sums, dice.Next() * sums[^1]);
        return values[Math.Min(found < 0 ? ~found : found + 1, values.Length - 1)];
    }
}
