using ShareLinks.Journeys;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Counts the events that a subject's links had a part in, after counting what is new. Thread-safe.</summary>
internal sealed class SubjectConversions(FreshFold fold, PathTable paths, ReportingZone zone)
{
    /// <summary>How long before an event a touch may be, as by default in every question.</summary>
    public static readonly TimeSpan LookBack = TimeSpan.FromDays(7);

    /// <summary>The events of a type on some days that were not taken back, and what they are worth.</summary>
    /// <param name="type">Their type.</param>
    /// <param name="subjects">Those with a touch on one of these; null for all events.</param>
    /// <param name="range">The days.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<(long Events, IReadOnlyDictionary<string, decimal> Value)> CountAsync(string type, IReadOnlyList<Subject>? subjects, DayRange range, CancellationToken cancellationToken)
    {
        var (events, value) = (0L, new Dictionary<string, decimal>(StringComparer.Ordinal));
        if (await fold.StateAsync(cancellationToken) is not { } state)
            return (events, value);
        await foreach (var (conversion, touches) in paths.ReadAsync(state.Generation, type, zone.Day(range.From).StartsAt, zone.Day(range.To).StartsAt, cancellationToken))
        {
            if (conversion.IsCancelled || (subjects is not null && !touches.Any(touch =>
                touch.At >= conversion.At - LookBack && touch.Click is { } click && subjects.Any(subject => subject.Covers(click.Link)))))
            {
                continue;
            }
            events++;
            if (conversion is { Value: not null, Currency: { } currency })
                value[currency] = value.GetValueOrDefault(currency) + conversion.NetValue;
        }
        return (events, value);
    }
}
