using System.Collections.Concurrent;
using System.Globalization;
using Azure.Data.Tables;
using BitFaster.Caching.Lru;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Clicks;

/// <summary>Which click of a scan counts, so that a scan that is sent twice, or whose sender was cut off, counts once.</summary>
/// <remarks>
/// Table <c>scans</c>; PartitionKey = hash of the scan's id, <c>00</c> to <c>ff</c>; RowKey = the id, escaped; <c>Stream</c> (Int64),
/// <c>Sequence</c>, <c>Place</c>: the click that counts. A row is inserted once and never changed: by the process that appended the click, or, when that
/// process ended before it could, by the first reader that comes upon a click of the scan. A row outlives all clicks of its scan. Thread-safe.
/// </remarks>
public sealed class ScanTable(StorageAccount account)
{
    private const int CachedScans = 50_000;
    private const int RequestsAtOnce = 16;

    private static readonly IReadOnlySet<int> NoPlaces = new HashSet<int>();

    private readonly Table table = account.Table("scans");
    private readonly ConcurrentLru<string, ClickId> counting = new(CachedScans);

    /// <summary>The click of a scan that counts; null when there is none yet.</summary>
    public async Task<ClickId?> FindAsync(string scanId, CancellationToken cancellationToken)
    {
        if (counting.TryGet(scanId, out var known))
            return known;
        return await table.GetAsync(TableKey.Bucket(scanId), TableKey.Escape(scanId), cancellationToken) is { } row ? Remember(scanId, ToClickId(row)) : null;
    }

    /// <summary>Makes a stored click the one that counts, unless another is already.</summary>
    /// <returns>The click that counts.</returns>
    public async Task<ClickId> CountAsync(string scanId, ClickId click, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = new TableEntity(TableKey.Bucket(scanId), TableKey.Escape(scanId))
            {
                ["Stream"] = click.Stream,
                ["Sequence"] = click.Sequence,
                ["Place"] = click.Place,
            };
            if (await table.InsertAsync(row, cancellationToken))
                return Remember(scanId, click);
            if (await FindAsync(scanId, cancellationToken) is { } counted)
                return counted;
        }
    }

    /// <summary>The places in a block of clicks that do not count, since another click of their scan does.</summary>
    public async Task<IReadOnlySet<int>> UncountedAsync(BlockKey block, IReadOnlyList<Click> clicks, CancellationToken cancellationToken)
    {
        var scans = Enumerable.Range(0, clicks.Count).Where(place => clicks[place].ScanId is not null).ToArray();
        if (scans.Length == 0)
            return NoPlaces;
        var uncounted = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(scans, new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = cancellationToken }, async (place, cancellation) =>
        {
            var (scanId, click) = (clicks[place].ScanId!, block.Click(place));
            if ((await FindAsync(scanId, cancellation) ?? await CountAsync(scanId, click, cancellation)) != click)
                uncounted.Add(place);
        });
        return uncounted.ToHashSet();
    }

    /// <summary>Deletes rows of one part of the table that are of some age, by the storage service's clock.</summary>
    /// <param name="part">Which of the 256 parts.</param>
    /// <param name="minAge">Such that no other click of their scans can be in the log any more.</param>
    /// <param name="cancellationToken">Stops between deletions.</param>
    public async Task DeleteOldAsync(byte part, TimeSpan minAge, CancellationToken cancellationToken)
    {
        var partition = part.ToString("x2", CultureInfo.InvariantCulture);
        await foreach (var page in table.QueryPagesAsync(partition, select: ["RowKey", "Timestamp"], cancellationToken: cancellationToken))
        {
            foreach (var row in page.Values.Where(row => page.ServiceTime - row.Timestamp >= minAge))
                await table.DeleteAsync(partition, row.RowKey, cancellationToken);
        }
    }

    private static ClickId ToClickId(TableEntity row) => new(row.GetInt64("Stream")!.Value, row.GetInt32("Sequence")!.Value, row.GetInt32("Place")!.Value);

    private ClickId Remember(string scanId, ClickId click)
    {
        counting.AddOrUpdate(scanId, click);
        return click;
    }
}
