using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Answers how many came how far by a subject's links, after counting what is new: clicks from statistics, events from their paths.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class FunnelQuestions(FreshFold fold, StatsTable stats, SubjectConversions conversions, ReportingZone zone)
{
    /// <summary>The step that is clicks; an event type of this name can't be one.</summary>
    public const string ClickStep = "click";

    private const string StepsNote =
        "Each step is counted for itself on these days: one person's clicks may be several for one event, and an event's clicks may be of earlier days.";

    private const string SubjectsNote =
        "Events count for every subject on which they have a touch within the look-back, so the counts of several subjects may add up to more than there are events.";

    /// <param name="subjects">The subjects that the question is about, together.</param>
    /// <param name="name">As the caller named them.</param>
    /// <param name="range">The days.</param>
    /// <param name="steps"><see cref="ClickStep"/> and types of events.</param>
    /// <param name="lookbackDays">How long before an event a touch may be.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<FunnelAnswer> AskAsync(
        IReadOnlyList<Subject> subjects, string name, DayRange range, IReadOnlyList<string> steps, int lookbackDays, CancellationToken cancellationToken)
    {
        var state = await fold.StateAsync(cancellationToken);
        var counted = new List<FunnelStep>();
        foreach (var step in steps)
        {
            var count = state is null || subjects.Count == 0 ? 0
                : step == ClickStep ? await ClicksAsync(state.Generation, subjects, range, cancellationToken)
                : (await conversions.CountAsync(state.Generation, step, subjects, range, TimeSpan.FromDays(lookbackDays), cancellationToken)).Events;
            counted.Add(counted is [var first, ..]
                ? new FunnelStep(step, count, Ratio(count, counted[^1].Count), Ratio(count, first.Count))
                : new FunnelStep(step, count, 1, 1));
        }
        return new FunnelAnswer(name, range.From, range.To, zone.Id, lookbackDays, counted, [StepsNote, SubjectsNote], state?.CompleteThrough);
    }

    private static double? Ratio(long count, long to) => to == 0 ? null : Rounding.Of((double)count / to);

    private async Task<long> ClicksAsync(int generation, IReadOnlyList<Subject> subjects, DayRange range, CancellationToken cancellationToken)
    {
        var clicks = 0L;
        foreach (var subject in subjects)
            clicks += (await stats.ReadAsync(generation, subject, range.From, range.To, withVisitors: false, cancellationToken)).Sum(day => day.Stats.Clicks);
        return clicks;
    }
}
