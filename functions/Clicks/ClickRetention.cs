namespace ShareLinks.Clicks;

/// <summary>Deletes clicks that are past their days: batch records one by one, and each stream as a whole once the record with its end goes.</summary>
/// <remarks>
/// Readers are sent past a record before it goes; a sweep that was interrupted is gone on with by the next. What stays of a stream are its end, by
/// which a writer that wakes up late is still refused, and where its blocks moved. Thread-safe; any number of processes may sweep at once.
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
        if (await batches.LastAsync(cancellationToken) is not { Batch: not null, ServiceTime: { } now })
            return;
        var (first, deletedThrough) = (retention.First, retention.DeletedThrough);
        await foreach (var batch in batches.ReadAsync(retention.First, before - 1, cancellationToken))
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
                    await DeleteStreamAsync(new BlockKey(range.Stream, range.To), cancellationToken);
                await batches.DeleteAsync(number, cancellationToken);
            }
            if (number % RecordsBetweenNotes == 0 || number == retention.First - 1)
                await record.AdvanceAsync(retention with { Swept = number + 1 }, cancellationToken);
        }
    }

    private async Task DeleteStreamAsync(BlockKey end, CancellationToken cancellationToken)
    {
        // A scan's row goes before the click that counts for it, or nothing would name it any more.
        await foreach (var block in blocks.ReadAsync(new BlockKey(end.Stream, 0), end.Sequence, cancellationToken))
            await scans.ForgetAsync(block.Key, block.Clicks, cancellationToken);
        await blocks.DeleteBeforeAsync(end, cancellationToken);
    }
}
