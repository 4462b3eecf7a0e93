using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.People;
using ShareLinks.Storage;

namespace ShareLinks.Links;

/// <summary>The links, read through a cache.</summary>
/// <remarks>
/// Table <c>links</c>. The ids of one lease share a partition, so that links minted together are written together; its key starts with a hash,
/// so that growing ids do not all land on one server.
/// <code>
/// PartitionKey          RowKey                  columns
/// {hash}-{id / 1000}    {id}, 10 digits         ListingId Sharer(Int64) Channel Campaign Placement Tags(JSON) Root(Int64) Parent(Int64)
///                                               Depth Alias WebDestination CreatedAt ExpiresAt DisabledAt
/// those of the root     {root}|{newest link}    Parent(Int64) Sharer(Int64) Channel, of a link below that root as it was minted: an index row,
///                                               written before the link
/// </code>
/// Thread-safe.
/// </remarks>
public sealed class LinkTable
{
    private const int CachedLinks = 100_000;

    private readonly Table table;
    private readonly CodeKeyRecord codeKey;
    private readonly FreshCache<LinkId, Link> cache;

    public LinkTable(StorageAccount account, CodeKeyRecord codeKey, TimeProvider time)
    {
        this.codeKey = codeKey;
        table = account.Table("links");
        cache = new(CachedLinks, async id => await ReadAsync(id) is { } row ? ToLink(row) : null, time, metrics: account.CacheMetrics("links"));
    }

    /// <summary>The link as it was at most 30 s ago; null when it was never minted.</summary>
    public ValueTask<Link?> GetAsync(LinkId id) => cache.GetAsync(id);

    /// <summary>Whether the link is in the cache.</summary>
    public bool IsAtHand(LinkId id) => cache.Has(id);

    /// <summary>The link as it is now.</summary>
    public ValueTask<Link?> GetFreshAsync(LinkId id)
    {
        cache.Remove(id);
        return cache.GetAsync(id);
    }

    /// <summary>Whether storage has the link, asked past the cache.</summary>
    public async Task<bool> ExistsAsync(LinkId id) => await ReadAsync(id) is not null;

    /// <summary>Writes new links; those that an earlier try has written stay as they are.</summary>
    /// <exception cref="RequestFailedException">Storage failed; some of the links may exist, and trying again with the same is safe.</exception>
    /// <exception cref="InvalidDataException">An id belongs to another link already.</exception>
    public async Task AddAsync(IReadOnlyList<Link> added, CancellationToken cancellationToken = default)
    {
        await codeKey.EnsureMatchesAsync(cancellationToken);
        foreach (var siblings in added.Where(link => link.Attributes.Root != link.Id).GroupBy(link => Key(link.Attributes.Root).Partition))
        {
            foreach (var rows in siblings.Select(IndexRow).Chunk(Table.MaxActions))
                await table.SubmitAsync([.. rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row))], cancellationToken);
        }
        foreach (var neighbours in added.GroupBy(link => Key(link.Id).Partition))
        {
            foreach (var rows in neighbours.Chunk(Table.MaxActions))
                await AddNeighboursAsync(neighbours.Key, rows, cancellationToken);
        }
    }

    private async Task AddNeighboursAsync(string partition, IReadOnlyList<Link> links, CancellationToken cancellationToken)
    {
        var missing = links;
        // What an earlier try wrote may have been changed since.
        foreach (var link in links)
            cache.Remove(link.Id);
        while (!await table.SubmitAsync([.. missing.Select(link => new TableTransactionAction(TableTransactionActionType.Add, ToRow(link)))], cancellationToken))
        {
            var present = new Dictionary<string, DateTimeOffset>();
            await foreach (var row in table.QueryAsync(
                partition, missing[0].Id.ToString(), missing[^1].Id + "!", ["RowKey", "CreatedAt"], cancellationToken: cancellationToken))
            {
                if (row.GetDateTimeOffset("CreatedAt") is { } createdAt)
                    present[row.RowKey] = createdAt;
            }
            // Ids are leased, so a taken key is this very write, made by an earlier try; unless somebody set the counter back.
            if (missing.FirstOrDefault(link => present.TryGetValue(link.Id.ToString(), out var at) && at != link.CreatedAt) is { } taken)
                throw new InvalidDataException($"Link id {taken.Id} was given before: table counters is behind table links; restore both together.");
            missing = [.. missing.Where(link => !present.ContainsKey(link.Id.ToString()))];
            if (missing.Count == 0)
                return;
        }
        foreach (var link in missing)
            cache.Set(link.Id, link);
    }

    private static TableEntity IndexRow(Link link)
    {
        var (partition, row) = Key(link.Attributes.Root);
        return new TableEntity(partition, row + TableKey.Separator + NewestFirst.Key(link.Id))
        {
            ["Parent"] = link.Parent?.Value,
            ["Sharer"] = (long?)link.Attributes.Sharer?.Value,
            ["Channel"] = link.Attributes.Channel,
        };
    }

    /// <summary>The links below a root, the newest first, by a query for each thousand; no link's own row is read.</summary>
    /// <remarks>
    /// A link whose mint is under way or was cut off may be among them though it is not there: nobody opened it or shared it on.
    /// </remarks>
    public async IAsyncEnumerable<TreeLink> BelowAsync(LinkId root, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await codeKey.EnsureMatchesAsync(cancellationToken);
        var (partition, row) = Key(root);
        var prefix = row + TableKey.Separator;
        // A tree has few channels and may have very many links.
        var channels = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var link in table.QueryAsync(partition, prefix, prefix + "~", ["RowKey", "Parent", "Sharer", "Channel"], cancellationToken: cancellationToken))
        {
            var channel = link.GetString("Channel");
            if (channel is not null && !channels.Add(channel))
                channels.TryGetValue(channel, out channel);
            yield return new TreeLink(
                NewestFirst.Link(link.RowKey.AsSpan(prefix.Length)), new LinkId(link.GetInt64("Parent")!.Value), PersonOf(link.GetInt64("Sharer")), channel);
        }
    }

    /// <summary>Changes a link as it stands in storage; null when there is none, or when <paramref name="change"/> gives null.</summary>
    public async Task<Link?> ChangeAsync(LinkId id, Func<Link, Link?> change, CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(id, cancellationToken) is { } row)
        {
            if (change(ToLink(row)) is not { } changed)
                return null;
            var changedRow = ToRow(changed);
            changedRow.ETag = row.ETag;
            if (await table.ReplaceAsync(changedRow, cancellationToken))
            {
                cache.Remove(id);
                return changed;
            }
        }
        return null;
    }

    private static (string Partition, string Row) Key(LinkId id)
    {
        var lease = id.Value / LinkIdLeases.LeaseSize;
        return ($"{TableKey.Bucket(lease)}-{lease:x8}", id.ToString());
    }

    private async Task<TableEntity?> ReadAsync(LinkId id, CancellationToken cancellationToken = default)
    {
        await codeKey.EnsureMatchesAsync(cancellationToken);
        var (partition, row) = Key(id);
        return await table.GetAsync(partition, row, cancellationToken);
    }

    private static TableEntity ToRow(Link link)
    {
        var (partition, rowKey) = Key(link.Id);
        var attributes = link.Attributes;
        return new TableEntity(partition, rowKey)
        {
            ["ListingId"] = attributes.ListingId,
            ["Sharer"] = (long?)attributes.Sharer?.Value,
            ["Channel"] = attributes.Channel,
            ["Campaign"] = attributes.Campaign,
            ["Placement"] = attributes.Placement,
            ["Tags"] = attributes.Tags.Count == 0 ? null : JsonSerializer.Serialize(attributes.Tags, LinkJson.Default.IReadOnlyDictionaryStringString),
            ["Root"] = attributes.Root.Value,
            ["Parent"] = link.Parent?.Value,
            ["Depth"] = link.Depth,
            ["Alias"] = link.Alias,
            ["WebDestination"] = link.WebDestination,
            ["CreatedAt"] = link.CreatedAt,
            ["ExpiresAt"] = link.ExpiresAt,
            ["DisabledAt"] = link.DisabledAt,
        };
    }

    private static Link ToLink(TableEntity row) => new()
    {
        Attributes = new LinkAttributes(
            new LinkId(long.Parse(row.RowKey, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
            row.GetString("ListingId"),
            PersonOf(row.GetInt64("Sharer")),
            row.GetString("Channel"),
            row.GetString("Campaign"),
            row.GetString("Placement"),
            row.GetString("Tags") is { } tags ? JsonSerializer.Deserialize(tags, LinkJson.Default.IReadOnlyDictionaryStringString)! : LinkAttributes.NoTags,
            new LinkId(row.GetInt64("Root")!.Value)),
        Parent = row.GetInt64("Parent") is { } parent ? new LinkId(parent) : null,
        Depth = row.GetInt32("Depth") ?? 0,
        Alias = row.GetString("Alias"),
        WebDestination = row.GetString("WebDestination"),
        CreatedAt = row.GetDateTimeOffset("CreatedAt")!.Value,
        ExpiresAt = row.GetDateTimeOffset("ExpiresAt"),
        DisabledAt = row.GetDateTimeOffset("DisabledAt"),
    };

    private static PersonId? PersonOf(long? number) => number is { } person ? new PersonId((ulong)person) : null;
}

/// <summary>What a share tree needs to know of a link below its root.</summary>
/// <param name="Id">The link.</param>
/// <param name="Parent">The link that it was shared on from.</param>
/// <param name="Sharer">Who shared it on.</param>
/// <param name="Channel">Where it was minted for.</param>
public readonly record struct TreeLink(LinkId Id, LinkId Parent, PersonId? Sharer, string? Channel);

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class LinkJson : JsonSerializerContext;
