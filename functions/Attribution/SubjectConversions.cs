using ShareLinks.Journeys;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Counts the events that a subject's links had a part in. Thread-safe.</summary>
internal sealed class SubjectConversions(PathTable paths, ReportingZone zone)
{
    /// <summary>The events of a type on some days that were not taken back, and what they are worth.</summary>
    /// <param name="generation">The generation that questions are answered from.</param>
    /// <param name="type">Their type.</param>
    /// <param name="subjects">Those with a touch on one of these; null for all events.</param>
    /// <param name="range">The days.</param>
    /// <param name="lookBack">How long before an event a touch may be.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<(long Events, IReadOnlyDictionary<string, decimal> Value)> CountAsync(
        int generation, string type, IReadOnlyList<Subject>? subjects, DayRange range, TimeSpan lookBack, CancellationToken cancellationToken)
    {
        var (events, value) = (0L, new Dictionary<string, decimal>(StringComparer.Ordinal));
        await foreach (var (conversion, touches) in paths.ReadAsync(generation, type, zone.Day(range.From).StartsAt, zone.Day(range.To).StartsAt, cancellationToken))
        {
            if (conversion.IsCancelled || (subjects is not null && !touches.Any(touch =>
                touch.At >= conversion.At - lookBack && touch.Click is { } click && subjects.Any(subject => subject.Covers(click.Link)))))
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
