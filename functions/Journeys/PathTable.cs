using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Journeys;

/// <summary>Events with their paths, packed for questions by type and day (UTC).</summary>
/// <remarks>
/// Table <c>paths</c>.
/// <code>
/// PartitionKey                     RowKey             columns             holds
/// {type}-{yyyyMMdd}-{generation}   {level}-{bucket}   Step Data0 Data1 …  a <see cref="PathRow"/>
/// types-{generation}               {type}             Step First Last     the days (numbers since year 1) of a type's first and last event
/// </code>
/// A day begins with 16 rows. An event that finds its row full goes to one of four rows of the next level, by two more bits of its id's hash; an event
/// stays in the row that it came to. So quiet days take few rows and busy ones as many as they need, and nothing is ever moved. Thread-safe.
/// </remarks>
internal sealed class PathTable(StorageAccount account)
{
    private const int MaxLevel = 6;
    private const ulong FirstRows = 16;
    private const int DaysReadAtOnce = 4;

    private readonly Table table = account.Table("paths");

    /// <summary>Adds a step to the days of types: call it before, and once for all changes of the step.</summary>
    public Task ApplyTypesAsync(int generation, int step, IReadOnlyCollection<PathChange> changes, CancellationToken cancellationToken) => StepRows.ApplyAsync(
        table, step, changes.GroupBy(change => change.Type).Select(type => new TypeChange(
            generation, type.Key, type.Min(change => DayOf(change.At)), type.Max(change => DayOf(change.At)))), cancellationToken);

    /// <summary>Adds a step to events: to all that it touches, or to those of a slice.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="step">The step's number.</param>
    /// <param name="changes">What it adds; of two for one event the later one stands where they differ.</param>
    /// <param name="cancellationToken">Stops between writes; trying again goes on from there.</param>
    public async Task ApplyAsync(int generation, int step, IReadOnlyCollection<PathChange> changes, CancellationToken cancellationToken)
    {
        IReadOnlyList<PathChange> left = [.. changes.GroupBy(change => (change.Type, change.Id)).Select(same => same.Aggregate((one, next) => one.With(next)))];
        for (var level = 0; left.Count > 0; level++)
        {
            RowOfPaths[] rows = [.. left
                .GroupBy(change => (Partition: Partition(generation, change.Type, DayOf(change.At)), Row: Row(level, change.Id)))
                .Select(row => new RowOfPaths(row.Key.Partition, row.Key.Row, [.. row], isLastRow: level == MaxLevel))];
            await StepRows.ApplyAsync(table, step, rows, cancellationToken);
            left = [.. rows.SelectMany(row => row.Left)];
        }
    }

    /// <summary>One of 256 buckets. All events that a row may hold, and those that find it full, are in one.</summary>
    public static int BucketOf(string type, string id, DateTimeOffset at) =>
        TableKey.BucketNumber((long)HashOf(type) ^ (DayOf(at).DayNumber * (long)FirstRows) ^ (long)(HashOf(id) & (FirstRows - 1)));

    /// <summary>The events of a type from a moment (inclusive) to another (exclusive), taken-back ones among them, day by day.</summary>
    public async IAsyncEnumerable<StoredPath> ReadAsync(
        int generation, string type, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await table.GetAsync(TypesPartition(generation), type, cancellationToken) is not { } known)
            yield break;
        var first = Later(DayOf(from), DateOnly.FromDayNumber(known.GetInt32("First")!.Value));
        var last = Earlier(DayOf(to.AddTicks(-1)), DateOnly.FromDayNumber(known.GetInt32("Last")!.Value));
        var days = Enumerable.Range(0, Math.Max(0, last.DayNumber - first.DayNumber + 1)).Select(first.AddDays);
        // The next days are read while these are looked through.
        var reading = new Queue<Task<List<TableEntity>>>();
        foreach (var day in days)
        {
            reading.Enqueue(ReadDayAsync(Partition(generation, type, day), cancellationToken));
            if (reading.Count < DaysReadAtOnce)
                continue;
            foreach (var path in InRange(await reading.Dequeue()))
                yield return path;
        }
        while (reading.TryDequeue(out var rest))
        {
            foreach (var path in InRange(await rest))
                yield return path;
        }

        IEnumerable<StoredPath> InRange(List<TableEntity> rows) =>
            rows.SelectMany(row => table.Decode(row, row => PathRow.FromBytes(BinaryColumns.Read(row)).Paths())).Where(path => path.Conversion.At >= from && path.Conversion.At < to);
    }

    /// <summary>An event; null when it is not there.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="type">Its type.</param>
    /// <param name="id">The marketplace's id of it.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<StoredPath?> FindAsync(int generation, string type, string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        for (var level = 0; level <= MaxLevel; level++)
        {
            if (await table.GetAsync(Partition(generation, type, DayOf(at)), Row(level, id), cancellationToken) is not { } row)
                return null;
            if (table.Decode(row, row => PathRow.FromBytes(BinaryColumns.Read(row))).Find(id) is { } found)
                return found;
        }
        return null;
    }

    /// <summary>The types of which there ever were events, in order.</summary>
    public async Task<IReadOnlyList<string>> TypesAsync(int generation, CancellationToken cancellationToken) =>
        await table.QueryAsync(TypesPartition(generation), select: ["RowKey"], cancellationToken: cancellationToken).Select(row => row.RowKey).ToListAsync(cancellationToken);

    /// <summary>Copies all paths from one generation to another, where events that are still in the log are added once more without harm.</summary>
    public async Task CopyAsync(int from, int to, CancellationToken cancellationToken)
    {
        await foreach (var (type, days) in DaysAsync(from, cancellationToken))
        {
            foreach (var day in days)
            {
                await foreach (var row in table.QueryAsync(Partition(from, type.RowKey, day), pageSize: Table.MaxActions, cancellationToken: cancellationToken))
                {
                    var copy = new TableEntity(Partition(to, type.RowKey, day), row.RowKey) { ["Step"] = 0 };
                    BinaryColumns.Write(copy, BinaryColumns.Read(row));
                    await table.PutAsync(copy, cancellationToken);
                }
            }
            await table.PutAsync(
                new TableEntity(TypesPartition(to), type.RowKey) { ["Step"] = 0, ["First"] = type.GetInt32("First"), ["Last"] = type.GetInt32("Last") }, cancellationToken);
        }
    }

    /// <summary>Deletes a generation.</summary>
    public async Task DeleteAsync(int generation, CancellationToken cancellationToken)
    {
        await foreach (var (type, days) in DaysAsync(generation, cancellationToken))
        {
            foreach (var day in days)
                await table.DeleteRangeAsync(Partition(generation, type.RowKey, day), cancellationToken: cancellationToken);
        }
        // Last, so that a deletion which was interrupted finds its days again.
        await table.DeleteRangeAsync(TypesPartition(generation), cancellationToken: cancellationToken);
    }

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static DateOnly Earlier(DateOnly one, DateOnly other) => one < other ? one : other;

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;

    private static string Partition(int generation, string type, DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"{type}-{day:yyyyMMdd}-{generation}");

    private static string TypesPartition(int generation) => string.Create(CultureInfo.InvariantCulture, $"types-{generation}");

    private static string Row(int level, string id) => string.Create(CultureInfo.InvariantCulture, $"{level}-{HashOf(id) & ((FirstRows << (2 * level)) - 1):x4}");

    private static ulong HashOf(string id) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(id.AsSpan()));

    private async IAsyncEnumerable<(TableEntity Type, IEnumerable<DateOnly> Days)> DaysAsync(int generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in table.QueryAsync(TypesPartition(generation), cancellationToken: cancellationToken))
        {
            var first = row.GetInt32("First")!.Value;
            yield return (row, Enumerable.Range(first, row.GetInt32("Last")!.Value - first + 1).Select(DateOnly.FromDayNumber));
        }
    }

    private async Task<List<TableEntity>> ReadDayAsync(string partition, CancellationToken cancellationToken) =>
        await table.QueryAsync(partition, cancellationToken: cancellationToken).ToListAsync(cancellationToken);

    /// <summary>A step's change to a row of paths.</summary>
    private sealed class RowOfPaths(string partition, string row, IReadOnlyList<PathChange> changes, bool isLastRow) : RowChange(partition, row)
    {
        public override IReadOnlyCollection<string> Columns => BinaryColumns.Names;

        /// <summary>The changes that belong to a row of the next level, known when the step is applied.</summary>
        public IReadOnlyList<PathChange> Left { get; private set; } = [];

        public override void Apply(TableEntity? present, TableEntity next)
        {
            var paths = Read(present);
            // In the order of their ids, so that another try of the step fills the row alike.
            Left = [.. changes.OrderBy(change => change.Id, StringComparer.Ordinal).Where(change => !paths.TryApply(change, isLastRow))];
            BinaryColumns.Write(next, paths.ToBytes(), present);
        }

        public override void Found(TableEntity present)
        {
            var paths = Read(present);
            Left = [.. changes.Where(change => !paths.Contains(change.Id))];
        }

        private static PathRow Read(TableEntity? row) => row is null ? new PathRow() : PathRow.FromBytes(BinaryColumns.Read(row));
    }

    /// <summary>A step's change to the days of a type.</summary>
    private sealed class TypeChange(int generation, string type, DateOnly first, DateOnly last) : RowChange(TypesPartition(generation), type)
    {
        public override IReadOnlyCollection<string> Columns { get; } = ["First", "Last"];

        public override void Apply(TableEntity? present, TableEntity next)
        {
            next["First"] = Math.Min(first.DayNumber, present?.GetInt32("First") ?? int.MaxValue);
            next["Last"] = Math.Max(last.DayNumber, present?.GetInt32("Last") ?? int.MinValue);
        }
    }
}
