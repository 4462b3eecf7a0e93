using System.Buffers.Binary;
using System.Security.Cryptography;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.People;

/// <summary>The cookies of persons who were erased: what happened under one until then is nobody's any more, also when all clicks are counted anew.</summary>
/// <remarks>
/// Table <c>erasures</c>, PartitionKey <c>cookies</c>, RowKey = a hash of the cookie's number, which cannot be turned back; <c>Through</c>. A row goes when
/// the clicks up to then are past retention. Thread-safe.
/// </remarks>
internal sealed class ErasedCookies(StorageAccount account)
{
    private const string Partition = "cookies";
    private const int HashBytes = 16;

    private readonly Table table = account.Table("erasures");

    /// <summary>Notes that a cookie's clicks up to a moment are nobody's.</summary>
    public Task AddAsync(ulong cookie, DateTimeOffset through, CancellationToken cancellationToken) =>
        table.PutAsync(new TableEntity(Partition, HashOf(cookie)) { ["Through"] = through }, cancellationToken);

    /// <summary>All of them, as they are now.</summary>
    public async Task<ErasedClicks> ReadAsync(CancellationToken cancellationToken) => new(
        await table.QueryAsync(Partition, select: ["RowKey", "Through"], cancellationToken: cancellationToken)
            .ToDictionaryAsync(row => row.RowKey, row => row.GetDateTimeOffset("Through")!.Value, cancellationToken: cancellationToken));

    /// <summary>Forgets those whose clicks are past retention.</summary>
    /// <param name="deletedThrough">Up to when the log has no clicks any more.</param>
    /// <param name="cancellationToken">Stops between two.</param>
    public async Task ForgetAsync(DateTimeOffset deletedThrough, CancellationToken cancellationToken)
    {
        foreach (var (hash, through) in (await ReadAsync(cancellationToken)).ThroughByHash)
        {
            if (through <= deletedThrough)
                await table.DeleteAsync(Partition, hash, cancellationToken);
        }
    }

    internal static string HashOf(ulong cookie)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, cookie);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(number, hash);
        return Convert.ToHexStringLower(hash[..HashBytes]);
    }
}

/// <summary>Which clicks and events under a cookie are nobody's any more.</summary>
/// <param name="ThroughByHash">Until when, by the hash of the cookie.</param>
internal sealed record ErasedClicks(IReadOnlyDictionary<string, DateTimeOffset> ThroughByHash)
{
    /// <summary>Whether what happened under a cookie at a moment is nobody's.</summary>
    public bool Contains(ulong cookie, DateTimeOffset at) =>
        ThroughByHash.Count > 0 && ThroughByHash.TryGetValue(ErasedCookies.HashOf(cookie), out var through) && at <= through;
}
