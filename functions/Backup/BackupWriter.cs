using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Backup;

/// <summary>Copies the app's tables to a folder while the app goes on.</summary>
/// <remarks>
/// The copy is no snapshot. It is whole by the order of <see cref="TableNames.BackedUp"/>: it has every row that was there when it began, and
/// whatever later rows it has need nothing that it lacks, once <see cref="RestoredRows"/> has mended the click log's end.
/// </remarks>
/// <param name="account">The tables.</param>
/// <param name="time">The clock for the manifest, and for waiting while storage is away.</param>
/// <param name="holdFold">Keeps <see cref="TableNames.Derived"/> as they are until what it gives is disposed.</param>
public sealed class BackupWriter(StorageAccount account, TimeProvider time, Func<CancellationToken, Task<IAsyncDisposable>> holdFold)
{
    private readonly TableScan scan = new(account, new StorageRetry(time));

    /// <summary>Makes a backup.</summary>
    /// <param name="folder">A folder that is new or empty, or that an earlier try left unfinished.</param>
    /// <param name="done">Told of each table that is copied.</param>
    /// <param name="cancellationToken">Leaves the backup unfinished.</param>
    /// <exception cref="BackupException">The folder can't be used, or there is nothing to back up.</exception>
    /// <exception cref="UnfinishedRestoreException">The tables are not whole.</exception>
    /// <exception cref="IOException">The folder can't be written, or another backup writes there.</exception>
    public async Task WriteAsync(string folder, Action<TableFile> done, CancellationToken cancellationToken = default)
    {
        var createdAt = time.GetUtcNow();
        await new RestoreMarker(account).EnsureNoneAsync(cancellationToken);
        var codeKey = (await account.Table("settings").GetAsync("settings", "codeKey", cancellationToken))?.GetString("Fingerprint")
            ?? throw new BackupException("There are no tables of this app to back up: see ShareLinks:Storage:ConnectionString and ShareLinks:Storage:TablePrefix.");
        using var backup = BackupFolder.Begin(folder);
        var files = new List<TableFile>();
        await using (await holdFold(cancellationToken))
        {
            foreach (var table in TableNames.Derived)
                await CopyAsync(table);
        }
        foreach (var table in TableNames.BackedUp.Except(TableNames.Derived))
            await CopyAsync(table);
        await backup.FinishAsync(new Manifest(Manifest.CurrentFormat, createdAt, codeKey, files), cancellationToken);

        async Task CopyAsync(string table)
        {
            var file = await backup.WriteAsync(table, RowsAsync(table, cancellationToken), cancellationToken);
            files.Add(file);
            done(file);
        }
    }

    /// <summary>
    /// Rows that are written after others of their table and need those are read first, in a pass of their own: links before the index rows of
    /// their roots, numbers of users before the users of numbers.
    /// </summary>
    private static Func<TableEntity, bool>? ReadFirst(string table) => table switch
    {
        "links" => row => !row.RowKey.Contains(TableKey.Separator),
        "people" => row => row.RowKey.StartsWith("u|", StringComparison.Ordinal),
        _ => null,
    };

    private async IAsyncEnumerable<TableEntity> RowsAsync(string table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var readFirst = ReadFirst(table);
        foreach (var isFirst in readFirst is null ? new[] { true } : [true, false])
        {
            await foreach (var row in scan.ReadAsync(table, cancellationToken))
            {
                if (!RestoreMarker.IsMarker(row) && (readFirst is null || readFirst(row) == isFirst))
                    yield return row;
            }
        }
    }
}
