using Azure.Data.Tables;
using ShareLinks.Minting;
using ShareLinks.Storage;

namespace ShareLinks.Posters;

/// <summary>The lots of posters.</summary>
/// <remarks>
/// Table <c>lots</c>, PartitionKey <c>lots</c> (people make them by hand, so one is enough), RowKey = the escaped name. Columns: <c>Name ListingId Web
/// Channel Campaign Title Price Key CreatedAt</c> and <c>Ids</c> (<see cref="LinkIdRuns"/>). A row is there before its links, has all that they are
/// minted from and never changes, so minting can be taken up again. Thread-safe.
/// </remarks>
public sealed class LotTable(StorageAccount account)
{
    private const string Partition = "lots";

    private readonly Table table = account.Table("lots");

    public async Task<PosterLot?> FindAsync(string name, CancellationToken cancellationToken) =>
        await table.GetAsync(Partition, TableKey.Escape(name), cancellationToken) is { } row ? ToLot(row) : null;

    /// <summary>Adds a lot; false when there is one of that name.</summary>
    public Task<bool> AddAsync(PosterLot lot, CancellationToken cancellationToken) => table.InsertAsync(
        new TableEntity(Partition, TableKey.Escape(lot.Name))
        {
            ["Name"] = lot.Name,
            ["ListingId"] = lot.ListingId,
            ["Web"] = lot.Web,
            ["Channel"] = lot.Channel,
            ["Campaign"] = lot.Campaign,
            ["Title"] = lot.Title,
            ["Price"] = lot.Price,
            ["Key"] = lot.Key,
            ["CreatedAt"] = lot.CreatedAt,
            ["Ids"] = LinkIdRuns.Format(lot.Links),
        },
        cancellationToken);

    /// <summary>All lots, the newest first.</summary>
    public async Task<IReadOnlyList<PosterLot>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await table.QueryAsync(Partition, cancellationToken: cancellationToken).Select(ToLot).ToListAsync(cancellationToken)).OrderByDescending(lot => lot.CreatedAt)];

    private static PosterLot ToLot(TableEntity row) => new()
    {
        Name = row.GetString("Name"),
        ListingId = row.GetString("ListingId"),
        Web = row.GetString("Web"),
        Channel = row.GetString("Channel"),
        Campaign = row.GetString("Campaign"),
        Title = row.GetString("Title"),
        Price = row.GetString("Price"),
        Key = row.GetString("Key"),
        CreatedAt = row.GetDateTimeOffset("CreatedAt")!.Value,
        Links = LinkIdRuns.Parse(row.GetString("Ids")),
    };
}
