using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Threading.Tasks.Sources;
using Azure;
using ShareLinks.Codes;
using ShareLinks.Links;

namespace ShareLinks.Clicks;

/// <summary>Takes clicks, and events, and writes them in blocks to a stream of its own: group commit.</summary>
/// <remarks>
/// <para>Clicks that arrive while a block is being written form the next one, so a lone click waits for nobody and a crowd shares a write. Behind a
/// crowd the next block waits until as many have come as are to be expected, though no longer than a write takes: so more share one. Where nobody
/// waits (<see cref="ClickDurability.Buffered"/>) a block waits for others in any case.</para>
/// <para>The key of a block is known from its first click on (streams have random numbers that need no storage to be drawn), so a click has its id
/// at once. A block is written under its key until storage has it; its nonce tells an earlier try that arrived from another's block.</para>
/// <para>Thread-safe.</para>
/// </remarks>
public sealed partial class ClickLog : IAsyncDisposable
{
    public const string MeterName = "ShareLinks.Clicks";

    /// <summary>How old a stream is at most, by the wall clock, when a block is written to it: less than its end is kept.</summary>
    /// <remarks>A process that slept, machine and all, for longer than that opens another, since nothing may be there any more to refuse it.</remarks>
    public static readonly TimeSpan MaxStreamAge = TimeSpan.FromDays(ClickOptions.MinRetentionDays - 5);

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(50);
    internal static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(6);

    /// <summary>Entries of a block behind which the next one waits for others.</summary>
    private const int Crowd = 16;

    private static readonly TimeSpan MaxCrowdLinger = TimeSpan.FromMilliseconds(5);

    private readonly StreamTable streams;
    private readonly BlockTable blocks;
    private readonly ClickOptions options;
    private readonly RandomNumberGenerator random;
    private readonly TimeProvider time;
    private readonly ILogger<ClickLog> logger;
    private readonly ITimer deadline;
    private readonly Counter<long> answeredBeforeDurable;
    private readonly Counter<long> lost;
    private readonly Histogram<int> blockEntries;
    private readonly Histogram<double> commitSeconds;
    private readonly CancellationTokenSource stopping = new();

    private readonly Lock gate = new();
    private readonly Queue<OpenBlock> queue = new();
    private OpenBlock? forming;
    private WriterStream? stream;
    private Task writing = Task.CompletedTask;
    private bool isWriting;
    private bool isOverdue;
    private bool isLingering = true;
    private bool isDeadlineSet;
    private int queuedEntries;
    private long answeredBeforeDurableCount;
    private long lostCount;

    public ClickLog(
        StreamTable streams, BlockTable blocks, ClickOptions options, RandomNumberGenerator random, TimeProvider time, IMeterFactory meters,
        ILogger<ClickLog> logger)
    {
        (this.streams, this.blocks, this.options, this.random, this.time, this.logger) = (streams, blocks, options, random, time, logger);
        deadline = time.CreateTimer(_ => OnDeadline(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var meter = meters.Create(MeterName);
        answeredBeforeDurable = meter.CreateCounter<long>("sharelinks.clicks.answered_before_durable", "{click}");
        lost = meter.CreateCounter<long>("sharelinks.clicks.lost", "{click}");
        blockEntries = meter.CreateHistogram<int>(
            "sharelinks.block.entries", "{entry}", "Clicks and events of a written block", advice: new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500] });
        commitSeconds = meter.CreateHistogram<double>(
            "sharelinks.block.commit", "s", "From a block's first click until it is stored", advice: new() { HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60] });
        meter.CreateObservableGauge("sharelinks.clicks.queued", () => Volatile.Read(ref queuedEntries), "{click}");
    }

    /// <summary>Clicks in memory that storage does not have yet.</summary>
    public int Queued => Volatile.Read(ref queuedEntries);

    /// <summary>Visitors sent on since the start, before their click was stored, because storage was late.</summary>
    public long AnsweredBeforeDurable => Interlocked.Read(ref answeredBeforeDurableCount);

    /// <summary>Clicks since the start that are not kept anywhere.</summary>
    public long Lost => Interlocked.Read(ref lostCount);

    /// <summary>Appends one click; completes when the visitor may be sent on, after <see cref="ClickOptions.CommitDeadline"/> at the latest.</summary>
    /// <remarks>Throws nothing for storage faults: see <see cref="ClickReceipt.Outcome"/>.</remarks>
    /// <param name="click">The click.</param>
    /// <param name="mustBeStored">Whether to wait for storage also where clicks are <see cref="ClickDurability.Buffered"/>.</param>
    public ValueTask<ClickReceipt> AppendAsync(Click click, bool mustBeStored = false) => AppendAsync(new Entry(click, null), mustBeStored);

    /// <summary>Appends one event; completes when it is stored, or after <see cref="ClickOptions.CommitDeadline"/>.</summary>
    /// <remarks>As for clicks, but that one which finds the queue full is not counted as lost: its sender is asked to send it again.</remarks>
    public ValueTask<ClickReceipt> AppendAsync(MarketEvent happened) => AppendAsync(new Entry(null, happened), mustBeStored: true);

    private ValueTask<ClickReceipt> AppendAsync(Entry entry, bool mustBeStored)
    {
        lock (gate)
        {
            if (queuedEntries >= options.MaxQueued)
            {
                if (entry.Click is not null)
                    CountLost(1);
                return new(new ClickReceipt(null, ClickOutcome.Lost));
            }
            if (forming is null || !forming.HasRoomFor(entry))
            {
                forming?.Ripen();
                queue.Enqueue(forming = OpenNextBlock());
            }
            var block = forming;
            var place = block.Add(entry);
            queuedEntries++;
            if (!isDeadlineSet)
                SetDeadline(options.CommitDeadline);
            if (!isWriting)
            {
                isWriting = true;
                writing = Task.Run(WriteQueuedBlocksAsync);
            }
            if (options.Durability == ClickDurability.Buffered && !mustBeStored)
            {
                block.HasExposedIds = true;
                return new(new ClickReceipt(block.IdOf(place), ClickOutcome.Buffered));
            }
            if (isOverdue || block.IsAnswered)
            {
                block.HasExposedIds = true;
                if (entry.Click is not null)
                    CountAnsweredBeforeDurable(1);
                return new(new ClickReceipt(block.IdOf(place), ClickOutcome.BeforeDurable));
            }
            block.Waiting++;
            if (options.Durability == ClickDurability.Buffered)
                block.Ripen();
            if (entry.Click is not null)
                block.WaitingVisitors++;
            return block.AnswerAsync(place);
        }
    }

    /// <summary>From now on no block waits for others: the process is about to stop.</summary>
    public void StopLingering()
    {
        lock (gate)
        {
            isLingering = false;
            forming?.Ripen();
        }
    }

    /// <summary>Writes what is queued, for as long as the caller allows, and stops.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Volatile.Read(ref writing).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogStoppedWithClicks(Queued);
        }
        await stopping.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await deadline.DisposeAsync();
        stopping.Dispose();
    }

    private OpenBlock OpenNextBlock()
    {
        var now = time.GetTimestamp();
        // An idle stream may be sealed at any moment, and a stream is to be deletable as a whole some day.
        if (stream is null || stream.NextSequence >= ClickId.MaxSequence
            || time.GetElapsedTime(stream.LastBlockAt, now) > options.SealAfter / 2 || time.GetElapsedTime(stream.OpenedAt, now) > options.RotateAfter)
        {
            stream = NewStream();
        }
        stream.LastBlockAt = now;
        return new OpenBlock(stream, stream.NextSequence++, RandomNumber(), now);
    }

    private WriterStream NewStream() => new(RandomNumber() & ClickId.MaxStream, RandomNumber(), time.GetTimestamp(), time.GetUtcNow());

    private long RandomNumber()
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    private async Task WriteQueuedBlocksAsync()
    {
        var (answered, took) = (0, TimeSpan.Zero);
        while (true)
        {
            OpenBlock block;
            TimeSpan linger;
            lock (gate)
            {
                if (queue.Count == 0)
                {
                    isWriting = false;
                    return;
                }
                block = queue.Peek();
                linger = block == forming ? Linger(block, answered, took) : TimeSpan.Zero;
            }
            if (linger > TimeSpan.Zero)
                await block.RipenAsync(linger, time);
            lock (gate)
            {
                if (block == forming)
                    forming = null;
            }
            var started = time.GetTimestamp();
            var outcome = await WriteAsync(block);
            if (outcome is null)
                return;
            (answered, took) = (block.Count, time.GetElapsedTime(started));
            blockEntries.Record(block.Count);
            commitSeconds.Record(time.GetElapsedTime(block.OpenedAt).TotalSeconds);
            lock (gate)
            {
                queue.Dequeue();
                queuedEntries -= block.Count;
                if (outcome == ClickOutcome.Lost)
                {
                    CountLost(block.Clicks.Count);
                    // A stream has no gaps: what was to come behind the lost block goes on elsewhere.
                    MoveToNewStream(block.Stream);
                }
                isOverdue = isOverdue && queue.TryPeek(out var oldest) && time.GetElapsedTime(oldest.OpenedAt) >= options.CommitDeadline;
                block.Complete(outcome.Value);
            }
        }
    }

    /// <summary>How long the block waits for more before it is written.</summary>
    /// <param name="block">The one that forms.</param>
    /// <param name="answered">Entries of the one that was written last.</param>
    /// <param name="took">How long that took.</param>
    private TimeSpan Linger(OpenBlock block, int answered, TimeSpan took)
    {
        if (isOverdue || !isLingering)
            return TimeSpan.Zero;
        if (options.Durability == ClickDurability.Buffered)
            return block.Waiting == 0 ? options.Linger - time.GetElapsedTime(block.OpenedAt) : TimeSpan.Zero;
        if (answered < Crowd)
            return TimeSpan.Zero;
        // As many again as were just answered, beside those who wait already.
        block.RipeAt = Math.Min(ClickBlockCodec.MaxClicks, answered + block.Count);
        return took < MaxCrowdLinger ? took : MaxCrowdLinger;
    }

    /// <summary>Writes a block, however long it takes; null when the log was stopped first.</summary>
    private async Task<ClickOutcome?> WriteAsync(OpenBlock block)
    {
        if (time.GetUtcNow() - block.Stream.CreatedAt > MaxStreamAge)
        {
            lock (gate)
                MoveToNewStream(block.Stream);
        }
        var delay = FirstRetryDelay;
        while (true)
        {
            try
            {
                using var timeout = new CancellationTokenSource(WriteTimeout, time);
                await OpenAsync(block, timeout.Token);
                if (await TryAddAsync(block, timeout.Token) is { } outcome)
                    return outcome;
                lock (gate)
                    MoveToNewStream(block.Stream);
            }
            catch (Exception fault)
            {
                LogRetry(block.Key, delay, fault);
                try
                {
                    await Task.Delay(delay, time, stopping.Token);
                }
                catch (OperationCanceledException)
                {
                    return null;
                }
                delay = delay * 2 < MaxRetryDelay ? delay * 2 : MaxRetryDelay;
            }
        }
    }

    /// <summary>Announces the block's stream before its first block.</summary>
    private async Task OpenAsync(OpenBlock block, CancellationToken cancellationToken)
    {
        while (!block.Stream.IsOpen)
        {
            var opening = block.Stream;
            if (!await streams.OpenAsync(opening.Number, opening.Nonce, cancellationToken))
            {
                lock (gate)
                    MoveToNewStream(opening);
                continue;
            }
            foreach (var from in opening.MovedFrom)
                await blocks.MovedAsync(from, opening.Number, cancellationToken);
            opening.IsOpen = true;
        }
    }

    /// <summary>Null when the block can't stand in its stream; throws where trying again may help.</summary>
    private async Task<ClickOutcome?> TryAddAsync(OpenBlock block, CancellationToken cancellationToken)
    {
        var bytes = ClickBlockCodec.Encode(block.Key, block.Clicks, block.Events);
        try
        {
            return await blocks.AddAsync(block.Key, block.Nonce, bytes, block.Clicks, block.Events.Count, cancellationToken) ? ClickOutcome.Committed : null;
        }
        catch (Exception fault) when (fault is RequestFailedException { Status: 400 or 413 } or ArgumentException)
        {
            LogRefusedForGood(block.Key, block.Clicks.Count, fault);
            return ClickOutcome.Lost;
        }
    }

    /// <summary>Gives the queued blocks of a stream that can't have them the first places of a new one.</summary>
    private void MoveToNewStream(WriterStream old)
    {
        var next = NewStream();
        // Where the ids lead that were given out for places in a stream which never came to be.
        if (!old.IsOpen)
            next.MovedFrom.AddRange(old.MovedFrom);
        var moving = queue.SkipWhile(block => block.Stream != old).TakeWhile(block => block.Stream == old).ToArray();
        if (moving.Any(block => block.HasExposedIds))
            next.MovedFrom.Add(moving[0].Key);
        foreach (var block in moving)
            block.Move(next, next.NextSequence++);
        if (stream == old)
            stream = next;
        LogMoved(BlockKey.StreamPartition(old.Number), BlockKey.StreamPartition(next.Number), moving.Length);
    }

    private void SetDeadline(TimeSpan due)
    {
        isDeadlineSet = true;
        deadline.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void OnDeadline()
    {
        lock (gate)
        {
            isDeadlineSet = false;
            if (!queue.TryPeek(out var oldest))
                return;
            var left = options.CommitDeadline - time.GetElapsedTime(oldest.OpenedAt);
            SetDeadline(left > TimeSpan.Zero ? left : options.CommitDeadline);
            if (left > TimeSpan.Zero)
                return;
            isOverdue = true;
            OpenBlock[] late = [.. queue.Where(block => block.Waiting > 0)];
            foreach (var block in late)
            {
                block.HasExposedIds = true;
                CountAnsweredBeforeDurable(block.WaitingVisitors);
                (block.Waiting, block.WaitingVisitors) = (0, 0);
                block.Complete(ClickOutcome.BeforeDurable);
            }
            if (late.Length > 0)
                LogOverdue(Queued);
        }
    }

    private void CountAnsweredBeforeDurable(int clicks)
    {
        Interlocked.Add(ref answeredBeforeDurableCount, clicks);
        answeredBeforeDurable.Add(clicks);
    }

    private void CountLost(int clicks)
    {
        Interlocked.Add(ref lostCount, clicks);
        lost.Add(clicks);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Block {Key} could not be written; trying again in {Delay}.")]
    private partial void LogRetry(BlockKey key, TimeSpan delay, Exception fault);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Block {Key} with {Clicks} clicks was refused permanently and is lost.")]
    private partial void LogRefusedForGood(BlockKey key, int clicks, Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stream {Old} took no more; {Blocks} waiting blocks go on in stream {Next}.")]
    private partial void LogMoved(string old, string next, int blocks);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage is late: visitors are sent on before their clicks are stored ({Queued} wait in memory).")]
    private partial void LogOverdue(int queued);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Stopped while {Queued} clicks were still waiting for storage; they are lost.")]
    private partial void LogStoppedWithClicks(int queued);

    /// <summary>A stream that this process writes. Guarded by the log's gate, <see cref="IsOpen"/> by the one write loop.</summary>
    private sealed class WriterStream(long number, long nonce, long openedAt, DateTimeOffset createdAt)
    {
        public long Number { get; } = number;

        public long Nonce { get; } = nonce;

        /// <summary>By the clock's timestamps, which may stand still while the machine sleeps.</summary>
        public long OpenedAt { get; } = openedAt;

        /// <summary>By the wall clock.</summary>
        public DateTimeOffset CreatedAt { get; } = createdAt;

        public long LastBlockAt { get; set; } = openedAt;

        public int NextSequence { get; set; }

        public bool IsOpen { get; set; }

        /// <summary>Where the blocks were to stand that this stream begins with, as far as ids with those places have been given out.</summary>
        public List<BlockKey> MovedFrom { get; } = [];
    }

    /// <summary>A block that is not stored yet. Guarded by the log's gate until the write loop takes it.</summary>
    /// <remarks>It is the source of what its callers wait for, by their places, so that a wait costs a line of a list and no object of its own.</remarks>
    private sealed class OpenBlock(WriterStream stream, int sequence, long nonce, long openedAt) : IValueTaskSource<ClickReceipt>
    {
        /// <summary>What is to go on once there is an answer; guards itself and the answer.</summary>
        private readonly List<(Action<object?> GoOn, object? State)> waiters = [];
        private readonly TaskCompletionSource ripe = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly HashSet<LinkAttributes> links = new(ReferenceEqualityComparer.Instance);
        private int payloadBytes;
        private volatile BlockAnswer? answer;

        public WriterStream Stream { get; private set; } = stream;

        public BlockKey Key { get; private set; } = new(stream.Number, sequence);

        public long Nonce { get; } = nonce;

        public long OpenedAt { get; } = openedAt;

        public List<Click> Clicks { get; } = [];

        public List<MarketEvent> Events { get; } = [];

        /// <summary>Clicks and events.</summary>
        public int Count => Clicks.Count + Events.Count;

        /// <summary>Whether somebody may hold ids of its clicks already.</summary>
        public bool HasExposedIds { get; set; }

        /// <summary>Callers that wait for the answer.</summary>
        public int Waiting { get; set; }

        /// <summary>Of these, those that wait for a click.</summary>
        public int WaitingVisitors { get; set; }

        public bool IsAnswered => answer is not null;

        /// <summary>What becomes of the entry at a place.</summary>
        public ValueTask<ClickReceipt> AnswerAsync(int place) => new(this, (short)place);

        public bool HasRoomFor(Entry entry) =>
            Count < ClickBlockCodec.MaxClicks && payloadBytes + Bytes(entry) <= ClickBlockCodec.MaxPayloadBytes;

        /// <summary>Entries with which it need not wait for more.</summary>
        public int RipeAt { get; set; } = ClickBlockCodec.MaxClicks;

        /// <summary>Gives the entry's place.</summary>
        public int Add(Entry entry)
        {
            payloadBytes += Bytes(entry);
            if (Count + 1 >= RipeAt)
                Ripen();
            if (entry.Event is { } happened)
            {
                Events.Add(happened);
                return Key.Event(Events.Count - 1).Place;
            }
            links.Add(entry.Click!.Link);
            Clicks.Add(entry.Click);
            return Clicks.Count - 1;
        }

        /// <summary>Has it written at once.</summary>
        public void Ripen() => ripe.TrySetResult();

        /// <summary>Waits until it has enough, or somebody needs it to be stored, or the time is over.</summary>
        public async Task RipenAsync(TimeSpan linger, TimeProvider time) => await Task.WhenAny(ripe.Task, Task.Delay(linger, time));

        public ClickId IdOf(int place) => new(Key.Stream, Key.Sequence, place);

        public void Move(WriterStream next, int sequence) => (Stream, Key) = (next, new BlockKey(next.Number, sequence));

        /// <summary>Lets the visitors of its clicks go on, on other threads; only the first call counts.</summary>
        public void Complete(ClickOutcome outcome)
        {
            lock (waiters)
            {
                if (answer is not null)
                    return;
                answer = new BlockAnswer(Key, outcome);
            }
            foreach (var (goOn, state) in waiters)
                ThreadPool.UnsafeQueueUserWorkItem(goOn, state, preferLocal: false);
            waiters.Clear();
        }

        public ValueTaskSourceStatus GetStatus(short token) => IsAnswered ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

        public ClickReceipt GetResult(short token)
        {
            var (key, outcome) = answer ?? throw new InvalidOperationException("There is no answer yet.");
            return new ClickReceipt(outcome == ClickOutcome.Lost ? null : new ClickId(key.Stream, key.Sequence, (ushort)token), outcome);
        }

        /// <summary>Awaiting callers bring their own context.</summary>
        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            lock (waiters)
            {
                if (answer is null)
                {
                    waiters.Add((continuation, state));
                    return;
                }
            }
            ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: false);
        }

        private int Bytes(Entry entry) => entry switch
        {
            { Event: { } happened } => MarketEventColumns.MaxBytes(happened),
            { Click: var click } => ClickBlockCodec.MaxBytes(click!) + (links.Contains(click!.Link) ? 0 : ClickBlockCodec.MaxBytes(click.Link)),
        };
    }

    /// <summary>Where a block was stored at last, and what became of it.</summary>
    private sealed record BlockAnswer(BlockKey Key, ClickOutcome Outcome);

    /// <summary>What a block is made of: either of the two.</summary>
    private readonly record struct Entry(Click? Click, MarketEvent? Event);
}
