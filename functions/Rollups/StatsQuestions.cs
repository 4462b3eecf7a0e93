using System.Globalization;
using ShareLinks.Reporting;

namespace ShareLinks.Rollups;

/// <summary>Answers questions from statistics, after counting what is new. An answer costs by its days, not by the clicks.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class StatsQuestions(FreshFold fold, StatsTable stats, SubjectNames names, ReportingZone zone)
{
    /// <summary>What rows may tell apart.</summary>
    public static IReadOnlyList<string> Groupings { get; } = ["day", "hour", .. Enum.GetNames<Dimension>().Select(name => name.ToLowerInvariant())];

    /// <param name="subjects">The subjects that the question is about, together.</param>
    /// <param name="name">As the caller named them.</param>
    /// <param name="range">The days.</param>
    /// <param name="by">One of <see cref="Groupings"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<StatsAnswer> StatsAsync(IReadOnlyList<Subject> subjects, string name, DayRange range, string by, CancellationToken cancellationToken)
    {
        var state = await fold.StateAsync(cancellationToken);
        var days = new Dictionary<DateOnly, List<DayStats>>();
        foreach (var subject in state is null ? [] : subjects)
        {
            foreach (var (day, found) in await stats.ReadAsync(state!.Generation, subject, range.From, range.To, withVisitors: subjects.Count > 1, cancellationToken))
            {
                if (!days.TryGetValue(day, out var parts))
                    days.Add(day, parts = []);
                parts.Add(found);
            }
        }
        var all = days.Values.SelectMany(parts => parts).ToArray();
        var visitors = days.ToDictionary(day => day.Key, day => VisitorsOf(day.Value));
        var rows = by switch
        {
            "day" => range.All().Select(day => new StatsRow(DayRange.Format(day), null, ClicksOf(days.GetValueOrDefault(day)), visitors.GetValueOrDefault(day))),
            "hour" => range.All().SelectMany(day => HoursOf(day, days.GetValueOrDefault(day))),
            _ => await ValuesAsync(Enum.Parse<Dimension>(by, ignoreCase: true), subjects, state, range, all, cancellationToken),
        };
        return new StatsAnswer(
            name, range.From, range.To, zone.Id, state?.CompleteThrough,
            new StatsTotal(all.Sum(day => day.Clicks), visitors.Values.Sum(), all.Sum(day => day.Bots), all.Sum(day => day.Prefetches), all.Sum(day => day.Misses)),
            by, [.. rows], range.Days > 1 ? ["Visitors are counted once each day: over several days a person counts once for each of them."] : []);
    }

    /// <param name="kind">One of <see cref="StatsTable.RankedKinds"/>.</param>
    /// <param name="kindName">As the caller named it.</param>
    /// <param name="range">The days.</param>
    /// <param name="limit">Rows at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<TopAnswer> TopAsync(SubjectKind kind, string kindName, DayRange range, int limit, CancellationToken cancellationToken)
    {
        var state = await fold.StateAsync(cancellationToken);
        var (ranked, isApproximate) = state is null ? ([], false) : await RankAsync(state, kind, range, limit, cancellationToken);
        var rows = new List<TopRow>();
        foreach (var (key, clicks) in ranked)
            rows.Add(new TopRow(await names.NameAsync(new Subject(kind, key)), clicks));
        return new TopAnswer(kindName, range.From, range.To, zone.Id, state?.CompleteThrough, isApproximate, rows);
    }

    private static long ClicksOf(List<DayStats>? parts) => parts?.Sum(part => part.Clicks) ?? 0;

    private static long VisitorsOf(List<DayStats> parts)
    {
        if (parts is [var only])
            return only.VisitorCount;
        var together = new VisitorSketch();
        foreach (var part in parts)
            together.Merge(part.Visitors);
        return together.Count();
    }

    private IEnumerable<StatsRow> HoursOf(DateOnly date, List<DayStats>? parts)
    {
        var day = zone.Day(date);
        for (var hour = 0; hour < day.Hours; hour++)
        {
            yield return new StatsRow(
                zone.Local(day.HourStartsAt(hour)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture), null, parts?.Sum(part => part.Hours[hour]) ?? 0);
        }
    }

    private async Task<IEnumerable<StatsRow>> ValuesAsync(
        Dimension dimension, IReadOnlyList<Subject> subjects, FoldState? state, DayRange range, DayStats[] all, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var other = all.Sum(day => day.Values[(int)dimension].Other);
        foreach (var (value, count) in all.SelectMany(day => day.Values[(int)dimension].Counts))
            counts[value] = counts.GetValueOrDefault(value) + count;
        if (other > 0 && subjects is [{ Kind: SubjectKind.All }] && KindOf(dimension) is { } kind)
        {
            // Of everything there are the exact leaders, which are the values that somebody wants to see.
            var (ranked, _) = await RankAsync(state!, kind, range, DayLeaders.MaxCount, cancellationToken);
            var none = counts.GetValueOrDefault("");
            other += counts.Values.Sum() - none - ranked.Sum(leader => leader.Clicks);
            counts = ranked.ToDictionary(leader => leader.Key, leader => leader.Clicks, StringComparer.Ordinal);
            if (none > 0)
                counts.Add("", none);
        }
        var rows = counts.OrderByDescending(value => value.Value).ThenBy(value => value.Key, StringComparer.Ordinal).Select(value => Row(value.Key.Length == 0 ? RowKey.None : RowKey.Of(value.Key), value.Value));
        return other > 0 ? rows.Append(Row(RowKey.Other, other)) : rows;

        static StatsRow Row(RowKey key, long clicks) => new(key.Key, key.Kind, clicks);
    }

    private static SubjectKind? KindOf(Dimension dimension) => dimension switch
    {
        Dimension.Channel => SubjectKind.Channel,
        Dimension.Campaign => SubjectKind.Campaign,
        Dimension.Placement => SubjectKind.Placement,
        _ => null,
    };

    /// <summary>
    /// The most clicked, from the days' leaders. Where a day had more subjects than leaders, a subject's clicks on it may be missing: those of the
    /// ranked are then read; what others can have at most, the last leader's, tells whether the ranking is certain.
    /// </summary>
    /// <remarks>After Fagin, Lotem and Naor, "Optimal aggregation algorithms for middleware" (2003).</remarks>
    private async Task<(IReadOnlyList<(string Key, long Clicks)> Ranked, bool IsApproximate)> RankAsync(
        FoldState state, SubjectKind kind, DayRange range, int limit, CancellationToken cancellationToken)
    {
        var days = await stats.ReadLeadersAsync(state.Generation, kind, range.From, range.To, cancellationToken);
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        // What a subject that is no leader can have: of the days on which it is none, at most the last leader's clicks.
        var hidden = new Dictionary<string, long>(StringComparer.Ordinal);
        var mostHidden = days.Where(day => day.Leaders.IsCut).Sum(day => day.Leaders.Ranked[^1].Clicks);
        foreach (var (_, leaders) in days)
        {
            foreach (var (key, clicks) in leaders.Ranked)
            {
                known[key] = known.GetValueOrDefault(key) + clicks;
                hidden[key] = hidden.GetValueOrDefault(key, mostHidden) - (leaders.IsCut ? leaders.Ranked[^1].Clicks : 0);
            }
        }
        var ranked = Rank(known).Take(limit).ToList();
        if (mostHidden == 0)
            return (ranked, false);
        for (var i = 0; i < ranked.Count; i++)
        {
            if (hidden[ranked[i].Key] > 0)
                ranked[i] = (ranked[i].Key, (await stats.ReadAsync(state.Generation, new Subject(kind, ranked[i].Key), range.From, range.To, withVisitors: false, cancellationToken)).Sum(day => day.Stats.Clicks));
        }
        ranked = [.. Rank(ranked.ToDictionary(leader => leader.Key, leader => leader.Clicks, StringComparer.Ordinal))];
        var last = ranked.Count == 0 ? 0 : ranked[^1].Clicks;
        var isIn = ranked.Select(leader => leader.Key).ToHashSet(StringComparer.Ordinal);
        return (ranked, mostHidden > last || known.Any(other => !isIn.Contains(other.Key) && other.Value + hidden[other.Key] > last));
    }

    private static IEnumerable<(string Key, long Clicks)> Rank(Dictionary<string, long> clicks) =>
        clicks.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value));
}
