using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Benchmarks;

/// <summary>What the click log of an app holds.</summary>
/// <param name="Clicks">Clicks.</param>
/// <param name="Blocks">Blocks, each written by one transaction.</param>
/// <param name="Bytes">Bytes of storage.</param>
internal readonly record struct StoredClicks(long Clicks, long Blocks, long Bytes)
{
    public static StoredClicks operator -(StoredClicks after, StoredClicks before) => new(after.Clicks - before.Clicks, after.Blocks - before.Blocks, after.Bytes - before.Bytes);

    public static async Task<StoredClicks> ReadAsync(EmulatorProcess emulator)
    {
        var (clicks, blocks, bytes) = (0L, 0L, 0L);
        await foreach (var row in new TableServiceClient(emulator.ConnectionString).GetTableClient(PublishedApp.Prefix + "blocks").QueryAsync<TableEntity>(maxPerPage: 1000))
        {
            if (row.GetInt32("Count") is not { } count)
                continue;
            clicks += count;
            blocks++;
            // A row's own bytes, by the service's formula: 4, its keys, and for each property 8, its name and its value.
            bytes += BinaryColumns.Read(row).Length + 4 + 2 * (row.PartitionKey.Length + row.RowKey.Length) + row.Keys.Sum(name => 8 + 2 * name.Length + 8);
        }
        return new StoredClicks(clicks, blocks, bytes);
    }
}
