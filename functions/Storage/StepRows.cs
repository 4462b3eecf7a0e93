using System.Collections.Concurrent;
using Azure.Data.Tables;

namespace ShareLinks.Storage;

/// <summary>Rows that are brought up to date step by step, each step once, whichever processes try it and however often.</summary>
/// <remarks>
/// A row's column <c>Step</c> holds the last step that it has. A step is applied under the row's ETag and passes over rows that have it already,
/// so any process may continue a step that another left half done. Steps must be tried in order, a step only after the one before it is whole.
/// Thread-safe.
/// </remarks>
public static class StepRows
{
    private const string StepColumn = "Step";

    /// <summary>Bytes that one transaction carries at most, below the service's 4 MiB.</summary>
    private const int MaxTransactionBytes = 2_500_000;

    /// <summary>Bytes of rows, as they are stored, that one of the <see cref="TransactionsAtOnce"/> reads ahead at most, but for the last rows that pass it.</summary>
    private const int MaxReadBytes = 1_000_000;

    /// <summary>Rows of a transaction that turn out to be there before the rest is read, too.</summary>
    private const int MaxConflicts = 4;

    private const int TransactionsAtOnce = 8;
    private const int ReadsAtOnce = 8;

    /// <summary>Applies a step to rows of any partitions.</summary>
    /// <param name="table">The table.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <param name="changes">What the step does to each row; a row is named once.</param>
    /// <param name="cancellationToken">Stops between writes; what is written stays, and trying again continues from there.</param>
    public static Task ApplyAsync(Table table, int step, IEnumerable<RowChange> changes, CancellationToken cancellationToken)
    {
        var seen = new SeenRows();
        return Parallel.ForEachAsync(
            changes.GroupBy(change => change.Partition).SelectMany(partition => partition.Chunk(Table.MaxActions)),
            new ParallelOptions { MaxDegreeOfParallelism = TransactionsAtOnce, CancellationToken = cancellationToken },
            async (group, cancellation) => await ApplyToPartitionAsync(table, step, group, seen, cancellation));
    }

    private static async Task ApplyToPartitionAsync(Table table, int step, RowChange[] changes, SeenRows seen, CancellationToken cancellationToken)
    {
        var waiting = new Queue<RowChange>(changes);
        var read = new ConcurrentDictionary<RowChange, TableEntity?>(changes.Where(change => change.Known is not null).Select(change => KeyValuePair.Create(change, change.Known!.Value.Row)));
        if (seen.MostAreNew && read.IsEmpty)
            waiting = await ApplyToNewAsync(table, step, changes, seen, cancellationToken);
        while (waiting.Count > 0)
        {
            var readBytes = 0L;
            var unread = waiting.Where(change => !read.ContainsKey(change)).ToArray();
            await Parallel.ForEachAsync(unread, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken }, async (change, cancellation) =>
            {
                if (Volatile.Read(ref readBytes) >= MaxReadBytes)
                    return;
                var present = await ReadAsync(table, change, seen, cancellation);
                read[change] = present;
                Interlocked.Add(ref readBytes, present is null ? 0 : BytesOf(present));
            });

            // What was not read yet comes in the next round.
            while (waiting.TryPeek(out var first) && read.ContainsKey(first))
            {
                var actions = new List<TableTransactionAction>();
                var tried = new List<RowChange>();
                for (var bytes = 0; bytes < MaxTransactionBytes && waiting.TryPeek(out var change) && read.TryRemove(change, out var present);)
                {
                    waiting.Dequeue();
                    if (ToAction(table, change, present, step, ref bytes) is not { } action)
                        continue;
                    actions.Add(action);
                    tried.Add(change);
                }
                if (actions.Count == 0 || await table.SubmitAsync(actions, cancellationToken))
                    continue;
                // Somebody else is at the same step, or an answer was lost: see what is there now.
                foreach (var change in tried)
                    waiting.Enqueue(change);
                read.Clear();
                break;
            }
        }
    }

    /// <summary>Writes rows without reading them first, as if there were none; one that the service finds to be there is read.</summary>
    /// <returns>The changes that are still to be applied.</returns>
    private static async Task<Queue<RowChange>> ApplyToNewAsync(Table table, int step, RowChange[] changes, SeenRows seen, CancellationToken cancellationToken)
    {
        var left = new Queue<RowChange>(changes);
        var present = new Dictionary<RowChange, TableEntity?>();
        for (var conflicts = 0; left.Count > 0 && conflicts <= MaxConflicts;)
        {
            var actions = new List<TableTransactionAction>();
            var tried = new List<RowChange>();
            var (bytes, passed) = (0, 0);
            foreach (var change in left.TakeWhile(_ => bytes < MaxTransactionBytes))
            {
                passed++;
                if (ToAction(table, change, present.GetValueOrDefault(change), step, ref bytes) is not { } action)
                    continue;
                actions.Add(action);
                tried.Add(change);
            }
            var (isDone, failed) = actions.Count == 0 ? (true, null) : await table.TrySubmitAsync(actions, cancellationToken);
            if (isDone)
            {
                seen.Count(isNew: true, tried.Count);
                for (; passed > 0; passed--)
                    left.Dequeue();
                continue;
            }
            if (failed is not { } place)
                break;
            conflicts++;
            present[tried[place]] = await ReadAsync(table, tried[place], seen, cancellationToken);
        }
        return left;
    }

    private static async Task<TableEntity?> ReadAsync(Table table, RowChange change, SeenRows seen, CancellationToken cancellationToken)
    {
        var present = await table.GetAsync(change.Partition, change.Row, [.. change.Columns, StepColumn], cancellationToken);
        seen.Count(isNew: present is null, 1);
        return present;
    }

    /// <summary>What a row's bytes come to, about.</summary>
    internal static long BytesOf(TableEntity row) => row.Sum(column => column.Value is byte[] binary ? binary.Length : 0L);

    private static TableTransactionAction? ToAction(Table table, RowChange change, TableEntity? present, int step, ref int bytes)
    {
        if (present?.GetInt32(StepColumn) >= step)
        {
            table.Decode(change.Partition, change.Row, () =>
            {
                change.Found(present);
                return true;
            });
            return null;
        }
        var row = new TableEntity(change.Partition, change.Row) { [StepColumn] = step };
        table.Decode(change.Partition, change.Row, () =>
        {
            change.Apply(present, row);
            return true;
        });
        bytes += row.Sum(column => column.Value is byte[] binary ? binary.Length * 4 / 3 : 64) + 1024;
        return present is null
            ? new TableTransactionAction(TableTransactionActionType.Add, row)
            : new TableTransactionAction(TableTransactionActionType.UpdateMerge, row, present.ETag);
    }

    /// <summary>How many of the rows that a step touched were new: where nearly all are, reading each first costs more than writing them. Thread-safe.</summary>
    private sealed class SeenRows
    {
        private const int Few = 100;
        private const int NewForPresent = 30;

        private int present;
        private int absent;

        public bool MostAreNew => Volatile.Read(ref absent) > Math.Max(Few, NewForPresent * Volatile.Read(ref present));

        public void Count(bool isNew, int rows) => Interlocked.Add(ref isNew ? ref absent : ref present, rows);
    }
}

/// <summary>What a step does to one row.</summary>
/// <param name="partition">Its PartitionKey.</param>
/// <param name="row">Its RowKey.</param>
public abstract class RowChange(string partition, string row)
{
    public string Partition => partition;

    public string Row => row;

    /// <summary>The row as it was read already; null: it is to be read.</summary>
    public KnownRow? Known { get; init; }

    /// <summary>The columns to be read.</summary>
    public abstract IReadOnlyCollection<string> Columns { get; }

    /// <summary>Writes the columns that change into <paramref name="next"/>; the others stay. May be called again with a newer row.</summary>
    /// <param name="present">The row without the step; null when there is none yet.</param>
    /// <param name="next">The row to be written.</param>
    public abstract void Apply(TableEntity? present, TableEntity next);

    /// <summary>Looks at a row that has the step already.</summary>
    public virtual void Found(TableEntity present)
    {
    }
}

/// <summary>A row as it was read before a step; null: there was none.</summary>
public readonly record struct KnownRow(TableEntity? Row);
