using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Resolving;

/// <summary>The visits that were continued in another app: each can be continued once.</summary>
/// <remarks>
/// Table <c>handovers</c>; PartitionKey = day of the visit (UTC) and hash, <c>20261122-a7</c>, so that old days go as a whole; RowKey = the visit's
/// stream, sequence and place in hexadecimal; <c>Nonce</c> (Int64: random, or a hash of the scan's id). Thread-safe.
/// </remarks>
public sealed class HandoffTable(StorageAccount account, RandomNumberGenerator random)
{
    private readonly Table table = account.Table("handovers");

    /// <summary>Takes a visit over; true for the first who asks, and for nobody after but a scan that is sent again.</summary>
    /// <param name="visit">The visit.</param>
    /// <param name="at">When the service learned of it.</param>
    /// <param name="scanId">The app's name for the opening, if it has one.</param>
    /// <param name="cancellationToken">Cancels the wait, not a write already sent.</param>
    public async Task<bool> TakeAsync(ClickId visit, DateTimeOffset at, string? scanId, CancellationToken cancellationToken)
    {
        var partition = $"{Day(at)}-{TableKey.Bucket(visit.Stream ^ visit.Sequence ^ visit.Place)}";
        var key = $"{visit.Stream:x12}-{visit.Sequence:x6}-{visit.Place:x4}";
        var nonce = scanId is null ? RandomNumber() : BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(scanId)));
        if (await table.InsertAsync(new TableEntity(partition, key) { ["Nonce"] = nonce }, cancellationToken))
            return true;
        // A lost answer makes the client, or the app, send the insert again: the row is then this very one.
        return await table.GetAsync(partition, key, cancellationToken) is { } row && row.GetInt64("Nonce") == nonce;
    }

    /// <summary>Deletes the rows of days that are over for long enough, by the storage service's clock.</summary>
    /// <param name="minAge">Longer than a visit can still be continued: a scan may be sent a month late.</param>
    /// <param name="cancellationToken">Stops between deletions.</param>
    public async Task DeleteOldAsync(TimeSpan minAge, CancellationToken cancellationToken) =>
        await table.DeletePartitionsBeforeAsync(Day(await table.ServiceTimeAsync(cancellationToken) - minAge), cancellationToken);

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private long RandomNumber()
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }
}
