using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Backup;

/// <summary>Puts a backup into empty tables.</summary>
/// <remarks>
/// All files are verified before anything is written. Then <see cref="RestoreMarker"/> is put, which keeps the app from starting, and every row is
/// written whatever stands there; so a restore that was killed continues when it is started again, and ends the same.
/// </remarks>
public sealed class BackupRestorer(StorageAccount account, TimeProvider time)
{
    private const int TransactionsAtOnce = 8;

    /// <summary>Well below the 4 MiB that the service and its emulator take.</summary>
    private const int MaxTransactionBytes = 3_000_000;

    private readonly RestoreMarker marker = new(account);
    private readonly StorageRetry retry = new(time);

    /// <summary>Restores a backup.</summary>
    /// <param name="folder">A finished backup.</param>
    /// <param name="codeKey">The fingerprint of the configured code key.</param>
    /// <param name="done">Told of each table that is restored.</param>
    /// <param name="cancellationToken">Leaves the restore unfinished.</param>
    /// <exception cref="BackupException">The backup can't be used, or the tables hold something else.</exception>
    /// <exception cref="IOException">The folder can't be read, or another restore reads it.</exception>
    public async Task RestoreAsync(string folder, string codeKey, Action<TableFile> done, CancellationToken cancellationToken = default)
    {
        await using var manifestFile = BackupFolder.OpenManifest(folder);
        var json = new byte[manifestFile.Length];
        await manifestFile.ReadExactlyAsync(json, cancellationToken);
        var manifest = BackupFolder.ReadManifest(folder, json);
        if (manifest.CodeKey != codeKey)
            throw new BackupException("ShareLinks:Codes:Key is not the key that the links in this backup were minted with: configure that key.");
        foreach (var file in manifest.Tables)
            await BackupFolder.VerifyAsync(folder, file, cancellationToken);
        await BeginAsync(Convert.ToHexStringLower(SHA256.HashData(json)), cancellationToken);
        var restored = new RestoredRows(account.Table("streams"), retry);
        foreach (var file in manifest.Tables)
        {
            await WriteAsync(folder, file, restored, cancellationToken);
            done(file);
        }
        await retry.TryAsync(
            async () =>
            {
                await marker.DeleteAsync(cancellationToken);
                return true;
            },
            cancellationToken);
    }

    private async Task BeginAsync(string manifest, CancellationToken cancellationToken)
    {
        if (await marker.FindAsync(cancellationToken) is { } unfinished)
        {
            if (unfinished != manifest)
                throw new BackupException("These tables hold an unfinished restore of another backup: finish that one, or delete the tables.");
            return;
        }
        await EnsureEmptyAsync(cancellationToken);
        await marker.PutAsync(manifest, cancellationToken);
        try
        {
            // An app that started between the two has left a row, or has found the marker.
            await EnsureEmptyAsync(cancellationToken);
        }
        catch (BackupException)
        {
            await marker.DeleteAsync(cancellationToken);
            throw;
        }
    }

    private async Task EnsureEmptyAsync(CancellationToken cancellationToken)
    {
        var scan = new TableScan(account, retry);
        foreach (var table in TableNames.All)
        {
            await foreach (var row in scan.ReadAsync(table, cancellationToken))
            {
                if (!RestoreMarker.IsMarker(row))
                    throw new BackupException($"Table {table} is not empty: restore into another storage account or under another ShareLinks:Storage:TablePrefix, or delete the tables.");
            }
        }
    }

    private async Task WriteAsync(string folder, TableFile file, RestoredRows restored, CancellationToken cancellationToken)
    {
        var table = account.Table(file.Table);
        var options = new ParallelOptions { MaxDegreeOfParallelism = TransactionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(TransactionsAsync(folder, file, restored, cancellationToken), options, async (rows, cancellation) =>
        {
            List<TableTransactionAction> actions = [.. rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row))];
            if (!await retry.TryAsync(() => table.SubmitAsync(actions, cancellation), cancellation))
                throw new InvalidOperationException($"Table {file.Table} refused rows of partition {rows[0].PartitionKey}.");
        });
    }

    /// <summary>The rows in portions that one transaction takes.</summary>
    private static async IAsyncEnumerable<List<TableEntity>> TransactionsAsync(
        string folder, TableFile file, RestoredRows restored, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        var bytes = 0;
        await foreach (var row in BackupFolder.ReadAsync(folder, file, cancellationToken))
        {
            if (!await restored.TakeAsync(file.Table, row, cancellationToken))
                continue;
            var rowBytes = MaxBytes(row);
            if (rows.Count > 0 && (rows.Count == Table.MaxActions || rows[0].PartitionKey != row.PartitionKey || bytes + rowBytes > MaxTransactionBytes))
            {
                yield return rows;
                (rows, bytes) = ([], 0);
            }
            rows.Add(row);
            bytes += rowBytes;
        }
        if (rows.Count > 0)
            yield return rows;
        await restored.EndAsync(cancellationToken);
    }

    /// <summary>What a row takes at most in a request: a key is in it twice, percent-encoded and escaped as JSON (15 bytes a character), a text once (6).</summary>
    private static int MaxBytes(TableEntity row) => 1000 + 15 * (row.PartitionKey.Length + row.RowKey.Length) + RowLine.Columns(row).Sum(column => 100 + column.Key.Length + column.Value switch
    {
        string text => 6 * text.Length,
        byte[] binary => 4 * (binary.Length / 3 + 1),
        _ => 40,
    });
}
