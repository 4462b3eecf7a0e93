using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Journeys;

/// <summary>The journeys of users and of visitors with cookies.</summary>
/// <remarks>
/// Table <c>journeys</c>; PartitionKey = hash of the actor and generation, <c>a7-1</c>; RowKey = <c>{u, v or c}{number}|{yyyyMM}</c> (UTC); <c>Step</c>,
/// <c>Data0</c>, …: a <see cref="JourneyMonth"/>. Thread-safe.
/// </remarks>
internal sealed class JourneyTable(StorageAccount account)
{
    /// <summary>Journeys that a step keeps in memory at most.</summary>
    private const int MaxHeld = 5000;

    /// <summary>And their bytes, about, as they are stored.</summary>
    private const int MaxHeldBytes = 8_000_000;

    private const int ReadsAtOnce = 16;

    private readonly Table table = account.Table("journeys");

    /// <summary>Adds a step to every journey that it touches.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="step">The step's number.</param>
    /// <param name="added">What it adds to each actor's months.</param>
    /// <param name="kept">Actors whose whole journeys are needed afterwards.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    /// <returns>The journeys of as many of these as memory should hold, as they are then: what had to be read need not be read again.</returns>
    public async Task<IReadOnlyDictionary<Actor, IReadOnlyList<JourneyMonth>>> ApplyAsync(
        int generation, int step, IReadOnlyDictionary<(Actor Actor, DateOnly Month), JourneyMonth> added, IEnumerable<Actor> kept, CancellationToken cancellationToken)
    {
        var known = new ConcurrentDictionary<Actor, Dictionary<string, TableEntity>>();
        var heldBytes = 0L;
        await Parallel.ForEachAsync(
            kept.Take(MaxHeld), new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (actor, cancellation) =>
            {
                if (Volatile.Read(ref heldBytes) >= MaxHeldBytes)
                    return;
                var rows = await QueryAsync(generation, actor, cancellation).ToDictionaryAsync(row => row.RowKey, cancellationToken: cancellation);
                Interlocked.Add(ref heldBytes, rows.Values.Sum(StepRows.BytesOf));
                known[actor] = rows;
            });

        await StepRows.ApplyAsync(
            table, step,
            added.Select(entry => new MonthChange(generation, entry.Key.Actor, entry.Key.Month, entry.Value)
            {
                Known = known.TryGetValue(entry.Key.Actor, out var rows) ? new KnownRow(rows.GetValueOrDefault(RowKey(entry.Key.Actor, entry.Key.Month))) : null,
            }),
            cancellationToken);

        var months = known.ToDictionary(actor => actor.Key, actor => actor.Value.ToDictionary(row => row.Key, row => JourneyMonth.FromBytes(BinaryColumns.Read(row.Value))));
        foreach (var ((actor, month), part) in added)
        {
            if (!months.TryGetValue(actor, out var own))
                continue;
            if (!own.TryGetValue(RowKey(actor, month), out var present))
                own.Add(RowKey(actor, month), present = new JourneyMonth());
            present.Add(part);
        }
        return months.ToDictionary(actor => actor.Key, actor => (IReadOnlyList<JourneyMonth>)[.. actor.Value.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Value)]);
    }

    /// <summary>An actor's months, in order.</summary>
    public async Task<IReadOnlyList<JourneyMonth>> ReadAsync(int generation, Actor actor, CancellationToken cancellationToken) =>
        await QueryAsync(generation, actor, cancellationToken).Select(row => table.Decode(row, row => JourneyMonth.FromBytes(BinaryColumns.Read(row)))).ToListAsync(cancellationToken);

    /// <summary>The visitors that are joined to a user, by the visitors' own months: reads every journey.</summary>
    public async IAsyncEnumerable<Actor> FindJoinedAsync(int generation, Actor user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var partition in Partitions(generation))
        {
            await foreach (var row in table.QueryAsync(partition, Actor.PrefixOf(ActorKind.Visitor), Actor.PrefixOf(ActorKind.Visitor) + "~", pageSize: Table.MaxActions, cancellationToken: cancellationToken))
            {
                if (table.Decode(row, row => JourneyMonth.FromBytes(BinaryColumns.Read(row))).Joins.Any(join => join.Other == user))
                    yield return Actor.OfRow(row.RowKey);
            }
        }
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

    private static string RowKey(Actor actor, DateOnly month) => actor.RowPrefix + month.ToString("yyyyMM", CultureInfo.InvariantCulture);

    private IAsyncEnumerable<TableEntity> QueryAsync(int generation, Actor actor, CancellationToken cancellationToken) =>
        table.QueryAsync(Partition(generation, actor), actor.RowPrefix, actor.RowPrefix + "~", cancellationToken: cancellationToken);

    private static string Partition(int generation, Actor actor) => string.Create(CultureInfo.InvariantCulture, $"{actor.Bucket}-{generation}");

    /// <summary>A step's change to a month of a journey.</summary>
    private sealed class MonthChange(int generation, Actor actor, DateOnly month, JourneyMonth added)
        : RowChange(Partition(generation, actor), RowKey(actor, month))
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
