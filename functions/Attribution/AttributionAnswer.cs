using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Attribution;

/// <summary>What brought the events of one type.</summary>
/// <param name="Subject">As requested: only events with a touch on it that counts.</param>
/// <param name="Event">Their type.</param>
/// <param name="By">What the rows tell apart.</param>
/// <param name="Model">How the credit is divided.</param>
/// <param name="Match"><c>listing</c> when only touches on the event's own listing count, else <c>any</c>.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="TimeZone">Whose days they are.</param>
/// <param name="LookbackDays">How long before an event a touch may be.</param>
/// <param name="HalfLifeDays">The age at which a touch counts half, for <c>time_decay</c>.</param>
/// <param name="Conversions">Events on these days that were not cancelled.</param>
/// <param name="Value">What they are worth after refunds, by currency.</param>
/// <param name="Unattributed">Those to which no touch led: with the rows' they add up to all.</param>
/// <param name="UnattributedValue">What those are worth, by currency.</param>
/// <param name="Rows">The most credited first, <c>(other)</c> at last.</param>
/// <param name="Notes">What to know when reading the figures.</param>
/// <param name="CompleteThrough">Every click and event that was stored before this moment is counted; null when there never was one.</param>
public sealed record AttributionAnswer(
    string Subject, string Event, string By, string Model, string Match, DateOnly From, DateOnly To, string TimeZone, int LookbackDays, double HalfLifeDays,
    long Conversions, IReadOnlyDictionary<string, decimal> Value, long Unattributed, IReadOnlyDictionary<string, decimal> UnattributedValue,
    IReadOnlyList<AttributionRow> Rows, IReadOnlyList<string> Notes, DateTimeOffset? CompleteThrough);

/// <param name="Key">
/// A channel, code, user id, …; null for touches without one; by channel <c>direct</c> for those that came by none; <c>(erased)</c> for people who were
/// erased; <c>(other)</c> for keys that were too many to show.
/// </param>
/// <param name="Kind"><c>value</c>; <c>none</c>, <c>direct</c>, <c>erased</c> or <c>other</c> for the keys above, since a value may be called so too.</param>
/// <param name="Conversions">Its credit, which need not be whole; at most 9 decimals.</param>
/// <param name="Value">Its part of the value, by currency; at most 9 decimals.</param>
/// <param name="Share">Its part of the attributed conversions, 0 to 1.</param>
public sealed record AttributionRow(string? Key, string Kind, double Conversions, IReadOnlyDictionary<string, decimal> Value, double Share);

[JsonSerializable(typeof(AttributionAnswer))]
[JsonSerializable(typeof(EventExplanation))]
internal sealed partial class AttributionJson : JsonSerializerContext
{
    public static AttributionJson Instance { get; } = new(JsonDefaults.Create());
}
