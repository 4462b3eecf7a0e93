using Azure.Data.Tables;

namespace ShareLinks.Storage;

/// <summary>Says that the tables hold a restore that is not finished, and of which backup.</summary>
/// <remarks>Table <c>settings</c>, row <c>restore/running</c>: <c>Manifest</c>, the SHA-256 of the backup's manifest in hexadecimal. A restore puts it first and deletes it last. Thread-safe.</remarks>
public sealed class RestoreMarker(StorageAccount account)
{
    private const string Partition = "restore";
    private const string Row = "running";

    private readonly Table table = account.Table("settings");

    public static bool IsMarker(TableEntity row) => row.PartitionKey == Partition && row.RowKey == Row;

    /// <summary>The backup that is being restored; null when none is.</summary>
    public async Task<string?> FindAsync(CancellationToken cancellationToken = default) =>
        (await table.GetAsync(Partition, Row, cancellationToken))?.GetString("Manifest");

    /// <exception cref="UnfinishedRestoreException">The tables are not whole.</exception>
    public async Task EnsureNoneAsync(CancellationToken cancellationToken = default)
    {
        if (await FindAsync(cancellationToken) is not null)
            throw new UnfinishedRestoreException();
    }

    public Task PutAsync(string manifest, CancellationToken cancellationToken = default) =>
        table.PutAsync(new TableEntity(Partition, Row) { ["Manifest"] = manifest }, cancellationToken);

    public Task DeleteAsync(CancellationToken cancellationToken = default) => table.DeleteAsync(Partition, Row, cancellationToken);
}

/// <summary>The tables hold a part of a backup.</summary>
public sealed class UnfinishedRestoreException()
    : Exception("These tables hold an unfinished restore: run the same `restore --from` again until it ends well, then start the app.");
