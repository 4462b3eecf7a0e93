using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Links;

/// <summary>Names of the deployment's choice for links, case-sensitive, read through a cache.</summary>
/// <remarks>Table <c>aliases</c>; PartitionKey = hash of the alias, <c>00</c> to <c>ff</c>; RowKey = alias; <c>Link</c> (Int64). Thread-safe.</remarks>
public sealed class AliasTable
{
    public const int MinLength = 3;
    public const int MaxLength = 64;

    private const int CachedAliases = 50_000;

    private readonly Table table;
    private readonly TimeSpan abandonedAfter;
    private readonly FreshCache<string, object> cache;

    /// <param name="account">Where the tables are.</param>
    /// <param name="time">The clock that the cache's freshness is measured by.</param>
    /// <param name="abandonedAfter">When an alias whose link was never written is free again; ten minutes when absent.</param>
    public AliasTable(StorageAccount account, TimeProvider time, TimeSpan? abandonedAfter = null)
    {
        table = account.Table("aliases");
        this.abandonedAfter = abandonedAfter ?? TimeSpan.FromMinutes(10);
        cache = new(CachedAliases, ReadAsync, time, metrics: account.CacheMetrics("aliases"));
    }

    /// <summary>Whether a text has the form of an alias: 3 to 64 of <c>A-Za-z0-9_-</c>.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        if (text.Length is < MinLength or > MaxLength)
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
                return false;
        }
        return true;
    }

    public async ValueTask<LinkId?> FindAsync(string alias) => (LinkId?)await cache.GetAsync(alias);

    /// <summary>Whether the alias is in the cache, with the link that has it.</summary>
    public bool IsAtHand(string alias) => cache.Has(alias);

    /// <summary>The link that has the alias now; null when none has.</summary>
    public ValueTask<LinkId?> FindFreshAsync(string alias)
    {
        cache.Remove(alias);
        return FindAsync(alias);
    }

    /// <summary>Gives the alias to a link; false when another link has it.</summary>
    /// <param name="alias">A well-formed alias.</param>
    /// <param name="link">The link, which need not be written yet.</param>
    /// <param name="exists">Whether a link was ever written: one whose mint was interrupted gives its alias up in time.</param>
    /// <param name="cancellationToken">Cancels the wait, not a write already sent.</param>
    public async Task<bool> AddAsync(string alias, LinkId link, Func<LinkId, Task<bool>> exists, CancellationToken cancellationToken = default)
    {
        var row = new TableEntity(TableKey.Bucket(alias), alias) { ["Link"] = link.Value };
        try
        {
            while (!await table.InsertAsync(row, cancellationToken))
            {
                // Both times are the storage service's own.
                var (present, now) = await table.GetTimedAsync(row.PartitionKey, alias, cancellationToken);
                if (present is null)
                    continue;
                var owner = new LinkId(present.GetInt64("Link")!.Value);
                var isOld = now - present.Timestamp >= abandonedAfter;
                if (owner == link && !isOld)
                    return true;
                if (owner != link && (!isOld || await exists(owner)))
                    return false;
                // Taken over, or, by a late retry, renewed.
                row.ETag = present.ETag;
                if (await table.ReplaceAsync(row, cancellationToken))
                    return true;
            }
            return true;
        }
        finally
        {
            cache.Remove(alias);
        }
    }

    private async Task<object?> ReadAsync(string alias) =>
        await table.GetAsync(TableKey.Bucket(alias), alias) is { } row ? new LinkId(row.GetInt64("Link")!.Value) : null;
}
