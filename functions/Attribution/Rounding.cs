namespace ShareLinks.Attribution;

/// <summary>Numbers as answers show them: credits are sums of many parts, whose last digits say nothing.</summary>
internal static class Rounding
{
    private const int Decimals = 9;
    private const int WeightDecimals = 12;

    public static double Of(double number) => Math.Round(number, Decimals);

    /// <summary>A weight keeps more of its digits, since values are multiplied by it.</summary>
    public static double OfWeight(double weight) => Math.Round(weight, WeightDecimals);

    /// <summary>An amount without zeros at its end.</summary>
    public static decimal Of(decimal amount) => decimal.Round(amount, Decimals) / 1.0000000000000000000000000000m;

    /// <summary>Amounts by currency, in the currencies' order.</summary>
    public static IReadOnlyDictionary<string, decimal> Of(IEnumerable<KeyValuePair<string, decimal>> value) =>
        new SortedDictionary<string, decimal>(value.ToDictionary(amount => amount.Key, amount => Of(amount.Value)), StringComparer.Ordinal);
}
