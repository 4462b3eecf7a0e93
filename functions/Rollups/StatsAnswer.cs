using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Rollups;

/// <summary>What a subject brought.</summary>
/// <param name="Subject">As requested.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="TimeZone">Whose days they are.</param>
/// <param name="CompleteThrough">Every click that was stored before this moment is counted; null when there never was one.</param>
/// <param name="Total">All days together.</param>
/// <param name="By">What the rows tell apart.</param>
/// <param name="Rows">Days and hours in their order, others by clicks.</param>
/// <param name="Notes">What to know when reading the figures.</param>
public sealed record StatsAnswer(
    string Subject, DateOnly From, DateOnly To, string TimeZone, DateTimeOffset? CompleteThrough, StatsTotal Total, string By, IReadOnlyList<StatsRow> Rows,
    IReadOnlyList<string> Notes);

/// <param name="Clicks">Openings by people that led somewhere.</param>
/// <param name="Visitors">People, each once a day; estimated (0.8 % standard error) beyond 256 on a day.</param>
/// <param name="Bots">Openings by programs.</param>
/// <param name="Prefetches">Openings by browsers ahead of people.</param>
/// <param name="Misses">Openings by people that led nowhere.</param>
public sealed record StatsTotal(long Clicks, long Visitors, long Bots, long Prefetches, long Misses);

/// <param name="Key">
/// A day, the time an hour begins, or a value; null for clicks without one, <c>(other)</c> for values that were too many to keep apart.
/// </param>
/// <param name="Kind"><c>value</c>, <c>none</c> or <c>other</c>, since a value may be called <c>(other)</c> too; absent for days and hours.</param>
/// <param name="Clicks">Openings by people; for <c>by=action</c> also those that led nowhere.</param>
/// <param name="Visitors">For days only.</param>
public sealed record StatsRow(
    string? Key, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Kind, long Clicks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Visitors = null);

/// <summary>The subjects of one kind with the most clicks.</summary>
/// <param name="Kind">What is ranked.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="TimeZone">Whose days they are.</param>
/// <param name="CompleteThrough">As for statistics.</param>
/// <param name="Approximate">
/// Whether one that is not among the rows may have more clicks than the last: on some day there were more than 500 subjects, of which the rest is not
/// ranked. The rows' clicks are exact all the same.
/// </param>
/// <param name="Rows">The most clicked first.</param>
public sealed record TopAnswer(
    string Kind, DateOnly From, DateOnly To, string TimeZone, DateTimeOffset? CompleteThrough, bool Approximate, IReadOnlyList<TopRow> Rows);

/// <param name="Key">A listing, person, code, channel, campaign or placement; null for a person who was erased.</param>
/// <param name="Clicks">Openings by people that led somewhere.</param>
public sealed record TopRow(string? Key, long Clicks);

[JsonSerializable(typeof(StatsAnswer))]
[JsonSerializable(typeof(TopAnswer))]
internal sealed partial class RollupJson : JsonSerializerContext
{
    public static RollupJson Instance { get; } = new(JsonDefaults.Create());
}
