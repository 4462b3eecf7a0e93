using System.Globalization;

namespace ShareLinks.Benchmarks;

/// <summary>What reports are written with.</summary>
internal static class Markdown
{
    public static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>The middle of some figures, and the least and the most of them.</summary>
    public static string Spread(IReadOnlyCollection<double> values) => string.Create(CultureInfo.InvariantCulture, $"{Median(values):F0} ({values.Min():F0}–{values.Max():F0})");
}
