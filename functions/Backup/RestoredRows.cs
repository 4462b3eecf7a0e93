using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Backup;

/// <summary>What a restore changes in the rows of a backup, whose tables were copied one after the other while the app wrote.</summary>
/// <remarks>
/// <para>The click log's blocks were copied after its batch records. A stream that was retired by a record which the copy lacks is not retired
/// here, and every stream with blocks that is not retired gets its row in <c>streams</c>, if it has none: else its last clicks would never come
/// into the order.</para>
/// <para>Links that were minted after the backup are lost, but their codes are in the world: the counter skips <see cref="SkippedIds"/>, so that none
/// of those codes ever leads to another link.</para>
/// <para>Gives the same however often it is done. Wants the tables in the order of <see cref="TableNames.BackedUp"/>. Not thread-safe.</para>
/// </remarks>
internal sealed class RestoredRows(Table streams, StorageRetry retry)
{
    /// <summary>More than are minted between a backup and its restore; 2⁴⁰ ids allow four thousand restores.</summary>
    public const long SkippedIds = 1L << 28;

    private int lastBatch;
    private string? stream;
    private bool hasBlocks;
    private bool isRetired;

    /// <summary>Looks at the next row and changes it where it must; false to leave it out.</summary>
    public async Task<bool> TakeAsync(string table, TableEntity row, CancellationToken cancellationToken)
    {
        switch (table)
        {
            case "counters" when row.RowKey == "links":
                row["Next"] = row.GetInt64("Next") + SkippedIds;
                return true;
            case "fold" when row.RowKey == "current":
                // The backup's own hold.
                row.Remove("HeldUntil");
                return true;
            case "fold" when row.RowKey == "building":
                // Only the generation that questions are answered from stood still while it was copied: the rows of another are to be deleted.
                row.RowKey = string.Create(CultureInfo.InvariantCulture, $"retired-{row.GetInt32("Generation"):D8}");
                return true;
            case "batches" when row.PartitionKey == "batches":
                lastBatch = Math.Max(lastBatch, int.MaxValue - int.Parse(row.RowKey, CultureInfo.InvariantCulture));
                return true;
            case "blocks":
                if (row.PartitionKey != stream)
                {
                    await EndAsync(cancellationToken);
                    stream = row.PartitionKey;
                }
                if (row.RowKey == "retired")
                    return isRetired = (row.GetInt32("Batch") ?? 0) <= lastBatch;
                hasBlocks |= row.RowKey != "moved";
                return true;
            default:
                return true;
        }
    }

    /// <summary>To be called behind the last row of each table.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (hasBlocks && !isRetired)
        {
            var row = new TableEntity("streams", stream) { ["Nonce"] = 0L };
            await retry.TryAsync(() => streams.InsertAsync(row, cancellationToken), cancellationToken);
        }
        (stream, hasBlocks, isRetired) = (null, false, false);
    }
}
