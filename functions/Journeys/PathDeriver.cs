using System.Collections.Concurrent;
using ShareLinks.Clicks;
using ShareLinks.Rollups;

namespace ShareLinks.Journeys;

/// <summary>Finds the paths of a step's events, and anew those of earlier ones that the step's touches and joins change.</summary>
/// <remarks>Call it once the step stands in the journeys: what it finds depends on them alone. Thread-safe.</remarks>
internal sealed class PathDeriver(JourneyTable journeys, PathTable paths, FoldOptions options)
{
    /// <summary>Touches of changed paths that take about as much memory as a link on a day does when clicks are counted.</summary>
    private const int TouchesForLinkDay = 10;

    private const int JourneysReadAtOnce = 16;

    /// <summary>What the step changes in the paths.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="before">The generation that this one is to replace: it knows the paths of persons who were erased since; null when there is none.</param>
    /// <param name="step">The step.</param>
    /// <param name="known">Journeys with the step, as far as they are known already.</param>
    /// <param name="slice">Whose paths are looked for.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The changes; null when the slice has more than memory should hold, and could be narrower.</returns>
    public async Task<IReadOnlyCollection<PathChange>?> DeriveAsync(
        int generation, int? before, StepJourneys step, IReadOnlyDictionary<Actor, IReadOnlyList<JourneyMonth>> known, StepSlice slice, CancellationToken cancellationToken)
    {
        var changes = new ConcurrentBag<PathChange>(step.Changes.Where(change => IsIn(slice, change.Type, change.Id, change.At)));
        var found = 0;
        var limit = new ParallelOptions { MaxDegreeOfParallelism = JourneysReadAtOnce, CancellationToken = cancellationToken };
        var since = new ConcurrentDictionary<Actor, DateTimeOffset>(step.LateSince);

        // A visitor's touches are those of users, too, and a join gives them to others.
        var visitors = step.JoinedVisitors.Union(step.LateSince.Keys.Where(actor => actor.Kind == ActorKind.Visitor)).ToArray();
        await Parallel.ForEachAsync(visitors, limit, async (visitor, cancellation) =>
        {
            var months = await journeys.ReadAsync(generation, visitor, cancellation);
            var joins = Journey.JoinsOf(months);
            var earliest = ChangesOwners(joins, step.JoinedVisitors.Contains(visitor) ? step.JoinsOf(visitor) : [])
                ? months.SelectMany(month => month.Touches).Min(touch => (DateTimeOffset?)touch.At)
                : step.LateSince.TryGetValue(visitor, out var late) ? late : null;
            if (earliest is not { } at)
                return;
            foreach (var actor in joins.Select(join => join.Other).Distinct().Append(visitor))
                since.AddOrUpdate(actor, at, (_, earlier) => earlier < at ? earlier : at);
        });

        var added = step.Events.Where(happened => happened.Actor is not null).GroupBy(happened => happened.Actor!.Value).ToDictionary(actor => actor.Key);
        await Parallel.ForEachAsync(added.Keys.Union(since.Keys), limit, async (actor, cancellation) =>
        {
            if (IsTooWide())
                return;
            var journey = await Journey.ReadAsync(journeys, generation, actor, known.GetValueOrDefault(actor) ?? await journeys.ReadAsync(generation, actor, cancellation), cancellation);
            var affected = since.TryGetValue(actor, out var at) ? journey.Events.Where(happened => happened.At >= at - PathRules.MaxLater) : [];
            foreach (var happened in affected.Concat(added.TryGetValue(actor, out var events) ? events : []).DistinctBy(happened => (happened.Type, happened.Id)))
            {
                if (!IsIn(slice, happened.Type, happened.Id, happened.At))
                    continue;
                var change = ToChange(happened, PathRules.Of(happened, journey.CandidatesFor(happened)).Touches);
                changes.Add(change);
                Interlocked.Add(ref found, 1 + change.Touches!.Count);
            }
        });
        if (IsTooWide())
            return null;

        // Where nothing is found, a click that is past retention was perhaps found before.
        foreach (var happened in step.Events.Where(happened => happened.Actor is null && IsIn(slice, happened.Type, happened.Id, happened.At) && step.TouchesOf(happened.Position).Count > 0))
            changes.Add(ToChange(happened, PathRules.Of(happened, step.TouchesOf(happened.Position).Select(touch => new Candidate(touch, null))).Touches));
        return before is null || step.Erased.Count == 0 ? changes : await KeepErasedAsync(before.Value, step, slice, changes, cancellationToken);

        bool IsTooWide() => Volatile.Read(ref found) > TouchesForLinkDay * options.StepLinkDays && slice.Parts < StepSlice.MaxParts;
    }

    /// <summary>Whether an event's path is in a slice: all paths of a row are in one.</summary>
    private static bool IsIn(StepSlice slice, string type, string id, DateTimeOffset at) => slice.IsWhole || slice.Contains(PathTable.BucketOf(type, id, at));

    /// <summary>The changes, with the paths of events by persons who were erased as they were found when the persons were known.</summary>
    private async Task<IReadOnlyCollection<PathChange>> KeepErasedAsync(
        int before, StepJourneys step, StepSlice slice, IEnumerable<PathChange> changes, CancellationToken cancellationToken)
    {
        var kept = new ConcurrentDictionary<(string Type, string Id), PathChange>();
        await Parallel.ForEachAsync(
            step.Events.Where(happened => step.Erased.Contains(happened.Position) && IsIn(slice, happened.Type, happened.Id, happened.At)), new ParallelOptions { MaxDegreeOfParallelism = JourneysReadAtOnce, CancellationToken = cancellationToken },
            async (happened, cancellation) =>
            {
                if (await paths.FindAsync(before, happened.Type, happened.Id, happened.At, cancellation) is { } path)
                    kept[(happened.Type, happened.Id)] = ToChange(happened, path.Touches);
            });
        return [.. changes.Where(change => change.Touches is null || !kept.ContainsKey((change.Type, change.Id))), .. kept.Values];
    }

    /// <summary>Whether joins that were added give some of a visitor's touches to another user than before.</summary>
    private static bool ChangesOwners(IReadOnlyList<Join> joins, List<Join> added) =>
        added.Count > 0 && (joins.Select(join => join.Other).Distinct().Count() > 1 || joins.All(added.Contains));

    private static PathChange ToChange(JourneyEvent happened, IReadOnlyList<Touch> touches) => new(happened.Type, happened.Id, happened.At)
    {
        Touches = [.. touches.Select(Slim)],
    };

    /// <summary>What questions ask for of a touch; of the person nothing.</summary>
    private static Touch Slim(Touch touch) => touch.Click is not { } click ? touch : touch with
    {
        Click = new Click { Link = click.Link, At = click.At, ReceivedAt = click.At, Entry = click.Entry, Action = click.Action, App = click.App },
    };
}
