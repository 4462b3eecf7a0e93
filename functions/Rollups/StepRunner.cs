using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>Reads the blocks of a step and writes its rows, in as many passes as keep memory small.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed partial class StepRunner(ClickFeed feed, IEnumerable<IProjection> projections, ILogger<StepRunner> logger)
{
    /// <summary>Beyond this fill a step is read again in narrower slices. A new step ends at 1 with a whole block, which passes it a little.</summary>
    private const double TooWide = 1.5;

    /// <summary>Writes a step's rows.</summary>
    /// <param name="state">The state with the step planned.</param>
    /// <param name="replaces">The generation that this one is to replace; null when there is none.</param>
    /// <param name="isNew">Whether no row of the step is written yet: then it may end earlier.</param>
    /// <param name="endEarlierAsync">Writes an earlier end down, before the first row; false when another process has taken the step over.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    /// <returns>The state after the step, not yet written; null when another process has taken the step over.</returns>
    public async Task<FoldState?> RunAsync(FoldState state, int? replaces, bool isNew, Func<FeedCursor, Task<bool>> endEarlierAsync, CancellationToken cancellationToken)
    {
        var parts = Parts(state.Attempts);
        while (true)
        {
            var step = new FoldStep(state, parts, replaces);
            var writes = await Task.WhenAll(projections.Select(projection => projection.BeginAsync(step, cancellationToken)));
            var read = default(StepRead);
            foreach (var slice in StepSlice.Of(parts))
            {
                read = await ReadAsync(state, slice, isNew && parts == 1, writes, cancellationToken);
                if (read.IsTooWide)
                    break;
                if (read.End != state.Planned)
                {
                    if (!await endEarlierAsync(read.End))
                        return null;
                    state = state with { Planned = read.End };
                }
                foreach (var write in writes)
                    await write.WriteAsync(cancellationToken);
            }
            if (read.IsTooWide)
            {
                parts = StepSlice.Narrower(parts);
                LogNarrower(state.Generation, step.Number, parts);
                continue;
            }
            return writes.Aggregate(
                state with
                {
                    Step = step.Number,
                    Cursor = read.End,
                    Planned = null,
                    Attempts = 0,
                    DamagedBlocks = state.DamagedBlocks + read.Damaged,
                    MissingBlocks = state.MissingBlocks + read.Missing,
                },
                (done, write) => write.Complete(done));
        }
    }

    /// <summary>A process that takes over a step which others died in has less in memory at once than they had.</summary>
    private static int Parts(int attempts)
    {
        var parts = 1;
        for (var attempt = 1; attempt < attempts; attempt++)
            parts = StepSlice.Narrower(parts);
        return parts;
    }

    private async Task<StepRead> ReadAsync(FoldState state, StepSlice slice, bool mayEndEarlier, IProjectionStep[] writes, CancellationToken cancellationToken)
    {
        foreach (var write in writes)
            write.Begin(slice);
        var read = new StepRead(state.Planned!.Value, 0, 0, IsTooWide: false);
        await foreach (var block in feed.ReadBlocksAsync(state.Cursor, state.Planned, cancellationToken))
        {
            if (block.IsMissing)
                read = read with { Missing = read.Missing + 1 };
            else if (!block.IsWhole)
                read = read with { Damaged = read.Damaged + 1 };
            foreach (var write in writes)
                write.Add(block);
            var fill = writes.Max(write => write.Fill);
            if (mayEndEarlier && fill >= 1)
                return read with { End = new FeedCursor(block.Batch, block.Block + 1, 0) };
            if (fill > TooWide && slice.Parts < StepSlice.MaxParts)
                return read with { IsTooWide = true };
        }
        return read;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Generation {Generation}, step {Step} is too wide for memory: it is counted in {Parts} slices.")]
    private partial void LogNarrower(int generation, int step, int parts);

    /// <summary>What was read of a step.</summary>
    /// <param name="End">The block after the last.</param>
    /// <param name="Damaged">Blocks that were damaged.</param>
    /// <param name="Missing">Blocks that were not there.</param>
    /// <param name="IsTooWide">Whether memory did not suffice for all.</param>
    private readonly record struct StepRead(FeedCursor End, int Damaged, int Missing, bool IsTooWide);
}
