using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Journeys;

/// <summary>The journeys of users and of visitors with cookies.</summary>
/// <remarks>
/// Table <c>journeys</c>; PartitionKey = hash of the actor and generation, <c>a7-1</c>; RowKey = <c>{u or v}{number}|{yyyyMM}</c> (UTC); <c>Step</c>,
/// <c>Data0</c>, …: a <see cref="JourneyMonth"/>. Thread-safe.
/// </remarks>
internal sealed class JourneyTable(StorageAccount account)
{
    private readonly Table table = account.Table("journeys");

    /// <summary>Adds a step to every journey that it touches.</summary>
    public async Task ApplyAsync(int generation, int step, JourneyTally tally, CancellationToken cancellationToken) => await StepRows.ApplyAsync(
        table, step, (await tally.CompleteAsync(cancellationToken)).Select(entry => new MonthChange(generation, entry.Key.Actor, entry.Key.Month, entry.Value)), cancellationToken);

    /// <summary>An actor's months, in order.</summary>
    public async Task<IReadOnlyList<JourneyMonth>> ReadAsync(int generation, Actor actor, CancellationToken cancellationToken)
    {
        var months = new List<JourneyMonth>();
        await foreach (var row in table.QueryAsync(Partition(generation, actor), actor.RowPrefix, actor.RowPrefix + "~", cancellationToken: cancellationToken))
            months.Add(JourneyMonth.FromBytes(BinaryColumns.Read(row)));
        return months;
    }

    /// <summary>Deletes an actor's journey.</summary>
    public Task DeleteAsync(int generation, Actor actor, CancellationToken cancellationToken) =>
        table.DeleteRangeAsync(Partition(generation, actor), actor.RowPrefix, actor.RowPrefix + "~", cancellationToken);

    /// <summary>Copies all journeys from one generation to another, where clicks that are still in the log are added once more without harm.</summary>
    public async Task CopyAsync(int from, int to, CancellationToken cancellationToken)
    {
        foreach (var (source, target) in Partitions(from).Zip(Partitions(to)))
        {
            await foreach (var row in table.QueryAsync(source, pageSize: Table.MaxActions, cancellationToken: cancellationToken))
            {
                var copy = new TableEntity(target, row.RowKey) { ["Step"] = 0 };
                BinaryColumns.Write(copy, BinaryColumns.Read(row));
                await table.PutAsync(copy, cancellationToken);
            }
        }
    }

    /// <summary>Deletes a generation.</summary>
    public async Task DeleteAsync(int generation, CancellationToken cancellationToken)
    {
        foreach (var partition in Partitions(generation))
            await table.DeleteRangeAsync(partition, cancellationToken: cancellationToken);
    }

    private static IEnumerable<string> Partitions(int generation) =>
        Enumerable.Range(0, 256).Select(bucket => string.Create(CultureInfo.InvariantCulture, $"{bucket:x2}-{generation}"));

    private static string Partition(int generation, Actor actor) => string.Create(CultureInfo.InvariantCulture, $"{actor.Bucket}-{generation}");

    /// <summary>A step's change to a month of a journey.</summary>
    private sealed class MonthChange(int generation, Actor actor, DateOnly month, JourneyMonth added)
        : RowChange(Partition(generation, actor), actor.RowPrefix + month.ToString("yyyyMM", CultureInfo.InvariantCulture))
    {
        public override IReadOnlyCollection<string> Columns => BinaryColumns.Names;

        public override void Apply(TableEntity? present, TableEntity next)
        {
            var journey = present is null ? new JourneyMonth() : JourneyMonth.FromBytes(BinaryColumns.Read(present));
            journey.Add(added);
            BinaryColumns.Write(next, journey.ToBytes(), present);
        }
    }
}
