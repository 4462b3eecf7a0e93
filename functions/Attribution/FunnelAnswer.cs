using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Attribution;

/// <summary>How many came how far by a subject's links.</summary>
/// <param name="Subject">As requested.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="TimeZone">Whose days they are.</param>
/// <param name="LookbackDays">How long before an event a touch may be.</param>
/// <param name="Steps">In the requested order.</param>
/// <param name="Notes">What to know when reading the figures.</param>
/// <param name="CompleteThrough">Every click and event that was stored before this moment is counted; null when there never was one.</param>
public sealed record FunnelAnswer(
    string Subject, DateOnly From, DateOnly To, string TimeZone, int LookbackDays, IReadOnlyList<FunnelStep> Steps, IReadOnlyList<string> Notes, DateTimeOffset? CompleteThrough);

/// <param name="Step"><c>click</c>, or a type of events.</param>
/// <param name="Count">Openings by people that led somewhere; of a type the events that were not cancelled and to which a touch on the subject led.</param>
/// <param name="OfPrevious">Its ratio to the step before, at most 9 decimals; null when that is 0; 1 for the first.</param>
/// <param name="OfFirst">Its ratio to the first step.</param>
public sealed record FunnelStep(string Step, long Count, double? OfPrevious, double? OfFirst);

[JsonSerializable(typeof(FunnelAnswer))]
internal sealed partial class FunnelJson : JsonSerializerContext
{
    public static FunnelJson Instance { get; } = new(JsonDefaults.Create());
}
