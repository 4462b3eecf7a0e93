using System.Buffers.Binary;
using System.Security.Cryptography;
using ShareLinks.Clicks;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.People;
using ShareLinks.Reporting;

namespace ShareLinks.Rollups;

/// <summary>Counts the clicks of the log into statistics, each exactly once, in steps that any process may begin and any may finish.</summary>
/// <remarks>
/// <para>A step is a range of blocks in the log's one order. Its end is written down before its first row, so whoever goes on with it counts the
/// same clicks; every row remembers the last step that it has (<see cref="Storage.StepRows"/>); and the next step begins only once the one before
/// is written down as done. So nothing is counted twice or left out, whatever is killed, sent twice or done by two at once; that a step is left to
/// the process which works on it (<see cref="StepLease"/>) only saves work.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed partial class ClickFold
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan GiveBackTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How old the stored <see cref="FoldState.CompleteThrough"/> gets while nothing is new.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(3);

    private readonly ClickCutter cutter;
    private readonly BatchTable batches;
    private readonly RetentionRecord retention;
    private readonly ClickFeed feed;
    private readonly FoldTable states;
    private readonly StatsTable stats;
    private readonly TreeTable trees;
    private readonly JourneyTable journeys;
    private readonly PathDeriver deriver;
    private readonly PathTable paths;
    private readonly ScanTable scans;
    private readonly EventTable events;
    private readonly PersonTable people;
    private readonly ErasedCookies erasedCookies;
    private readonly FoldBasis basis;
    private readonly FoldOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<ClickFold> logger;
    private readonly long owner;

    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private Task<FoldState> running = Task.FromResult<FoldState>(null!);
    private Task<FoldState>? following;

    public ClickFold(
        ClickCutter cutter, BatchTable batches, RetentionRecord retention, ClickFeed feed, FoldTable states, StatsTable stats, TreeTable trees, JourneyTable journeys,
        PathDeriver deriver, PathTable paths, ScanTable scans, EventTable events, PersonTable people, ErasedCookies erasedCookies, FoldBasis basis, FoldOptions options, RandomNumberGenerator random,
        TimeProvider time, ILogger<ClickFold> logger)
    {
        (this.cutter, this.batches, this.retention, this.feed, this.states, this.stats, this.trees, this.journeys, this.deriver, this.paths) =
            (cutter, batches, retention, feed, states, stats, trees, journeys, deriver, paths);
        (this.scans, this.events, this.people, this.erasedCookies, this.basis, this.options, this.time, this.logger) =
            (scans, events, people, erasedCookies, basis, options, time, logger);
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        owner = BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Counts what was stored before the call; callers of one process share the run that begins after the one under way.</summary>
    /// <returns>
    /// The state then; its <see cref="FoldState.CompleteThrough"/> says how far it has come, which is less where another process is at it or holds it.
    /// </returns>
    /// <exception cref="FoldBasisException">The statistics in storage count by another basis.</exception>
    public Task<FoldState> FoldAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
            return (following ??= FoldAfterAsync(running)).WaitAsync(cancellationToken);
    }

    /// <summary>Stops counting; the next process can take a step under way at once.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        Task last;
        lock (gate)
            last = following ?? running;
        await last.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The state of the generation that questions are answered from, as it is in storage; null before the first fold.</summary>
    /// <exception cref="FoldBasisException">The statistics in storage count by another basis.</exception>
    public async Task<FoldState?> StateAsync(CancellationToken cancellationToken)
    {
        var state = await states.ReadAsync(FoldTable.Current, cancellationToken);
        if (state is not null)
            EnsureBasis(state);
        return state;
    }

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
            if (await RunAsync(FoldTable.Building, building, progress, cancellationToken) is not { } built)
                continue;
            // Not before it has all that the current one had when it was looked at.
            current = await states.ReadAsync(FoldTable.Current, cancellationToken);
            if (current is null or { IsHeld: false } && !IsBefore(built.Cursor, current?.Cursor ?? FeedCursor.Start))
                await states.SwitchAsync(current, built, cancellationToken);
        }
    }

    /// <summary>Keeps every process from beginning a step or changing the generation until the answer is disposed of, so that all rows stand at one step.</summary>
    /// <remarks>
    /// A hold ends two minutes after its process is gone, or when another process takes hold. Disposing throws <see cref="IOException"/> when it did
    /// not last.
    /// </remarks>
    public async Task<IAsyncDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var state = await states.ReadAsync(FoldTable.Current, cancellationToken);
            if (state is null)
            {
                await states.AddAsync(FoldTable.Current, await FirstStateAsync(1, cancellationToken), cancellationToken);
            }
            else if (state.Planned is not null)
            {
                // A step under way is finished first, by whoever is at it or by this process.
                await FoldAsync(cancellationToken);
            }
            else if (await states.ReplaceAsync(FoldTable.Current, state with { HeldUntil = state.ReadAt + FoldHold.Time, Owner = owner }, cancellationToken) is { } held)
            {
                return new FoldHold(states, held, time);
            }
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
            await stats.DeleteAsync(generation, cancellationToken);
            await trees.DeleteAsync(generation, cancellationToken);
            await journeys.DeleteAsync(generation, cancellationToken);
            await paths.DeleteAsync(generation, cancellationToken);
            await states.ForgetAsync(generation, cancellationToken);
        }
    }

    private static bool IsBefore(FeedCursor one, FeedCursor other) => (one.Batch, one.Block).CompareTo((other.Batch, other.Block)) < 0;

    private void EnsureBasis(FoldState state)
    {
        if (FoldBasis.Of(state) == basis)
            return;
        throw new FoldBasisException(
            $"The statistics count by time zone {state.Zone} and tags [{state.Tags}], the configuration says {basis.Zone} and [{basis.Tags}]: "
            + "set ShareLinks:ReportingTimeZone and ReportedTags back, or count anew with `fold --rebuild`.");
    }

    private async Task<FoldState> FirstStateAsync(int generation, CancellationToken cancellationToken)
    {
        var log = await retention.ReadAsync(cancellationToken);
        var zone = ReportingZone.Find(basis.Zone)!;
        return new FoldState
        {
            Generation = generation,
            Zone = basis.Zone,
            Tags = basis.Tags,
            Cursor = new FeedCursor(log.First, 0, 0),
            FirstDay = log.DeletedThrough is { } deleted ? zone.DayOf(deleted).Date.AddDays(1) : default,
        };
    }

    /// <summary>Takes over the days that can't be counted any more, before the first step.</summary>
    private async Task BeginRebuildAsync(FoldState? current, CancellationToken cancellationToken)
    {
        var retired = await states.RetiredAsync(cancellationToken);
        var first = await FirstStateAsync(1 + Math.Max(current?.Generation ?? 0, retired.Select(generation => generation.Generation).DefaultIfEmpty().Max()), cancellationToken);
        if (current is not null && first.FirstDay != default)
        {
            await stats.CopyAsync(current.Generation, first.Generation, first.FirstDay, cancellationToken);
            await trees.CopyAsync(current.Generation, first.Generation, first.FirstDay, cancellationToken);
            await journeys.CopyAsync(current.Generation, first.Generation, cancellationToken);
            await paths.CopyAsync(current.Generation, first.Generation, cancellationToken);
        }
        await states.AddBuildingAsync(first, current, cancellationToken);
    }

    private async Task<FoldState> FoldAfterAsync(Task before)
    {
        // Always leaves the caller's lock first.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
            (running, following) = (following!, null);
        return (await RunAsync(FoldTable.Current, null, (_, _) => { }, stopping.Token))!;
    }

    /// <summary>Counts what was stored before the call; null when the generation that was being built is no longer.</summary>
    private async Task<FoldState?> RunAsync(string row, FoldState? state, Action<int, int> progress, CancellationToken cancellationToken)
    {
        var cut = await cutter.CutAsync(cancellationToken);
        while (true)
        {
            state ??= await states.ReadAsync(row, cancellationToken);
            if (state is null)
            {
                if (row == FoldTable.Building)
                    return null;
                await states.AddAsync(row, await FirstStateAsync(1, cancellationToken), cancellationToken);
                continue;
            }
            EnsureBasis(state);
            var isNew = state.Planned is null;
            if (state.Planned is null)
            {
                if (state.Cursor.Batch > cut.Number)
                    return await NoteUpToDateAsync(row, state, cut, cancellationToken);
                if (state.IsHeld)
                    return state;
                state = await states.ReplaceAsync(row, await PlanAsync(state, cut.Number, cancellationToken), cancellationToken);
            }
            else if (state.Owner != owner)
            {
                if (state.Owner != FoldState.Nobody && state.ReadAt - state.WrittenAt < options.Lease)
                {
                    await Task.Delay(PollEvery, time, cancellationToken);
                    state = null;
                    continue;
                }
                state = await states.ReplaceAsync(row, state with { Owner = owner }, cancellationToken);
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

    /// <summary>The next step: whole batches, up to about so many clicks, or else a part of one.</summary>
    private async Task<FoldState> PlanAsync(FoldState state, int lastBatch, CancellationToken cancellationToken)
    {
        var end = state.Cursor;
        var entries = 0L;
        await foreach (var batch in batches.ReadAsync(state.Cursor.Batch, lastBatch, cancellationToken))
        {
            var blocks = batch.Ranges.Sum(range => range.To - range.From);
            var first = batch.Number == state.Cursor.Batch ? state.Cursor.Block : 0;
            var rest = blocks == 0 ? 0 : (long)batch.Entries * (blocks - first) / blocks;
            if (entries + rest > options.StepClicks)
            {
                if (entries == 0)
                    end = new FeedCursor(batch.Number, first + (int)Math.Max(1, (blocks - first) * (long)options.StepClicks / rest), 0);
                break;
            }
            entries += rest;
            end = new FeedCursor(batch.Number + 1, 0, 0);
        }
        if (end == state.Cursor)
            throw new InvalidDataException($"Batch record {state.Cursor.Batch} is missing, and statistics can't go on without it.");
        return state with { Planned = end, Owner = owner };
    }

    /// <summary>
    /// Counts the step under way and writes down that it is done; null when another process has taken it over. A process that is told to stop gives the
    /// step back.
    /// </summary>
    /// <param name="row">Where the state stands.</param>
    /// <param name="state">The state.</param>
    /// <param name="isNew">Whether this process has just planned the step: then nobody has written a row of it, and it may still end earlier.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    private async Task<FoldState?> FinishStepAsync(string row, FoldState state, bool isNew, CancellationToken cancellationToken)
    {
        var lease = new StepLease(states, row, state, options.Lease, time, logger, cancellationToken);
        try
        {
            var step = await ReadStepAsync(state, isNew, cancellationToken);
            if (step.End != state.Planned)
            {
                if (await states.ReplaceAsync(row, await lease.EndAsync() with { Planned = step.End }, cancellationToken) is not { } narrowed)
                    return null;
                state = narrowed;
                lease = new StepLease(states, row, state, options.Lease, time, logger, cancellationToken);
            }
            var before = row == FoldTable.Building ? (await states.ReadAsync(FoldTable.Current, cancellationToken))?.Generation : null;
            var done = await ApplyAsync(state, step, before, cancellationToken);
            return await states.ReplaceAsync(row, done with { ETag = (await lease.EndAsync()).ETag }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await GiveBackAsync(row, await lease.EndAsync());
            throw;
        }
        finally
        {
            await lease.DisposeAsync();
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

    /// <summary>Reads what the step under way counts. One that may end earlier does so with the block that fills memory, which grows with what was clicked.</summary>
    private async Task<StepContent> ReadStepAsync(FoldState state, bool mayEndEarlier, CancellationToken cancellationToken)
    {
        var end = state.Planned!.Value;
        var zone = ReportingZone.Find(state.Zone) ?? throw new InvalidDataException($"There is no time zone {state.Zone}.");
        var tally = new StepTally(zone, FoldBasis.Of(state).TagNames, state.FirstDay);
        var journeyTally = new JourneyTally(feed, scans, events, people, await erasedCookies.ReadAsync(cancellationToken), journeys, state.Generation, state.LatestEvent, state.AwaitsClicks, state.CompleteThrough);
        var (damaged, missing) = (0, 0);
        await foreach (var block in feed.ReadBlocksAsync(state.Cursor, end, cancellationToken))
        {
            if (block.IsMissing)
                missing++;
            else if (!block.IsWhole)
                damaged++;
            tally.Add(block);
            journeyTally.Add(block);
            if (!mayEndEarlier || !(tally.LinkDays >= options.StepLinkDays || journeyTally.IsFull))
                continue;
            end = new FeedCursor(block.Batch, block.Block + 1, 0);
            break;
        }
        return new StepContent(tally, journeyTally, end, damaged, missing);
    }

    /// <summary>Counts the step under way; gives the state that says that it is done.</summary>
    /// <param name="state">The state.</param>
    /// <param name="step">What the step counts.</param>
    /// <param name="before">The generation that this one is to replace; null when there is none.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    private async Task<FoldState> ApplyAsync(FoldState state, StepContent step, int? before, CancellationToken cancellationToken)
    {
        await stats.ApplyAsync(state.Generation, state.Step + 1, step.Clicks, cancellationToken);
        await trees.ApplyAsync(state.Generation, state.Step + 1, step.Clicks.ByTree(), cancellationToken);
        var added = await step.Journeys.CompleteAsync(cancellationToken);
        var known = await journeys.ApplyAsync(state.Generation, state.Step + 1, added, cancellationToken);
        await paths.ApplyAsync(state.Generation, state.Step + 1, await deriver.DeriveAsync(state.Generation, before, added, known, cancellationToken), cancellationToken);
        LogStep(state.Generation, state.Step + 1, step.Clicks.Clicks);
        return state with
        {
            Step = state.Step + 1,
            Cursor = step.End,
            Planned = null,
            CompleteThrough = await CompleteThroughAsync(state, step.End, cancellationToken),
            DamagedBlocks = state.DamagedBlocks + step.Damaged,
            MissingBlocks = state.MissingBlocks + step.Missing,
            LatestEvent = added.LatestEvent > state.LatestEvent || state.LatestEvent is null ? added.LatestEvent ?? state.LatestEvent : state.LatestEvent,
            AwaitsClicksUntil = added.AwaitsClicksUntil > state.AwaitsClicksUntil || !state.AwaitsClicks ? added.AwaitsClicksUntil : state.AwaitsClicksUntil,
        };
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

    [LoggerMessage(Level = LogLevel.Debug, Message = "Generation {Generation}, step {Step}: {Clicks} clicks counted.")]
    private partial void LogStep(int generation, int step, int clicks);

    /// <summary>What a step counts, in memory.</summary>
    /// <param name="Clicks">What statistics and share trees get.</param>
    /// <param name="Journeys">What journeys and paths get.</param>
    /// <param name="End">The block after its last.</param>
    /// <param name="Damaged">Blocks that were damaged.</param>
    /// <param name="Missing">Blocks that were not there.</param>
    private sealed record StepContent(StepTally Clicks, JourneyTally Journeys, FeedCursor End, int Damaged, int Missing);
}
