using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Links;

/// <summary>The listings, read through a cache, each with the links that point at it.</summary>
/// <remarks>
/// Table <c>listings</c>; PartitionKey = hash of the listing id, <c>00</c> to <c>ff</c>. A link's index row shares its listing's partition, so
/// one transaction writes both.
/// <code>
/// RowKey                   columns
/// {listing}                Title Price(text) Currency ImageUrl State SuccessorId UpdatedAt
/// {listing}|{newest link}  (an index row: written before its link, so a reader skips one whose link is missing)
/// </code>
/// Thread-safe.
/// </remarks>
public sealed class ListingTable
{
    /// <summary>Links that one transaction lists, beside the listing's own row.</summary>
    public const int MaxLinksAtOnce = Table.MaxActions - 1;

    private const int CachedListings = 100_000;

    private readonly Table table;
    private readonly FreshCache<string, Listing> cache;

    public ListingTable(StorageAccount account, TimeProvider time)
    {
        table = account.Table("listings");
        cache = new(CachedListings, async id => await ReadAsync(id) is { } row ? ToListing(id, row) : null, time, metrics: account.CacheMetrics("listings"));
    }

    /// <summary>The listing as it was at most 30 s ago; null when the marketplace never reported it.</summary>
    public ValueTask<Listing?> GetAsync(string id) => cache.GetAsync(id);

    /// <summary>Whether the marketplace reported a listing, or a link ever pointed at it.</summary>
    public async Task<bool> IsKnownAsync(string id, CancellationToken cancellationToken = default) =>
        await IsToldOfAsync(id, cancellationToken) || await LinksAsync(id, null, pageSize: 1).AnyAsync(cancellationToken);

    /// <summary>Whether the marketplace reported a listing. What the cache does not have is read from storage, since it may have come just now.</summary>
    public async Task<bool> IsToldOfAsync(string id, CancellationToken cancellationToken = default) => await GetAsync(id) is not null || await ReadAsync(id, cancellationToken) is not null;

    /// <summary>Changes a listing, or makes it, and lists links under it, in one transaction.</summary>
    /// <param name="id">The listing.</param>
    /// <param name="change">Gives the new state from the present one (null: there is none yet); the same one to leave it as it is.</param>
    /// <param name="links">Links that point at the listing, up to <see cref="MaxLinksAtOnce"/>.</param>
    /// <param name="cancellationToken">Cancels the wait, not a write already sent.</param>
    /// <returns>The listing as it then stands.</returns>
    public async Task<Listing> ChangeAsync(
        string id, Func<Listing?, Listing> change, IReadOnlyList<LinkId> links, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(links.Count, MaxLinksAtOnce);
        while (true)
        {
            var row = await ReadAsync(id, cancellationToken);
            var present = row is null ? null : ToListing(id, row);
            var changed = change(present);
            List<TableTransactionAction> actions = [.. links.Select(link => IndexRow(id, link))];
            if (changed != present)
            {
                actions.Add(row is null
                    ? new(TableTransactionActionType.Add, ToRow(changed))
                    : new(TableTransactionActionType.UpdateReplace, ToRow(changed), row.ETag));
            }
            if (actions.Count == 0 || await table.SubmitAsync(actions, cancellationToken))
            {
                cache.Remove(id);
                return changed;
            }
        }
    }

    /// <summary>Lists links under a listing whose row stays as it is: no read.</summary>
    public Task AddLinksAsync(string id, IReadOnlyList<LinkId> links, CancellationToken cancellationToken = default) =>
        table.SubmitAsync([.. links.Select(link => IndexRow(id, link))], cancellationToken);

    /// <summary>The links that point at a listing, the newest first, from the one after <paramref name="after"/>.</summary>
    public async IAsyncEnumerable<LinkId> LinksAsync(string id, LinkId? after, int pageSize)
    {
        var prefix = TableKey.Escape(id) + TableKey.Separator;
        var from = after is { } last ? prefix + NewestFirst.Key(last) + "!" : prefix;
        await foreach (var row in table.QueryAsync(TableKey.Bucket(id), from, prefix + "~", ["RowKey"], pageSize))
            yield return NewestFirst.Link(row.RowKey.AsSpan(prefix.Length));
    }

    private static TableTransactionAction IndexRow(string id, LinkId link) => new(
        TableTransactionActionType.UpsertReplace, new TableEntity(TableKey.Bucket(id), TableKey.Escape(id) + TableKey.Separator + NewestFirst.Key(link)));

    private Task<TableEntity?> ReadAsync(string id, CancellationToken cancellationToken = default) =>
        table.GetAsync(TableKey.Bucket(id), TableKey.Escape(id), cancellationToken);

    private static TableEntity ToRow(Listing listing) => new(TableKey.Bucket(listing.Id), TableKey.Escape(listing.Id))
    {
        ["Title"] = listing.Title,
        ["Price"] = listing.Price?.ToString(CultureInfo.InvariantCulture),
        ["Currency"] = listing.Currency,
        ["ImageUrl"] = listing.ImageUrl,
        ["State"] = listing.State.ToString(),
        ["SuccessorId"] = listing.SuccessorId,
        ["UpdatedAt"] = listing.UpdatedAt,
    };

    private static Listing ToListing(string id, TableEntity row) => new()
    {
        Id = id,
        Title = row.GetString("Title"),
        Price = row.GetString("Price") is { } price ? decimal.Parse(price, CultureInfo.InvariantCulture) : null,
        Currency = row.GetString("Currency"),
        ImageUrl = row.GetString("ImageUrl"),
        State = Enum.Parse<ListingState>(row.GetString("State")),
        SuccessorId = row.GetString("SuccessorId"),
        UpdatedAt = row.GetDateTimeOffset("UpdatedAt")!.Value,
    };
}
