using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>Counts the whole log anew beside the statistics that there are, and deletes those that were replaced. Thread-safe.</summary>
internal sealed class FoldGenerations(FoldRunner runner, FoldTable states, StepPlanner planner, IEnumerable<IProjection> projections, FoldBasis basis, TimeProvider time)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Counts the whole log anew into a new generation, on the present basis, and answers from that once it has caught up. A rebuild that was
    /// interrupted goes on. Days whose clicks are past retention are taken over as they are.
    /// </summary>
    /// <param name="progress">Told the batch records counted so far, and how many there are.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    public async Task RebuildAsync(Action<int, int> progress, CancellationToken cancellationToken)
    {
        for (int? begun = null; ;)
        {
            var current = await states.ReadAsync(FoldTable.Current, cancellationToken);
            if (current?.Generation >= begun)
                return;
            if (current is { IsHeld: true })
            {
                await Task.Delay(PollEvery, time, cancellationToken);
                continue;
            }
            if (await states.ReadAsync(FoldTable.Building, cancellationToken) is not { } building)
            {
                await BeginRebuildAsync(current, cancellationToken);
                continue;
            }
            if (FoldBasis.Of(building) != basis)
            {
                await states.AbandonAsync(building, cancellationToken);
                await DeleteRetiredAsync(TimeSpan.Zero, cancellationToken);
                continue;
            }
            begun = building.Generation;
            if (await runner.RunAsync(FoldTable.Building, building, progress, cancellationToken) is not { } built)
                continue;
            // Not before it has all that the current one had when it was looked at.
            current = await states.ReadAsync(FoldTable.Current, cancellationToken);
            if (current is null or { IsHeld: false } && !IsBefore(built.Cursor, current?.Cursor ?? FeedCursor.Start))
                await states.SwitchAsync(current, built, cancellationToken);
        }
    }

    /// <summary>The first batch record that some generation still has to count.</summary>
    public async Task<int> NextBatchAsync(CancellationToken cancellationToken)
    {
        var current = await states.ReadAsync(FoldTable.Current, cancellationToken);
        var building = await states.ReadAsync(FoldTable.Building, cancellationToken);
        return Math.Min(current?.Cursor.Batch ?? 1, building?.Cursor.Batch ?? int.MaxValue);
    }

    /// <summary>The generations that have rows: the one that questions are answered from, one that is being built, and those to be deleted.</summary>
    public async Task<IReadOnlyList<int>> GenerationsAsync(CancellationToken cancellationToken)
    {
        var current = await states.ReadAsync(FoldTable.Current, cancellationToken);
        var building = await states.ReadAsync(FoldTable.Building, cancellationToken);
        var retired = await states.RetiredAsync(cancellationToken);
        return [.. new[] { current?.Generation, building?.Generation }.OfType<int>(), .. retired.Select(generation => generation.Generation)];
    }

    /// <summary>Deletes the rows of generations that have been retired for the given time, after which nobody still reads them.</summary>
    public async Task DeleteRetiredAsync(TimeSpan minAge, CancellationToken cancellationToken)
    {
        foreach (var (generation, age) in await states.RetiredAsync(cancellationToken))
        {
            if (age < minAge)
                continue;
            foreach (var projection in projections)
                await projection.DeleteAsync(generation, cancellationToken);
            await states.ForgetAsync(generation, cancellationToken);
        }
    }

    private static bool IsBefore(FeedCursor one, FeedCursor other) => (one.Batch, one.Block).CompareTo((other.Batch, other.Block)) < 0;

    /// <summary>Takes over the days that can't be counted any more, before the first step.</summary>
    private async Task BeginRebuildAsync(FoldState? current, CancellationToken cancellationToken)
    {
        var retired = await states.RetiredAsync(cancellationToken);
        var first = await planner.FirstStateAsync(1 + Math.Max(current?.Generation ?? 0, retired.Select(generation => generation.Generation).DefaultIfEmpty().Max()), cancellationToken);
        if (current is not null && first.FirstDay != default)
        {
            foreach (var projection in projections)
                await projection.CopyAsync(current.Generation, first.Generation, first.FirstDay, cancellationToken);
        }
        await states.AddBuildingAsync(first, current, cancellationToken);
    }
}
