namespace ShareLinks.Clicks;

/// <summary>Deletes clicks that are past their days: batch records one by one, and each stream as a whole once the record with its end goes.</summary>
/// <remarks>
/// Readers are sent past a record before it goes; a sweep that was interrupted is continued by the next. A stream goes with its end: its writer leaves it
/// by itself before then (<see cref="ClickLog.MaxStreamAge"/>). Thread-safe; any number of processes may sweep at once.
/// </remarks>
public sealed class ClickRetention(BatchTable batches, BlockTable blocks, ScanTable scans, RetentionRecord record, ClickOptions options)
{
    private const int RecordsBetweenNotes = 100;

    /// <summary>Deletes what is old enough by the storage service's clock, up to a batch record.</summary>
    /// <param name="before">The first batch record that somebody still has to count.</param>
    /// <param name="cancellationToken">Stops between records.</param>
    public async Task SweepAsync(int before, CancellationToken cancellationToken)
    {
        var retention = await record.ReadAsync(cancellationToken);
        if (await batches.LastAsync(cancellationToken) is not { Batch: { } last, ServiceTime: { } now })
            return;
        var (first, deletedThrough) = (retention.First, retention.DeletedThrough);
        // The last record stays, however old: the next one gets its number from it, and the streams that are still open.
        await foreach (var batch in batches.ReadAsync(retention.First, Math.Min(before, last.Number) - 1, cancellationToken))
        {
            if (batch.CutAt > now - TimeSpan.FromDays(options.RetentionDays))
                break;
            first = batch.Number + 1;
            deletedThrough = deletedThrough is null || batch.Last > deletedThrough ? batch.Last ?? deletedThrough : deletedThrough;
        }
        retention = await record.AdvanceAsync(retention with { First = first, DeletedThrough = deletedThrough }, cancellationToken);

        for (var number = retention.Swept; number < retention.First; number++)
        {
            if (await batches.GetAsync(number, cancellationToken) is { } batch)
            {
                foreach (var range in batch.Ranges.Where(range => range.IsSealed))
                    await blocks.DeleteAsync(range.Stream, cancellationToken);
                await batches.DeleteAsync(number, cancellationToken);
            }
            if (number % RecordsBetweenNotes == 0 || number == retention.First - 1)
                await record.AdvanceAsync(retention with { Swept = number + 1 }, cancellationToken);
        }

        // A part of the scans each hour. A scan that was counted by a click which is gone may have been sent again up to a month later.
        await scans.DeleteOldAsync((byte)(now.ToUnixTimeSeconds() / 3600), TimeSpan.FromDays(options.RetentionDays + ClickOptions.MinRetentionDays), cancellationToken);
    }
}
