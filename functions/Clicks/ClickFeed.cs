using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using ShareLinks.Codes;
using ShareLinks.Minting;

namespace ShareLinks.Clicks;

/// <summary>Reads the click log: every click once, in one total order that never changes, and any click by its id.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed partial class ClickFeed(
    ClickCutter cutter, BatchTable batches, RetentionRecord retention, BlockTable blocks, ScanTable scans, UnreadBlocks unread, ILogger<ClickFeed> logger) : IRecordedClicks
{
    /// <summary>Blocks that are read together at most, and held in memory.</summary>
    private const int MostTogether = 64;

    private const int StreamsAtOnce = 8;

    /// <summary>
    /// Cuts, then finds the batch that a cursor stands in, so that everything stored before the call can be read from there.
    /// </summary>
    /// <param name="cursor">Where to begin; null for the first click that is kept.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<(FeedStart Start, FeedCursor Cursor)> OpenAsync(FeedCursor? cursor, CancellationToken cancellationToken)
    {
        var last = (await cutter.CutAsync(cancellationToken)).Number;
        var start = cursor ?? FeedCursor.Start;
        if (start.Batch > last + 1 || (start.Batch == last + 1 && start != new FeedCursor(last + 1, 0, 0)))
            return (FeedStart.NeverIssued, start);
        if (start.Batch == last + 1 || await batches.GetAsync(start.Batch, cancellationToken) is not null)
            return (FeedStart.Ready, start);
        return cursor is null
            ? (FeedStart.Ready, new FeedCursor((await retention.ReadAsync(cancellationToken)).First, 0, 0))
            : (FeedStart.Expired, start);
    }

    /// <summary>
    /// Clicks from a cursor on, each with the cursor behind it, up to the last batch record. Of a scan that was stored twice the one that counts
    /// is given. A block that is damaged or missing is passed over, reported and remembered in <see cref="UnreadBlocks"/>.
    /// </summary>
    public async IAsyncEnumerable<FeedClick> ReadAsync(FeedCursor cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var block in ReadBlocksAsync(cursor, to: null, cancellationToken))
        {
            var isFirst = block.Batch == cursor.Batch && block.Block == cursor.Block;
            foreach (var click in block.Counted(from: isFirst ? cursor.Place : 0))
                yield return click;
        }
    }

    /// <summary>
    /// Whole blocks, in the feed's order. One that is damaged or missing is given without clicks, reported and remembered in <see cref="UnreadBlocks"/>.
    /// </summary>
    /// <param name="from">The first block; the place in it plays no part.</param>
    /// <param name="to">The block after the last; null to go on to the last batch record.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public IAsyncEnumerable<FeedBlock> ReadBlocksAsync(FeedCursor from, FeedCursor? to, CancellationToken cancellationToken)
    {
        var lastBatch = to switch
        {
            null => int.MaxValue,
            { Block: 0 } end => end.Batch - 1,
            { } end => end.Batch,
        };
        return ReadBlocksAsync(batches.ReadAsync(from.Batch, lastBatch, cancellationToken).SelectMany(batch => Parts(
            batch, batch.Number == from.Batch ? from.Block : 0, batch.Number == to?.Batch ? to.Value.Block : int.MaxValue)), cancellationToken);
    }

    /// <summary>As <see cref="ReadBlocksAsync(FeedCursor, FeedCursor?, CancellationToken)"/>, the blocks of some batches.</summary>
    public IAsyncEnumerable<FeedBlock> ReadBlocksAsync(IAsyncEnumerable<Batch> some, CancellationToken cancellationToken) =>
        ReadBlocksAsync(some.SelectMany(batch => Parts(batch, 0, int.MaxValue)), cancellationToken);

    /// <summary>Parts of streams, in their order. Small ones are read together, a few at first: where little comes in, most batches have a block or two.</summary>
    private async IAsyncEnumerable<FeedBlock> ReadBlocksAsync(IAsyncEnumerable<Part> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (together, blocks, most) = (new List<Part>(), 0, 1);
        await foreach (var part in parts.WithCancellation(cancellationToken))
        {
            if (blocks > 0 && blocks + part.Blocks > most)
            {
                await foreach (var block in ReadTogetherAsync(together, cancellationToken))
                    yield return block;
                together.Clear();
                (blocks, most) = (0, Math.Min(2 * most, MostTogether));
            }
            together.Add(part);
            blocks += part.Blocks;
        }
        await foreach (var block in ReadTogetherAsync(together, cancellationToken))
            yield return block;
    }

    private async IAsyncEnumerable<FeedBlock> ReadTogetherAsync(IReadOnlyList<Part> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var read = parts.Count == 1 ? null : await ReadStoredAsync(parts, cancellationToken);
        foreach (var part in parts)
        {
            var next = part.From;
            await foreach (var stored in read is null ? blocks.ReadAsync(part.From, part.End, cancellationToken) : Of(part, read))
            {
                await foreach (var missing in MissingAsync(part, next, stored.Key.Sequence, cancellationToken))
                    yield return missing;
                if (!stored.IsWhole)
                    ReportDamaged(stored.Key);
                yield return new FeedBlock(
                    part.Batch, part.PlaceOf(stored.Key), stored.Key, stored.IsWhole, stored.Clicks, stored.Events,
                    await scans.UncountedAsync(stored.Key, stored.Clicks, cancellationToken));
                next = stored.Key with { Sequence = stored.Key.Sequence + 1 };
            }
            await foreach (var missing in MissingAsync(part, next, part.End, cancellationToken))
                yield return missing;
        }

        static IAsyncEnumerable<StoredBlock> Of(Part part, IReadOnlyDictionary<BlockKey, StoredBlock> read) =>
            Enumerable.Range(part.From.Sequence, part.Blocks).Select(sequence => part.From with { Sequence = sequence }).Where(read.ContainsKey).Select(key => read[key]).ToAsyncEnumerable();
    }

    /// <summary>Blocks of a part that storage does not have, from one to before another.</summary>
    /// <exception cref="PastRetentionException">Retention has overtaken the reader.</exception>
    private async IAsyncEnumerable<FeedBlock> MissingAsync(Part part, BlockKey first, int end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (first.Sequence == end)
            yield break;
        // Retention may have taken them since the batch record was read. Nobody may take the rest for the whole.
        if (part.Batch < (await retention.ReadAsync(cancellationToken)).First)
            throw new PastRetentionException(part.Batch);
        for (var sequence = first.Sequence; sequence < end; sequence++)
        {
            var key = first with { Sequence = sequence };
            if (unread.Missing.Add(key))
                LogMissing(key);
            yield return new FeedBlock(part.Batch, part.PlaceOf(key), key, IsWhole: false, [], [], FrozenSet<int>.Empty) { IsMissing = true };
        }
    }

    /// <summary>The blocks of some parts; what follows each other in a stream costs one query.</summary>
    private async Task<IReadOnlyDictionary<BlockKey, StoredBlock>> ReadStoredAsync(IEnumerable<Part> parts, CancellationToken cancellationToken)
    {
        var stretches = new List<(BlockKey From, int End)>();
        foreach (var part in parts.OrderBy(part => part.From.Stream).ThenBy(part => part.From.Sequence))
        {
            if (stretches is [.., var last] && last.From.Stream == part.From.Stream && last.End == part.From.Sequence)
                stretches[^1] = last with { End = part.End };
            else
                stretches.Add((part.From, part.End));
        }
        var read = new ConcurrentDictionary<BlockKey, StoredBlock>();
        await Parallel.ForEachAsync(stretches, new ParallelOptions { MaxDegreeOfParallelism = StreamsAtOnce, CancellationToken = cancellationToken }, async (stretch, cancellation) =>
        {
            await foreach (var stored in blocks.ReadAsync(stretch.From, stretch.End, cancellation))
                read[stored.Key] = stored;
        });
        return read;
    }

    /// <summary>What a batch has of each stream, from its block <paramref name="first"/> (inclusive) to <paramref name="end"/> (exclusive).</summary>
    private static IEnumerable<Part> Parts(Batch batch, int first, int end)
    {
        var before = 0;
        foreach (var range in batch.Ranges)
        {
            var blocksInRange = range.To - range.From;
            var (skip, stop) = (Math.Clamp(first - before, 0, blocksInRange), Math.Clamp(end - before, 0, blocksInRange));
            if (skip < stop)
                yield return new Part(batch.Number, before + skip, new BlockKey(range.Stream, range.From + skip), range.From + stop);
            before += blocksInRange;
        }
    }

    /// <summary>The click with the given id; null when there is none.</summary>
    public async Task<Click?> FindAsync(ClickId id, CancellationToken cancellationToken)
    {
        var clicks = await FindBlockAsync(new BlockKey(id.Stream, id.Sequence), cancellationToken);
        return id.Place < clicks.Count ? clicks[id.Place] : null;
    }

    /// <summary>The link that a click opened; null when there is no such click.</summary>
    public async Task<LinkId?> FindLinkAsync(ClickId id, CancellationToken cancellationToken) => (await FindAsync(id, cancellationToken))?.Link.Id;

    /// <summary>Whether a click that is not found was there once.</summary>
    public async Task<bool> IsPastRetentionAsync(ClickId id, CancellationToken cancellationToken) =>
        (await retention.ReadAsync(cancellationToken)).DeletedThrough is not null && await blocks.IsPastRetentionAsync(new BlockKey(id.Stream, id.Sequence), cancellationToken);

    /// <summary>The clicks of the block with the given key, wherever it was moved; none when there is no such block, or it is damaged.</summary>
    public async Task<IReadOnlyList<Click>> FindBlockAsync(BlockKey key, CancellationToken cancellationToken) =>
        await FindStoredAsync(key, cancellationToken) is { } stored ? stored.Clicks : [];

    /// <summary>The event at a place in the log; null when there is none (any more), or its block is damaged.</summary>
    public async Task<MarketEvent?> FindEventAsync(ClickId position, CancellationToken cancellationToken)
    {
        var place = position.Place - ClickId.FirstEventPlace;
        return await FindStoredAsync(new BlockKey(position.Stream, position.Sequence), cancellationToken) is { } stored && place >= 0 && place < stored.Events.Count
            ? stored.Events[place]
            : null;
    }

    private async Task<StoredBlock?> FindStoredAsync(BlockKey key, CancellationToken cancellationToken)
    {
        var stored = await blocks.FindAsync(key, cancellationToken);
        if (stored is { IsWhole: false } damagedBlock)
            ReportDamaged(damagedBlock.Key);
        return stored;
    }

    private void ReportDamaged(BlockKey key)
    {
        if (unread.Damaged.Add(key))
            LogDamaged(key);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Block {Key} of table blocks is damaged; its clicks are passed over.")]
    private partial void LogDamaged(BlockKey key);

    [LoggerMessage(Level = LogLevel.Error, Message = "Block {Key} of table blocks is missing; its clicks are passed over.")]
    private partial void LogMissing(BlockKey key);

    /// <summary>Blocks that follow each other in a stream and in a batch.</summary>
    /// <param name="Batch">The number of the batch record.</param>
    /// <param name="Block">Which of the batch's blocks the first is.</param>
    /// <param name="From">The first.</param>
    /// <param name="End">The sequence after the last.</param>
    private readonly record struct Part(int Batch, int Block, BlockKey From, int End)
    {
        public int Blocks => End - From.Sequence;

        /// <summary>Which of the batch's blocks a block is: a cursor names it by this, so one that is missing moves no other.</summary>
        public int PlaceOf(BlockKey key) => Block + key.Sequence - From.Sequence;
    }
}

/// <summary>A block in the feed.</summary>
/// <param name="Batch">The number of its batch record.</param>
/// <param name="Block">Which of the batch's blocks, from 0.</param>
/// <param name="Key">Where it is stored.</param>
/// <param name="IsWhole">False when it is damaged or missing: then it has neither clicks nor events.</param>
/// <param name="Clicks">Its clicks in their order.</param>
/// <param name="Events">Its events in theirs.</param>
/// <param name="Uncounted">The places of clicks that are passed over, since another click of their scan counts.</param>
public readonly record struct FeedBlock(
    int Batch, int Block, BlockKey Key, bool IsWhole, IReadOnlyList<Click> Clicks, IReadOnlyList<MarketEvent> Events, IReadOnlySet<int> Uncounted)
{
    /// <summary>Whether storage does not have it.</summary>
    public bool IsMissing { get; init; }

    /// <summary>The clicks that count, from a place on.</summary>
    public IEnumerable<FeedClick> Counted(int from = 0)
    {
        for (var place = from; place < Clicks.Count; place++)
        {
            if (!Uncounted.Contains(place))
                yield return new FeedClick(Key.Click(place), Clicks[place], new FeedCursor(Batch, Block, place + 1));
        }
    }
}

/// <summary>A click in the feed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Click">The click.</param>
/// <param name="Next">The cursor that goes on behind it.</param>
public readonly record struct FeedClick(ClickId Id, Click Click, FeedCursor Next);

/// <summary>Clicks that were to be read went past retention meanwhile.</summary>
public sealed class PastRetentionException(int batch) : Exception($"Batch record {batch} went past retention while it was read.");

public enum FeedStart
{
    Ready,

    /// <summary>No feed ever gave this cursor.</summary>
    NeverIssued,

    /// <summary>What stood there is past retention.</summary>
    Expired,
}
