using System.Runtime.CompilerServices;

namespace ShareLinks.Clicks;

/// <summary>Finds the clicks of a stretch of time. Thread-safe.</summary>
public sealed class ClickExport(ClickCutter cutter, BatchTable batches, RetentionRecord retention, ClickFeed feed)
{
    /// <summary>
    /// Cuts, then gives every click that was stored before the call and whose time lies in the range, in the feed's order and as the feed counts.
    /// </summary>
    /// <remarks>A batch whose clicks all lie outside costs its record alone, a thousandth of a query.</remarks>
    /// <param name="from">The earliest time.</param>
    /// <param name="to">The time after the latest.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IAsyncEnumerable<FeedClick>> OpenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var last = (await cutter.CutAsync(cancellationToken)).Number;
        return ReadAsync((await retention.ReadAsync(cancellationToken)).First, last, from, to, cancellationToken);
    }

    private async IAsyncEnumerable<FeedClick> ReadAsync(int first, int last, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = first;
        var within = batches.ReadAsync(first, last, cancellationToken).Where(batch =>
        {
            next = batch.Number + 1;
            return batch.First < to && batch.Last >= from;
        });
        await foreach (var block in feed.ReadBlocksAsync(within, cancellationToken))
        {
            foreach (var click in block.Counted())
            {
                if (click.Click.At >= from && click.Click.At < to)
                    yield return click;
            }
        }
        // Nobody may take a part for the whole.
        if (next <= last)
            throw new PastRetentionException(next);
    }
}
