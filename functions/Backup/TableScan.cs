using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Backup;

/// <summary>Reads whole tables.</summary>
internal sealed class TableScan(StorageAccount account, StorageRetry retry)
{
    /// <summary>Rows that are in memory at a time. Azure gives at most 4 MiB of them; its emulator has no such limit.</summary>
    private const int PageSize = 200;

    /// <summary>All rows of a table, partition by partition in the order of their keys. Those that are written meanwhile may be among them or not.</summary>
    public async IAsyncEnumerable<TableEntity> ReadAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var table = account.Table(name);
        string? next = null;
        do
        {
            var from = next;
            (var rows, next) = await retry.TryAsync(() => table.ScanAsync(from, PageSize, cancellationToken), cancellationToken);
            foreach (var row in rows)
                yield return row;
        }
        while (next is not null);
    }
}
