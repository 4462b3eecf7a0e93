using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Counts the events that a subject's links had a part in. Thread-safe.</summary>
internal sealed class SubjectConversions(PathTable paths, ReportingZone zone)
{
    /// <summary>The events of a type on some days that were not cancelled, and what they are worth.</summary>
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

    /// <summary>The events of a type on some days that some links had a part in, and for each link how many; in one reading, however many links.</summary>
    /// <returns>All of them, each once; and the links that had any, where one with touches on several counts for each.</returns>
    public async Task<(long Events, IReadOnlyDictionary<LinkId, long> ByLink)> CountByLinkAsync(
        int generation, string type, IReadOnlySet<LinkId> links, DayRange range, TimeSpan lookBack, CancellationToken cancellationToken)
    {
        var (events, byLink) = (0L, new Dictionary<LinkId, long>());
        await foreach (var (conversion, touches) in paths.ReadAsync(generation, type, zone.Day(range.From).StartsAt, zone.Day(range.To).StartsAt, cancellationToken))
        {
            if (conversion.IsCancelled)
                continue;
            var touched = touches.Where(touch => touch.At >= conversion.At - lookBack).Select(touch => touch.Click?.Link.Id).OfType<LinkId>().Where(links.Contains).ToHashSet();
            events += touched.Count > 0 ? 1 : 0;
            foreach (var link in touched)
                byLink[link] = byLink.GetValueOrDefault(link) + 1;
        }
        return (events, byLink);
    }
}
