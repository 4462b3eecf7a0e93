using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Clicks;

/// <summary>The blocks of the click log, in streams.</summary>
/// <remarks>
/// Table <c>blocks</c>; PartitionKey = stream, 12 hexadecimal digits (a random number, so streams spread over servers by themselves).
/// <code>
/// RowKey                 columns                                  holds
/// {sequence}, 6 digits   Nonce Count First Last Data0 Data1 …     a block; never changed
/// {sequence}             Sealed(true)                             the end: whatever was to stand here went to another stream
/// moved                  From To                                  blocks from sequence From on stand in stream To, from 0
/// retired                Batch                                    the stream is wholly in the batch records up to that one and left its row in
///                                                                 `streams`; with the number, a copy of the tables can tell whether it has that one
/// </code>
/// A writer inserts block n + 1 only after block n is confirmed, so a stream never has a gap. Thread-safe.
/// </remarks>
public sealed class BlockTable(StorageAccount account)
{
    private const string MovedRow = "moved";
    private const string RetiredRow = "retired";

    private static readonly string[] Outline = ["RowKey", "Timestamp", "Count", "First", "Last", "Sealed"];

    private readonly Table table = account.Table("blocks");

    /// <summary>
    /// Writes a block, once: writing it again with the same nonce finds it written. False when the stream was sealed at that place, or is
    /// another writer's.
    /// </summary>
    /// <param name="key">Its place.</param>
    /// <param name="nonce">Its writer's name for it.</param>
    /// <param name="bytes">The block.</param>
    /// <param name="clicks">Its clicks.</param>
    /// <param name="events">How many events it has.</param>
    /// <param name="cancellationToken">Cancels the wait, not a write already sent.</param>
    public async Task<bool> AddAsync(BlockKey key, long nonce, byte[] bytes, IReadOnlyList<Click> clicks, int events, CancellationToken cancellationToken)
    {
        var row = new TableEntity(key.Partition, key.Row)
        {
            ["Nonce"] = nonce,
            ["Count"] = clicks.Count + events,
            ["First"] = clicks.Min(click => (DateTimeOffset?)click.At),
            ["Last"] = clicks.Max(click => (DateTimeOffset?)click.At),
        };
        BinaryColumns.Write(row, bytes);
        return await table.InsertAsync(row, cancellationToken)
            || (await table.GetAsync(key.Partition, key.Row, cancellationToken))?.GetInt64("Nonce") == nonce;
    }

    /// <summary>Ends a stream at the given place; false when a block has arrived there first. The end refuses its writer for as long as the stream is kept.</summary>
    public Task<bool> SealAsync(BlockKey end, CancellationToken cancellationToken) =>
        table.InsertAsync(new TableEntity(end.Partition, end.Row) { ["Sealed"] = true }, cancellationToken);

    /// <summary>Notes where the blocks that a sealed stream refused have gone, for click ids that were given out before they were written.</summary>
    public Task MovedAsync(BlockKey from, long to, CancellationToken cancellationToken) =>
        table.PutAsync(new TableEntity(from.Partition, MovedRow) { ["From"] = from.Sequence, ["To"] = to }, cancellationToken);

    /// <summary>Notes that a stream is done with, before its row in <c>streams</c> goes.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="batch">The number of a batch record that has it sealed.</param>
    /// <param name="cancellationToken">Cancels the wait, not a write already sent.</param>
    public Task RetireAsync(long stream, int batch, CancellationToken cancellationToken) =>
        table.PutAsync(new TableEntity(BlockKey.StreamPartition(stream), RetiredRow) { ["Batch"] = batch }, cancellationToken);

    /// <summary>What a stream holds from a place on, without the clicks.</summary>
    public async Task<StreamOutline> OutlineAsync(BlockKey from, CancellationToken cancellationToken)
    {
        var (blocks, entries, isSealed, isRetired) = (0, 0, false, false);
        DateTimeOffset? first = null, last = null, grewAt = null;
        await foreach (var row in table.QueryAsync(from.Partition, from.Row, select: Outline, cancellationToken: cancellationToken))
        {
            isRetired |= row.RowKey == RetiredRow;
            // Rows are read while a writer adds others: only what follows without a gap was there when its successor was.
            if (row.RowKey != BlockKey.SequenceRow(from.Sequence + blocks))
                continue;
            if (row.GetBoolean("Sealed") == true)
            {
                isSealed = true;
                continue;
            }
            blocks++;
            entries += row.GetInt32("Count")!.Value;
            first = Earlier(first, row.GetDateTimeOffset("First"));
            last = Later(last, row.GetDateTimeOffset("Last"));
            grewAt = row.Timestamp;
        }
        return new StreamOutline(from.Sequence + blocks, entries, isSealed, isRetired, first, last, grewAt);
    }

    /// <summary>The blocks of a stream from one place to before another, in order.</summary>
    public async IAsyncEnumerable<StoredBlock> ReadAsync(BlockKey from, int to, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Ten blocks at most fit in a page of the service; reading few ahead also bounds memory.
        await foreach (var row in table.QueryAsync(from.Partition, from.Row, BlockKey.SequenceRow(to), pageSize: 10, cancellationToken: cancellationToken))
            yield return ToBlock(row);
    }

    /// <summary>The block in which a click stands, wherever it was moved; null when there is none.</summary>
    public async Task<StoredBlock?> FindAsync(BlockKey key, CancellationToken cancellationToken)
    {
        if (await table.GetAsync(key.Partition, key.Row, cancellationToken) is { } row && row.GetBoolean("Sealed") != true)
            return ToBlock(row);
        if (await table.GetAsync(key.Partition, MovedRow, cancellationToken) is not { } moved || moved.GetInt32("From") > key.Sequence)
            return null;
        return await FindAsync(new BlockKey(moved.GetInt64("To")!.Value, key.Sequence - moved.GetInt32("From")!.Value), cancellationToken);
    }

    /// <summary>Whether a block whose key was given out went with its stream past retention: of that nothing is left.</summary>
    public async Task<bool> IsPastRetentionAsync(BlockKey key, CancellationToken cancellationToken)
    {
        if (await table.QueryAsync(key.Partition, select: ["RowKey"], pageSize: 1, cancellationToken: cancellationToken).FirstOrDefaultAsync(cancellationToken) is null)
            return true;
        return await table.GetAsync(key.Partition, MovedRow, cancellationToken) is { } moved && moved.GetInt32("From") <= key.Sequence
            && await IsPastRetentionAsync(new BlockKey(moved.GetInt64("To")!.Value, key.Sequence - moved.GetInt32("From")!.Value), cancellationToken);
    }

    /// <summary>Deletes a stream that is past retention: its blocks, its end and the notes beside them.</summary>
    public Task DeleteAsync(long stream, CancellationToken cancellationToken) => table.DeleteRangeAsync(BlockKey.StreamPartition(stream), cancellationToken: cancellationToken);

    private static StoredBlock ToBlock(TableEntity row)
    {
        var key = new BlockKey(
            long.Parse(row.PartitionKey, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            int.Parse(row.RowKey, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        var isWhole = ClickBlockCodec.TryDecode(key, BinaryColumns.Read(row), out var clicks, out var events);
        return new StoredBlock(key, isWhole, clicks, events);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one < other ? one : other ?? one;

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one > other ? one : other ?? one;
}

/// <summary>A block as read back.</summary>
/// <param name="Key">Its place.</param>
/// <param name="IsWhole">False when its bytes are damaged; then it has no clicks.</param>
/// <param name="Clicks">The clicks in their order.</param>
/// <param name="Events">The events in theirs.</param>
public readonly record struct StoredBlock(BlockKey Key, bool IsWhole, IReadOnlyList<Click> Clicks, IReadOnlyList<MarketEvent> Events);

/// <summary>What a stream was found to hold from some place on.</summary>
/// <param name="End">The sequence after the last block.</param>
/// <param name="Entries">Clicks and events in those blocks.</param>
/// <param name="IsSealed">Whether it ends there permanently.</param>
/// <param name="IsRetired">Whether the batch records have it wholly already.</param>
/// <param name="First">The earliest time of a click in them.</param>
/// <param name="Last">The latest.</param>
/// <param name="GrewAt">When the last of them arrived, by the storage service's clock.</param>
public readonly record struct StreamOutline(
    int End, int Entries, bool IsSealed, bool IsRetired, DateTimeOffset? First, DateTimeOffset? Last, DateTimeOffset? GrewAt);
