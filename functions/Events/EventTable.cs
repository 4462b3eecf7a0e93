using System.Globalization;
using Azure.Data.Tables;
using BitFaster.Caching.Lru;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Events;

/// <summary>Which event in the log counts for a type and id, and which cancellation, so that each counts once for ever, however often it is sent.</summary>
/// <remarks>
/// Table <c>events</c>; PartitionKey = type and hash of the id, <c>order-a</c> (16 parts, so that events that are sent together are written together);
/// RowKey = the id, escaped.
/// <code>
/// columns                                                holds
/// Stream Sequence Place At                               the event that counts, and when it happened
/// CancelStream CancelSequence CancelPlace Refunded(text) the cancellation that counts; Refunded: what it pays back, if it takes nothing else back
/// </code>
/// Either half may come first; once written it never changes. It is written by whoever appended the event, or, when that process ended before it
/// could, by the first reader of the log that comes upon it. Thread-safe.
/// </remarks>
public sealed class EventTable(StorageAccount account)
{
    private const int CachedEvents = 50_000;
    private const int TransactionsAtOnce = 16;

    private readonly Table table = account.Table("events");
    private readonly ConcurrentLru<string, CountedEvent> counted = new(CachedEvents);

    /// <summary>What counts for a type and id, as storage has it now; null when nothing does yet.</summary>
    public async Task<CountedEvent?> FindAsync(string type, string id, CancellationToken cancellationToken) =>
        await table.GetAsync(Partition(type, id), TableKey.Escape(id), cancellationToken) is { } row ? Remember(MarketEvent.KeyOf(type, id), ToCounted(row)) : null;

    /// <summary>Makes stored events those that count, unless others are already.</summary>
    /// <param name="events">Events and cancellations, in any number; of two for one type and id, and of one kind, either may come to count.</param>
    /// <param name="cancellationToken">Stops between writes; trying again is safe.</param>
    /// <returns>What counts for each, in their order.</returns>
    public async Task<IReadOnlyList<CountedEvent>> CountAsync(IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken)
    {
        var results = new CountedEvent?[events.Count];
        var missing = new List<int>();
        for (var i = 0; i < events.Count; i++)
        {
            if (counted.TryGet(events[i].Event.Key, out var known) && known.PositionOf(events[i].Event) is not null)
                results[i] = known;
            else
                missing.Add(i);
        }
        // Most are new: many are inserted together. A cancellation most often finds its event's row.
        var alone = new List<int>(missing.Where(i => events[i].Event.IsCancelled));
        var groups = missing.Except(alone).GroupBy(i => Partition(events[i].Event.Type, events[i].Event.Id))
            .SelectMany(partition => partition.DistinctBy(i => events[i].Event.Id).Chunk(Table.MaxActions)).ToList();
        alone.AddRange(missing.Except(alone).Except(groups.SelectMany(group => group)));
        var limit = new ParallelOptions { MaxDegreeOfParallelism = TransactionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(groups, limit, async (group, cancellation) =>
        {
            var isInserted = await table.SubmitAsync([.. group.Select(i => new TableTransactionAction(TableTransactionActionType.Add, ToRow(events[i])))], cancellation);
            foreach (var i in group)
                results[i] = isInserted ? Remember(events[i].Event.Key, ToCounted(ToRow(events[i]))) : await CountAsync(events[i], cancellation);
        });
        await Parallel.ForEachAsync(alone, limit, async (i, cancellation) => results[i] = await CountAsync(events[i], cancellation));
        return results!;
    }

    /// <summary>Adds one half to a row that may have the other.</summary>
    private async Task<CountedEvent> CountAsync(StoredEvent stored, CancellationToken cancellationToken)
    {
        var added = ToRow(stored);
        while (true)
        {
            if (await table.GetAsync(added.PartitionKey, added.RowKey, cancellationToken) is not { } row)
            {
                if (await table.InsertAsync(added, cancellationToken))
                    return Remember(stored.Event.Key, ToCounted(added));
                continue;
            }
            var present = ToCounted(row);
            if (present.PositionOf(stored.Event) is not null)
                return Remember(stored.Event.Key, present);
            foreach (var (column, value) in ToRow(stored))
                row[column] = value;
            if (await table.ReplaceAsync(row, cancellationToken))
                return Remember(stored.Event.Key, ToCounted(row));
        }
    }

    private CountedEvent Remember(string key, CountedEvent row)
    {
        counted.AddOrUpdate(key, row);
        return row;
    }

    private static string Partition(string type, string id) => $"{type}-{TableKey.Bucket(id)[1]}";

    private static TableEntity ToRow(StoredEvent stored)
    {
        var (happened, position) = stored;
        var row = new TableEntity(Partition(happened.Type, happened.Id), TableKey.Escape(happened.Id));
        var prefix = happened.IsCancelled ? "Cancel" : "";
        row[prefix + "Stream"] = position.Stream;
        row[prefix + "Sequence"] = position.Sequence;
        row[prefix + "Place"] = position.Place;
        if (happened.IsCancelled)
            row["Refunded"] = happened.RefundedValue?.ToString(CultureInfo.InvariantCulture);
        else
            row["At"] = happened.At;
        return row;
    }

    private static CountedEvent ToCounted(TableEntity row) => new(
        PositionIn(row, ""), row.GetDateTimeOffset("At"), PositionIn(row, "Cancel"),
        row.GetString("Refunded") is { } refunded ? decimal.Parse(refunded, CultureInfo.InvariantCulture) : null);

    private static ClickId? PositionIn(TableEntity row, string prefix) =>
        row.GetInt64(prefix + "Stream") is { } stream ? new ClickId(stream, row.GetInt32(prefix + "Sequence")!.Value, row.GetInt32(prefix + "Place")!.Value) : null;
}

/// <summary>An event in the log.</summary>
public readonly record struct StoredEvent(MarketEvent Event, ClickId Position);

/// <summary>What counts for a type and id.</summary>
/// <param name="Position">The event; null while only its cancellation is known.</param>
/// <param name="At">When it happened.</param>
/// <param name="Cancellation">The event that takes it, or its value, back.</param>
/// <param name="Refunded">What the cancellation pays back; null when it takes back all.</param>
public sealed record CountedEvent(ClickId? Position, DateTimeOffset? At, ClickId? Cancellation, decimal? Refunded)
{
    /// <summary>Which event in the log counts as the given one; null: none yet.</summary>
    public ClickId? PositionOf(MarketEvent happened) => happened.IsCancelled ? Cancellation : Position;
}
