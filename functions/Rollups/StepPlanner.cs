using ShareLinks.Clicks;
using ShareLinks.Reporting;

namespace ShareLinks.Rollups;

/// <summary>Decides where the steps of the fold begin and end. Thread-safe.</summary>
internal sealed class StepPlanner(BatchTable batches, RetentionRecord retention, FoldBasis basis, FoldOptions options)
{
    /// <summary>The state of a generation before its first step.</summary>
    public async Task<FoldState> FirstStateAsync(int generation, CancellationToken cancellationToken)
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

    /// <summary>Where the next step ends: after whole batches, up to about so many clicks, or else within one.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="lastBatch">The last batch record that it may take in.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<FeedCursor> PlanAsync(FeedCursor start, int lastBatch, CancellationToken cancellationToken)
    {
        var end = start;
        var entries = 0L;
        await foreach (var batch in batches.ReadAsync(start.Batch, lastBatch, cancellationToken))
        {
            var blocks = batch.Ranges.Sum(range => range.To - range.From);
            var first = batch.Number == start.Batch ? start.Block : 0;
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
        if (end == start)
            throw new InvalidDataException($"Batch record {start.Batch} is missing, and statistics can't continue without it.");
        return end;
    }
}
