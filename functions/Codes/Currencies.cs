using System.Globalization;

namespace ShareLinks.Codes;

/// <summary>How many decimals the amounts of a currency have (ISO 4217, list one of 2026). Thread-safe.</summary>
public static class Currencies
{
    /// <summary>0 to 4; 2 for a currency that is not known.</summary>
    /// <param name="currency">Three capital letters, such as <c>CNY</c>.</param>
    public static int Decimals(string currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "UYI" or "VND" or "VUV" or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        "CLF" or "UYW" => 4,
        _ => 2,
    };

    /// <summary>An amount rounded to what there are coins for, half away from zero.</summary>
    public static decimal Round(decimal amount, string currency) => decimal.Round(amount, Decimals(currency), MidpointRounding.AwayFromZero);

    /// <summary>An amount with all its currency's decimals, for programs: <c>2399.00</c>, <c>19.500</c> for KWD, <c>2399</c> for JPY.</summary>
    public static string Exact(decimal amount, string currency) =>
        Round(amount, currency).ToString("F" + Decimals(currency).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>An amount for people: as <see cref="Exact"/>, but without decimals when it is whole.</summary>
    public static string Short(decimal amount, string currency) =>
        Round(amount, currency) is var rounded && decimal.IsInteger(rounded) ? rounded.ToString("F0", CultureInfo.InvariantCulture) : Exact(amount, currency);
}
