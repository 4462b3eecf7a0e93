using System.Runtime.CompilerServices;
using ShareLinks.Codes;

namespace ShareLinks.Clicks;

/// <summary>Reads the click log: every click once, in one total order that never changes, and any click by its id.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed partial class ClickFeed(ClickCutter cutter, BatchTable batches, BlockTable blocks, ScanTable scans, DamagedBlocks damaged, ILogger<ClickFeed> logger)
{
    /// <summary>
    /// Cuts, then finds the batch that a cursor stands in, so that everything stored before the call can be read from there.
    /// </summary>
    public async Task<FeedStart> OpenAsync(FeedCursor cursor, CancellationToken cancellationToken)
    {
        var last = await cutter.CutAsync(cancellationToken);
        if (cursor.Batch > last + 1 || (cursor.Batch == last + 1 && cursor != new FeedCursor(last + 1, 0, 0)))
            return FeedStart.NeverIssued;
        return cursor.Batch == last + 1 || await batches.GetAsync(cursor.Batch, cancellationToken) is not null ? FeedStart.Ready : FeedStart.Expired;
    }

    /// <summary>
    /// Clicks from a cursor on, each with the cursor behind it, up to the last batch record. Of a scan that was stored twice the one that counts
    /// is given. A damaged block is passed over, reported and remembered in <see cref="DamagedBlocks"/>.
    /// </summary>
    public async IAsyncEnumerable<FeedClick> ReadAsync(FeedCursor cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (; await batches.GetAsync(cursor.Batch, cancellationToken) is { } batch; cursor = new FeedCursor(cursor.Batch + 1, 0, 0))
        {
            var before = 0;
            foreach (var range in batch.Ranges)
            {
                var blocksInRange = range.To - range.From;
                var skip = Math.Clamp(cursor.Block - before, 0, blocksInRange);
                var block = before + skip;
                before += blocksInRange;
                if (skip == blocksInRange)
                    continue;
                await foreach (var stored in blocks.ReadAsync(new BlockKey(range.Stream, range.From + skip), range.To, cancellationToken))
                {
                    // A cursor names a block by its place in the batch, so a block that has gone from storage moves no other.
                    block = before - (range.To - stored.Key.Sequence);
                    if (!stored.IsWhole)
                        Report(stored.Key);
                    var uncounted = await scans.UncountedAsync(stored.Key, stored.Clicks, cancellationToken);
                    for (var place = block == cursor.Block ? cursor.Place : 0; place < stored.Clicks.Count; place++)
                    {
                        if (uncounted.Contains(place))
                            continue;
                        yield return new FeedClick(stored.Key.Click(place), stored.Clicks[place], new FeedCursor(cursor.Batch, block, place + 1));
                    }
                }
            }
        }
    }

    /// <summary>The click with the given id; null when there is none.</summary>
    public async Task<Click?> FindAsync(ClickId id, CancellationToken cancellationToken)
    {
        if (await blocks.FindAsync(new BlockKey(id.Stream, id.Sequence), cancellationToken) is not { } stored)
            return null;
        if (!stored.IsWhole)
            Report(stored.Key);
        return id.Place < stored.Clicks.Count ? stored.Clicks[id.Place] : null;
    }

    private void Report(BlockKey key)
    {
        if (damaged.Add(key))
            LogDamaged(key);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Block {Key} of table blocks is damaged; its clicks are passed over.")]
    private partial void LogDamaged(BlockKey key);
}

/// <summary>A click in the feed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Click">The click.</param>
/// <param name="Next">The cursor that goes on behind it.</param>
public readonly record struct FeedClick(ClickId Id, Click Click, FeedCursor Next);

public enum FeedStart
{
    Ready,

    /// <summary>No feed ever gave this cursor.</summary>
    NeverIssued,

    /// <summary>What stood there is past retention.</summary>
    Expired,
}
