using System.Buffers.Binary;
using System.Security.Cryptography;
using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Security;

/// <summary>The API keys, hashed, read through a cache.</summary>
/// <remarks>
/// Table <c>keys</c>, PartitionKey <c>keys</c>, RowKey = key id: <c>Hash</c> (32 bytes), <c>Name</c>, <c>Scopes</c> (by comma), <c>CreatedAt</c>.
/// A key reads <c>sl_{id}_{secret}</c>. What is no key costs no read: its id lacks the MAC of <see cref="ApiKeyIds"/> and is not on the list of the ids without
/// one, which is read at most once in 30 s. Thread-safe.
/// </remarks>
public sealed class ApiKeyTable
{
    private const string Partition = "keys";
    private const string Prefix = "sl_";
    private const int SecretLength = 2 * Base62.LengthOf128Bits;
    private const int CachedKeys = 10_000;

    private readonly Table table;
    private readonly RandomNumberGenerator random;
    private readonly TimeProvider time;
    private readonly ApiKeyIds ids;
    private readonly FreshCache<string, ApiKey> cache;
    private readonly FreshCache<string, HashSet<string>> withoutMac;

    public ApiKeyTable(StorageAccount account, ApiKeyIds ids, RandomNumberGenerator random, TimeProvider time)
    {
        table = account.Table("keys");
        (this.ids, this.random, this.time) = (ids, random, time);
        cache = new(CachedKeys, async id => await table.GetAsync(Partition, id) is { } row ? ToKey(row) : null, time, maxStale: FreshCache<string, ApiKey>.Fresh, metrics: account.CacheMetrics("keys"));
        withoutMac = new(1, async _ => await ReadIdsWithoutMacAsync(), time, maxStale: FreshCache<string, HashSet<string>>.Fresh);
    }

    /// <summary>Makes a key; the secret is known to the caller alone.</summary>
    public async Task<(ApiKey Key, string SecretKey)> CreateAsync(string name, IReadOnlyList<string> scopes, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var id = ids.Create(Random128Bits());
            var secretKey = $"{Prefix}{id}_{Base62.Encode(Random128Bits())}{Base62.Encode(Random128Bits())}";
            var key = new ApiKey { Id = id, Hash = ApiKey.HashOf(secretKey), Name = name, Scopes = scopes, CreatedAt = time.GetUtcNow() };
            var row = new TableEntity(Partition, id)
            {
                ["Hash"] = key.Hash.ToArray(),
                ["Name"] = name,
                ["Scopes"] = string.Join(',', scopes),
                ["CreatedAt"] = key.CreatedAt,
            };
            if (await table.InsertAsync(row, cancellationToken))
                return (key, secretKey);
            // A lost answer makes the client send the insert again; the key under this id is then the one just made.
            if (await table.GetAsync(Partition, id, cancellationToken) is { } present && ToKey(present).Matches(secretKey))
                return (key, secretKey);
        }
    }

    /// <summary>The key that a caller shows; null when there is none such.</summary>
    /// <param name="secretKey">What was shown.</param>
    /// <param name="permit">Pays for what is no key. A right key is found whether it is refused or not.</param>
    public async ValueTask<ApiKey?> FindAsync(string secretKey, LookupPermit permit)
    {
        if (IdIn(secretKey) is { } id && await IsMadeAsync(id) && await cache.GetAsync(id) is { } key && key.Matches(secretKey))
            return key;
        if (await permit.PayAsync())
            permit.Fail();
        return null;
    }

    /// <summary>The key with the given id; null when there is none such.</summary>
    public async ValueTask<ApiKey?> FindByIdAsync(string id) => IsId(id) ? await cache.GetAsync(id) : null;

    /// <summary>Whether a text has the form of a key's id.</summary>
    public static bool IsId(string text) => text.Length == ApiKeyIds.Length && text.All(char.IsAsciiLetterOrDigit);

    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken = default)
    {
        var keys = new List<ApiKey>();
        await foreach (var row in table.QueryAsync(Partition, cancellationToken: cancellationToken))
            keys.Add(ToKey(row));
        return keys;
    }

    /// <summary>Ends a key: at once here, within the cache's 30 s elsewhere. False when there is none such.</summary>
    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken = default)
    {
        var existed = await table.GetAsync(Partition, id, cancellationToken) is not null;
        await table.DeleteAsync(Partition, id, cancellationToken);
        cache.Remove(id);
        return existed;
    }

    /// <summary>The id of what has a key's form.</summary>
    private static string? IdIn(string secretKey) =>
        secretKey.Length == Prefix.Length + ApiKeyIds.Length + 1 + SecretLength && secretKey.StartsWith(Prefix, StringComparison.Ordinal)
        && secretKey[Prefix.Length + ApiKeyIds.Length] == '_' && secretKey.Substring(Prefix.Length, ApiKeyIds.Length) is var id && IsId(id)
            ? id
            : null;

    /// <summary>Whether this deployment made the id, as far as can be told without reading its row.</summary>
    private async ValueTask<bool> IsMadeAsync(string id) => ids.IsOwn(id) || (await withoutMac.GetAsync(""))!.Contains(id);

    private async Task<HashSet<string>> ReadIdsWithoutMacAsync() =>
        await table.QueryAsync(Partition, select: ["RowKey"]).Select(row => row.RowKey).Where(id => !ids.IsOwn(id)).ToHashSetAsync(StringComparer.Ordinal);

    private static ApiKey ToKey(TableEntity row) => new()
    {
        Id = row.RowKey,
        Hash = row.GetBinary("Hash"),
        Name = row.GetString("Name"),
        Scopes = row.GetString("Scopes").Split(','),
        CreatedAt = row.GetDateTimeOffset("CreatedAt")!.Value,
    };

    private UInt128 Random128Bits()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.GetBytes(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }
}
