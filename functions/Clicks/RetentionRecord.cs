using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Clicks;

/// <summary>Where the log begins, now that older clicks are past retention.</summary>
/// <remarks>
/// Table <c>batches</c>, row <c>retention/first</c>: <c>First</c> (the first batch record that readers may ask for), <c>Swept</c> (records before
/// it are gone, with their streams), <c>DeletedThrough</c> (the latest time of a click before <c>First</c>). Numbers only grow. Thread-safe.
/// </remarks>
public sealed class RetentionRecord(StorageAccount account)
{
    private readonly Table table = account.Table("batches");

    public async Task<Retention> ReadAsync(CancellationToken cancellationToken) => ToRetention(await GetAsync(cancellationToken));

    /// <summary>Moves the numbers forward, never back.</summary>
    public async Task<Retention> AdvanceAsync(Retention next, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await GetAsync(cancellationToken);
            var present = ToRetention(row);
            var advanced = new Retention(
                Math.Max(present.First, next.First), Math.Max(present.Swept, next.Swept),
                present.DeletedThrough > next.DeletedThrough || next.DeletedThrough is null ? present.DeletedThrough : next.DeletedThrough);
            if (advanced == present)
                return present;
            var written = new TableEntity("retention", "first")
            {
                ["First"] = advanced.First,
                ["Swept"] = advanced.Swept,
                ["DeletedThrough"] = advanced.DeletedThrough,
                ETag = row?.ETag ?? default,
            };
            if (row is null ? await table.InsertAsync(written, cancellationToken) : await table.ReplaceAsync(written, cancellationToken))
                return advanced;
        }
    }

    private Task<TableEntity?> GetAsync(CancellationToken cancellationToken) => table.GetAsync("retention", "first", cancellationToken);

    private static Retention ToRetention(TableEntity? row) => row is null
        ? new Retention(1, 1, null)
        : new Retention(row.GetInt32("First")!.Value, row.GetInt32("Swept")!.Value, row.GetDateTimeOffset("DeletedThrough"));
}

/// <summary>Where the log begins.</summary>
/// <param name="First">The first batch record that may be read.</param>
/// <param name="Swept">The first batch record that may still be there.</param>
/// <param name="DeletedThrough">The latest time of a click that is past retention; null when none is.</param>
public readonly record struct Retention(int First, int Swept, DateTimeOffset? DeletedThrough);
