namespace ShareLinks.Attribution;

/// <summary>The credit that keys have for conversions by one model.</summary>
/// <param name="Conversions">All conversions.</param>
/// <param name="Value">Their value by currency, in the currency's unit.</param>
/// <param name="Unattributed">The conversions without a touch, which are credited to no key.</param>
/// <param name="UnattributedValue">Their value by currency.</param>
/// <param name="Rows">Those that have any credit, the most first, equal ones in the ordinal order of their keys.</param>
/// <remarks>Credits and what is unattributed add up to all: conversions and the value in each currency to within 10⁻⁹ of themselves.</remarks>
internal sealed record Credits(
    long Conversions, IReadOnlyDictionary<string, decimal> Value, long Unattributed, IReadOnlyDictionary<string, decimal> UnattributedValue, IReadOnlyList<CreditRow> Rows);

/// <param name="Key">A value of the requested dimension; empty for none.</param>
/// <param name="Conversions">Its credit, from 0 to all attributed conversions.</param>
/// <param name="Value">Its part of the value by currency, not rounded.</param>
/// <param name="Share">Its part of the attributed conversions; these add up to 1.</param>
internal sealed record CreditRow(string Key, double Conversions, IReadOnlyDictionary<string, decimal> Value, double Share);
