using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Data.Tables;
using ShareLinks.Links;
using ShareLinks.Storage;

namespace ShareLinks.Minting;

/// <summary>What was reserved for requests with an <c>Idempotency-Key</c>, so that every retry mints the same links.</summary>
/// <remarks>
/// Table <c>idempotency</c>; RowKey = SHA-256 of caller, address and key, in hexadecimal; PartitionKey = its first two digits. Columns:
/// <c>BodyHash</c> (32 bytes), <c>Ids</c> (<see cref="LinkIdRuns"/>), <c>At</c>. The row is there before anything
/// is minted; after <see cref="KeptFor"/> its key may be used anew, and the row is deleted. Thread-safe.
/// </remarks>
public sealed class IdempotencyTable(StorageAccount account, LinkIdLeases leases)
{
    public const int MaxKeyLength = 128;

    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    private readonly Table table = account.Table("idempotency");

    /// <summary>Whether a text can be a key: 1 to 128 visible ASCII characters.</summary>
    public static bool IsKey(string text) => text.Length is > 0 and <= MaxKeyLength && text.All(c => c is > ' ' and <= '~');

    /// <summary>What an earlier try reserved, if there was one, and whether it had another body.</summary>
    public async Task<(Reservation? Reservation, bool IsReused)> FindAsync(IdempotentCall call, DateTimeOffset now, CancellationToken cancellationToken) =>
        Read(await GetAsync(call, cancellationToken), call, now);

    /// <summary>What an earlier try reserved, else a new reservation; none, and true, when the earlier one had another body.</summary>
    public async Task<(Reservation? Reservation, bool IsReused)> ReserveAsync(IdempotentCall call, int count, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (true)
        {
            var present = await GetAsync(call, cancellationToken);
            var (found, isReused) = Read(present, call, now);
            if (found is not null || isReused)
                return (found, isReused);
            var row = new TableEntity(Partition(call), Name(call))
            {
                ["BodyHash"] = call.BodyHash,
                ["Ids"] = LinkIdRuns.Format(await leases.TakeAsync(count, cancellationToken)),
                ["At"] = now,
                ETag = present?.ETag ?? default,
            };
            if (present is null ? await table.InsertAsync(row, cancellationToken) : await table.ReplaceAsync(row, cancellationToken))
                return (ToReservation(row), false);
        }
    }

    /// <summary>Deletes rows of one part of the table that are of some age, by the storage service's clock.</summary>
    /// <param name="part">Which of the 256 parts.</param>
    /// <param name="minAge">More than <see cref="KeptFor"/>.</param>
    /// <param name="cancellationToken">Stops between deletions.</param>
    public async Task DeleteOldAsync(byte part, TimeSpan minAge, CancellationToken cancellationToken)
    {
        var partition = part.ToString("x2", CultureInfo.InvariantCulture);
        await foreach (var page in table.QueryPagesAsync(partition, select: ["PartitionKey", "RowKey", "Timestamp"], cancellationToken: cancellationToken))
        {
            // One whose key is used anew meanwhile has changed, and stays.
            foreach (var row in page.Values.Where(row => page.ServiceTime - row.Timestamp >= minAge))
                await table.DeleteAsync(row, cancellationToken);
        }
    }

    private static string Name(IdempotentCall call) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{call.Caller}\0{call.Address}\0{call.Key}")));

    private static string Partition(IdempotentCall call) => Name(call)[..2];

    private static (Reservation? Reservation, bool IsReused) Read(TableEntity? row, IdempotentCall call, DateTimeOffset now)
    {
        if (row is null || now - row.GetDateTimeOffset("At") >= KeptFor)
            return (null, false);
        return row.GetBinary("BodyHash").AsSpan().SequenceEqual(call.BodyHash) ? (ToReservation(row), false) : (null, true);
    }

    private Task<TableEntity?> GetAsync(IdempotentCall call, CancellationToken cancellationToken) => table.GetAsync(Partition(call), Name(call), cancellationToken);

    private static Reservation ToReservation(TableEntity row) => new(LinkIdRuns.Parse(row.GetString("Ids")), row.GetDateTimeOffset("At")!.Value);
}

/// <summary>A call that may be tried again.</summary>
/// <param name="Caller">The API key's id.</param>
/// <param name="Address">The path that was called.</param>
/// <param name="Key">The caller's name for it.</param>
/// <param name="BodyHash">SHA-256 of the body.</param>
public sealed record IdempotentCall(string Caller, string Address, string Key, byte[] BodyHash);
