using System.Buffers.Binary;
using System.Security.Cryptography;
using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>Takes the fold of a generation from step to step until it has all that was stored; any process may begin a step, and any may finish it.</summary>
/// <remarks>
/// <para>A step is a range of blocks in the log's one order. Its end is written down before its first row, so the next process counts the same clicks;
/// every row remembers the last step that it has (<see cref="Storage.StepRows"/>); and the next step begins only once the one before is written down as
/// done. So every click is counted exactly once, even after kills and retries, and when two processes work on one step. The
/// lease (<see cref="StepLease"/>), which leaves a step to one process, only saves work.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed partial class FoldRunner
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan GiveBackTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How old the stored <see cref="FoldState.CompleteThrough"/> gets while nothing is new.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(3);

    private readonly ClickCutter cutter;
    private readonly BatchTable batches;
    private readonly FoldTable states;
    private readonly StepPlanner planner;
    private readonly StepRunner steps;
    private readonly FoldBasis basis;
    private readonly FoldOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<FoldRunner> logger;
    private readonly long owner;

    private volatile bool hasRunOutOfMemory;

    public FoldRunner(
        ClickCutter cutter, BatchTable batches, FoldTable states, StepPlanner planner, StepRunner steps, FoldBasis basis, FoldOptions options, RandomNumberGenerator random, TimeProvider time,
        ILogger<FoldRunner> logger)
    {
        (this.cutter, this.batches, this.states, this.planner, this.steps, this.basis, this.options, this.time, this.logger) =
            (cutter, batches, states, planner, steps, basis, options, time, logger);
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        owner = BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Counts what was stored before the call.</summary>
    /// <param name="row">Where the state of the generation stands.</param>
    /// <param name="state">The state as it was read; null to read it.</param>
    /// <param name="progress">Told the batch records counted so far, and how many there are.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    /// <returns>The state then; null when the generation that was being built is no longer.</returns>
    /// <exception cref="FoldBasisException">The statistics in storage count by another basis.</exception>
    public async Task<FoldState?> RunAsync(string row, FoldState? state, Action<int, int> progress, CancellationToken cancellationToken)
    {
        var cut = await cutter.CutAsync(cancellationToken);
        while (true)
        {
            state ??= await states.ReadAsync(row, cancellationToken);
            if (state is null)
            {
                if (row == FoldTable.Building)
                    return null;
                await states.AddAsync(row, await planner.FirstStateAsync(1, cancellationToken), cancellationToken);
                continue;
            }
            basis.Ensure(state);
            var isNew = state.Planned is null;
            if (state.Planned is null)
            {
                if (state.Cursor.Batch > cut.Number)
                    return await NoteUpToDateAsync(row, state, cut, cancellationToken);
                if (state.IsHeld)
                    return state;
                var planned = state with { Planned = await planner.PlanAsync(state.Cursor, cut.Number, cancellationToken), Owner = owner, Attempts = 1 };
                state = await states.ReplaceAsync(row, planned, cancellationToken);
            }
            else if (state.Owner != owner)
            {
                if (state.Owner != FoldState.Nobody && state.ReadAt - state.WrittenAt < options.Lease)
                {
                    await Task.Delay(PollEvery, time, cancellationToken);
                    state = null;
                    continue;
                }
                // An owner that did not give the step back died in it, perhaps because of it.
                var attempts = state.Owner == FoldState.Nobody ? state.Attempts : state.Attempts + 1;
                state = await states.ReplaceAsync(row, state with { Owner = owner, Attempts = attempts }, cancellationToken);
            }
            else if (hasRunOutOfMemory)
            {
                hasRunOutOfMemory = false;
                state = await states.ReplaceAsync(row, state with { Attempts = state.Attempts + 1 }, cancellationToken);
            }
            if (state is null)
                continue;
            state = await FinishStepAsync(row, state, isNew, cancellationToken);
            if (state is not null)
                progress(state.Cursor.Batch - 1, cut.Number);
        }
    }

    /// <summary>Writes down how far everything is counted, though nothing was new, once in a while.</summary>
    private async Task<FoldState> NoteUpToDateAsync(string row, FoldState state, Cut cut, CancellationToken cancellationToken)
    {
        if (cut.At is not { } at || at <= state.CompleteThrough)
            return state;
        var complete = state with { CompleteThrough = at };
        return state.CompleteThrough is null || at - state.CompleteThrough > Heartbeat ? await states.ReplaceAsync(row, complete, cancellationToken) ?? complete : complete;
    }

    /// <summary>Counts the step under way and writes down that it is done. A process that is told to stop gives the step back.</summary>
    /// <param name="row">Where the state stands.</param>
    /// <param name="state">The state.</param>
    /// <param name="isNew">Whether this process has just planned the step.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    /// <returns>The state after the step; null when another process has taken it over.</returns>
    private async Task<FoldState?> FinishStepAsync(string row, FoldState state, bool isNew, CancellationToken cancellationToken)
    {
        await using var lease = new StepLease(states, row, state, options.Lease, time, logger, cancellationToken);
        try
        {
            var replaces = row == FoldTable.Building ? (await states.ReadAsync(FoldTable.Current, cancellationToken))?.Generation : null;
            if (await steps.RunAsync(state, replaces, isNew, end => lease.ChangeAsync(held => held with { Planned = end }, cancellationToken), cancellationToken) is not { } done)
                return null;
            done = done with { CompleteThrough = await CompleteThroughAsync(state, done.Cursor, cancellationToken) };
            return await states.ReplaceAsync(row, done with { ETag = (await lease.EndAsync()).ETag }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await GiveBackAsync(row, await lease.EndAsync());
            throw;
        }
        catch (OutOfMemoryException)
        {
            hasRunOutOfMemory = true;
            throw;
        }
    }

    private async Task GiveBackAsync(string row, FoldState state)
    {
        using var timeout = new CancellationTokenSource(GiveBackTimeout, time);
        try
        {
            await states.ReplaceAsync(row, state with { Owner = FoldState.Nobody }, timeout.Token);
        }
        catch (Exception fault)
        {
            // Others take it up once the lease is over.
            LogNotGivenBack(fault.Message.Split('\n')[0]);
        }
    }

    private async Task<DateTimeOffset?> CompleteThroughAsync(FoldState state, FeedCursor end, CancellationToken cancellationToken)
    {
        if (end.Batch == state.Cursor.Batch)
            return state.CompleteThrough;
        var last = await batches.GetAsync(end.Batch - 1, cancellationToken);
        return last?.CutAt > state.CompleteThrough || state.CompleteThrough is null ? last?.CutAt ?? state.CompleteThrough : state.CompleteThrough;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The step under way could not be given back, so others wait until the lease is over: {Reason}")]
    private partial void LogNotGivenBack(string reason);
}
