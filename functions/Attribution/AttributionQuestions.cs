using ShareLinks.Journeys;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Answers what brought the events of one type, after counting what is new.</summary>
/// <remarks>An answer takes time by the events of its days, and memory by its keys: paths are added up as they are read. Thread-safe.</remarks>
internal sealed class AttributionQuestions(FreshFold fold, PathTable paths, SubjectNames names, ReportingZone zone)
{
    private const int NamesAtOnce = 20;

    private const string MarkovPathsNote =
        "Journeys that never had such an event are not among the paths; those whose event was cancelled count as ended without one.";

    private const string ListingNote = "Only touches on the event's own listing count: an event without a listing has none, and openings of the app count for no listing.";

    private const string ErasedNote = $"{RowKey.ErasedName} is all people who were erased, together.";

    /// <param name="subjects">Those with a touch on one of these; null for all events.</param>
    /// <param name="subject">As the caller named them.</param>
    /// <param name="type">The events' type.</param>
    /// <param name="model">How their credit is divided.</param>
    /// <param name="scope">Which touches count.</param>
    /// <param name="range">The days on which they happened.</param>
    /// <param name="limit">Keys that are shown at most; all others are one row.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<AttributionAnswer> AskAsync(
        IReadOnlyList<Subject>? subjects, string subject, string type, AttributionModel model, PathScope scope, DayRange range, int limit, CancellationToken cancellationToken) =>
        (await AskAsync(subjects, subject, type, [model], scope, range, limit, cancellationToken))[0];

    /// <summary>The same by all models, in the order in which they are shown; the paths are read once.</summary>
    public Task<IReadOnlyList<AttributionAnswer>> AskAllAsync(
        IReadOnlyList<Subject>? subjects, string subject, string type, PathScope scope, DayRange range, int limit, CancellationToken cancellationToken) =>
        AskAsync(subjects, subject, type, AttributionModels.All, scope, range, limit, cancellationToken);

    private async Task<IReadOnlyList<AttributionAnswer>> AskAsync(
        IReadOnlyList<Subject>? subjects, string subject, string type, IReadOnlyList<AttributionModel> models, PathScope scope, DayRange range, int limit, CancellationToken cancellationToken)
    {
        var state = await fold.StateAsync(cancellationToken);
        CreditTally[] tallies = [.. models.Select(model => new CreditTally(model, scope.HalfLife))];
        if (state is not null)
        {
            await foreach (var path in paths.ReadAsync(state.Generation, type, zone.Day(range.From).StartsAt, zone.Day(range.To).StartsAt, cancellationToken))
            {
                if (subjects is not null && !scope.HasTouchOn(path, subjects))
                    continue;
                var touches = scope.Of(path);
                var conversion = path.Conversion;
                foreach (var tally in tallies)
                {
                    if (conversion.IsCancelled)
                        tally.AddUnconverted(touches.Touches.Select(touch => touch.Key));
                    else
                        tally.Add(touches, conversion.Value is null ? null : conversion.Currency, conversion.NetValue);
                }
            }
        }
        var answers = new List<AttributionAnswer>();
        foreach (var (model, tally) in models.Zip(tallies))
        {
            var credits = tally.ToCredits();
            var rows = await RowsAsync(credits, scope.By, limit);
            answers.Add(new AttributionAnswer(
                subject, type, scope.By.Name, model.Name(), scope.Match, range.From, range.To, zone.Id, scope.LookbackDays, scope.HalfLifeDays,
                credits.Conversions, Rounding.Of(credits.Value), credits.Unattributed, Rounding.Of(credits.UnattributedValue),
                rows, [.. NotesOf(model, scope, rows)], state?.CompleteThrough));
        }
        return answers;
    }

    private static IEnumerable<string> NotesOf(AttributionModel model, PathScope scope, IReadOnlyList<AttributionRow> rows)
    {
        if (model.Note() is { } note)
            yield return note;
        if (model == AttributionModel.Markov)
            yield return MarkovPathsNote;
        if (scope.IsOwnListing)
            yield return ListingNote;
        if (rows.Any(row => row.Kind == RowKey.Erased.Kind))
            yield return ErasedNote;
        if (rows is [.., var last] && last.Kind == RowKey.Other.Kind)
            yield return $"{RowKey.OtherName} is the keys with the least credit, together: see the parameter 'limit'{(model == AttributionModel.Markov ? $", and that the chain tells {MarkovChain.MaxKeys} apart" : "")}.";
    }

    private async Task<IReadOnlyList<AttributionRow>> RowsAsync(Credits credits, TouchDimension by, int limit)
    {
        var told = credits.Rows.Where(row => row.Key != MarkovChain.OtherKey).ToArray();
        CreditRow[] other = [.. told[Math.Min(limit, told.Length)..], .. credits.Rows.Where(row => row.Key == MarkovChain.OtherKey)];
        var shown = new List<(RowKey Key, CreditRow Row)>();
        foreach (var some in told.Take(limit).Chunk(NamesAtOnce))
            shown.AddRange((await Task.WhenAll(some.Select(row => by.RowKeyAsync(row.Key, names).AsTask()))).Zip(some));
        IEnumerable<AttributionRow> rows = shown.GroupBy(entry => entry.Key, entry => entry.Row)
            .Select(group => Together(group.Key, group))
            .OrderByDescending(row => row.Conversions)
            .ThenBy(row => row.Key, StringComparer.Ordinal)
            .ThenBy(row => row.Kind, StringComparer.Ordinal);
        return [.. other.Length > 0 ? rows.Append(Together(RowKey.Other, other)) : rows];
    }

    private static AttributionRow Together(RowKey key, IEnumerable<CreditRow> rows)
    {
        var (conversions, share) = (0.0, 0.0);
        var value = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            conversions += row.Conversions;
            share += row.Share;
            foreach (var (currency, amount) in row.Value)
                value[currency] = value.GetValueOrDefault(currency) + amount;
        }
        return new AttributionRow(key.Key, key.Kind, Rounding.Of(conversions), Rounding.Of(value), Rounding.Of(share));
    }
}
