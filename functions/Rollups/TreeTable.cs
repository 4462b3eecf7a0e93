using System.Globalization;
using System.IO.Hashing;
using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Rollups;

/// <summary>The clicks of links below others, by the share tree that they stand in. (Those of the roots are in the statistics.)</summary>
/// <remarks>
/// Table <c>trees</c>; PartitionKey = hash of the root, <c>00</c> to <c>3f</c>, and generation, <c>2a-1</c>; RowKey = <c>{root}|{0 to f}</c>, one of 16
/// parts by a hash of the link; <c>Step</c>, <c>Data0</c>, …: <see cref="TreeClicks"/>. So there is room for 1,100,000 links with one day each, or
/// 115,000 with 30, and a tree is read by one query. Thread-safe.
/// </remarks>
internal sealed class TreeTable(StorageAccount account)
{
    private const int Parts = 16;
    private const int WritesAtOnce = 8;

    private readonly Table table = account.Table("trees");

    /// <summary>Adds a step to every tree that it touches.</summary>
    public Task ApplyAsync(int generation, int step, IEnumerable<(LinkId Root, LinkDay Day)> added, CancellationToken cancellationToken) => StepRows.ApplyAsync(
        table, step, added.GroupBy(entry => (Partition: Partition(generation, entry.Root), Row: Row(entry.Root, entry.Day.Link)), entry => entry.Day)
            .Select(part => new PartChange(part.Key.Partition, part.Key.Row, [.. part])), cancellationToken);

    /// <summary>What is counted of a root's tree, in parts; a link is in one of them.</summary>
    public async Task<IReadOnlyList<TreeClicks>> ReadAsync(int generation, LinkId root, CancellationToken cancellationToken)
    {
        var parts = new List<TreeClicks>();
        await foreach (var row in table.QueryAsync(Partition(generation, root), RowPrefix(root), RowPrefix(root) + "~", cancellationToken: cancellationToken))
            parts.Add(table.Decode(row, Read));
        return parts;
    }

    /// <summary>Copies the days before <paramref name="end"/> from one generation to another. Doing it again changes nothing.</summary>
    public async Task CopyAsync(int from, int to, DateOnly end, CancellationToken cancellationToken)
    {
        foreach (var (source, target) in Partitions(from).Zip(Partitions(to)))
        {
            await Parallel.ForEachAsync(
                table.QueryAsync(source, pageSize: Table.MaxActions, cancellationToken: cancellationToken),
                new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellationToken },
                async (row, cancellation) =>
                {
                    var kept = table.Decode(row, Read).Before(end);
                    if (kept.Days.Count == 0)
                        return;
                    var copy = new TableEntity(target, row.RowKey) { ["Step"] = 0 };
                    BinaryColumns.Write(copy, kept.ToBytes());
                    await table.PutAsync(copy, cancellation);
                });
        }
    }

    /// <summary>Deletes a generation.</summary>
    public async Task DeleteAsync(int generation, CancellationToken cancellationToken)
    {
        foreach (var partition in Partitions(generation))
            await table.DeleteRangeAsync(partition, cancellationToken: cancellationToken);
    }

    private static TreeClicks Read(TableEntity row) => TreeClicks.FromBytes(BinaryColumns.Read(row));

    private static IEnumerable<string> Partitions(int generation) => Enumerable.Range(0, TableKey.SmallBuckets).Select(bucket => Partition(generation, bucket));

    private static string Partition(int generation, LinkId root) => Partition(generation, TableKey.SmallBucket(root.ToString()));

    private static string Partition(int generation, int bucket) => string.Create(CultureInfo.InvariantCulture, $"{bucket:x2}-{generation}");

    private static string RowPrefix(LinkId root) => $"{root}{TableKey.Separator}";

    private static string Row(LinkId root, LinkId link) => string.Create(
        CultureInfo.InvariantCulture, $"{RowPrefix(root)}{XxHash3.HashToUInt64(BitConverter.GetBytes(link.Value)) % Parts:x}");

    /// <summary>A step's change to a part of a tree.</summary>
    private sealed class PartChange(string partition, string row, IReadOnlyList<LinkDay> added) : RowChange(partition, row)
    {
        public override IReadOnlyCollection<string> Columns => BinaryColumns.Names;

        public override void Apply(TableEntity? present, TableEntity next)
        {
            var clicks = present is null ? TreeClicks.None : TreeClicks.FromBytes(BinaryColumns.Read(present));
            BinaryColumns.Write(next, clicks.With(added).ToBytes(), present);
        }
    }
}
