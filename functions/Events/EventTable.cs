using System.Globalization;
using Azure.Data.Tables;
using BitFaster.Caching.Lru;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Events;

/// <summary>Which event in the log counts for a type and id, which cancellation and which refunds, so that each counts once for ever, however often it is sent.</summary>
/// <remarks>
/// Table <c>events</c>; PartitionKey = type and hash of the id, <c>order-a</c> (16 parts, so that events that are sent together are written together);
/// RowKey = the id, escaped.
/// <code>
/// columns                                 holds
/// Stream Sequence Place At                the event that counts, and when it happened
/// Refundable(text) Currency               what of its value can be refunded
/// CancelStream CancelSequence CancelPlace the cancellation that counts
/// Refunds(bytes)                          the refunds that count: version 1 | for each its id, amount, currency and place in the log
/// </code>
/// Any part may come first; once written it never changes. It is written by the process that appended the event, or, when that ended before it
/// could, by the first reader of the log that comes upon it. So a refund that does not count is refused by every reader alike. Thread-safe.
/// </remarks>
public sealed class EventTable(StorageAccount account)
{
    private const int CachedEvents = 50_000;
    private const int TransactionsAtOnce = 16;
    private const byte RefundsVersion = 1;

    private readonly Table table = account.Table("events");
    private readonly ConcurrentLru<string, CountedEvent> counted = new(CachedEvents);

    /// <summary>What counts for a type and id, as storage has it now; null when nothing does yet.</summary>
    public async Task<CountedEvent?> FindAsync(string type, string id, CancellationToken cancellationToken) =>
        await table.GetAsync(Partition(type, id), TableKey.Escape(id), cancellationToken) is { } row && TryRead(row) is { } counts ? Remember(MarketEvent.KeyOf(type, id), counts) : null;

    /// <summary>Makes stored events those that count, unless others are already, or a refund has an <see cref="CountedEvent.Objection"/>.</summary>
    /// <param name="events">Events, cancellations and refunds, in any number; of two that are the same, either may come to count.</param>
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
            var isInserted = await table.SubmitAsync([.. group.Select(i => new TableTransactionAction(TableTransactionActionType.Add, First(events[i])))], cancellation);
            foreach (var i in group)
                results[i] = isInserted ? Remember(events[i].Event.Key, CountedEvent.None.With(events[i])) : await CountAsync(events[i], cancellation);
        });
        await Parallel.ForEachAsync(alone, limit, async (i, cancellation) => results[i] = await CountAsync(events[i], cancellation));
        return results!;
    }

    /// <summary>Adds one part to a row that may have others.</summary>
    private async Task<CountedEvent> CountAsync(StoredEvent stored, CancellationToken cancellationToken)
    {
        var happened = stored.Event;
        while (true)
        {
            var row = await table.GetAsync(Partition(happened.Type, happened.Id), TableKey.Escape(happened.Id), cancellationToken);
            // The event in the log replaces a damaged row. The lost parts are added again when a reader of the log meets them.
            var present = row is null ? CountedEvent.None : TryRead(row) ?? CountedEvent.None;
            if (present.PositionOf(happened) is not null || (happened.IsRefund && present.Objection(happened.RefundedValue!.Value, happened.Currency!) is not null))
                return Remember(happened.Key, present);
            var next = present.With(stored);
            var written = ToRow(happened.Type, happened.Id, next);
            if (row is not null)
                written.ETag = row.ETag;
            if (row is null ? await table.InsertAsync(written, cancellationToken) : await table.ReplaceAsync(written, cancellationToken))
                return Remember(happened.Key, next);
        }
    }

    private static TableEntity First(StoredEvent stored) => ToRow(stored.Event.Type, stored.Event.Id, CountedEvent.None.With(stored));

    /// <summary>What a row says; null when it is damaged, which is reported.</summary>
    private CountedEvent? TryRead(TableEntity row)
    {
        try
        {
            return table.Decode(row, ToCounted);
        }
        catch (DamagedRowException)
        {
            return null;
        }
    }

    private CountedEvent Remember(string key, CountedEvent row)
    {
        counted.AddOrUpdate(key, row);
        return row;
    }

    private static string Partition(string type, string id) => $"{type}-{TableKey.Bucket(id)[1]}";

    private static TableEntity ToRow(string type, string id, CountedEvent known)
    {
        var row = new TableEntity(Partition(type, id), TableKey.Escape(id))
        {
            ["At"] = known.At,
            ["Refundable"] = known.Refundable?.Amount.ToString(CultureInfo.InvariantCulture),
            ["Currency"] = known.Refundable?.Currency,
            ["Refunds"] = known.Refunds.Count == 0 ? null : ToBytes(known.Refunds),
        };
        WritePosition(row, "", known.Position);
        WritePosition(row, "Cancel", known.Cancellation);
        return row;
    }

    private static CountedEvent ToCounted(TableEntity row)
    {
        var known = new CountedEvent
        {
            Position = PositionIn(row, ""),
            At = row.GetDateTimeOffset("At"),
            Refundable = row.GetString("Refundable") is { } amount ? new Refundable(decimal.Parse(amount, CultureInfo.InvariantCulture), row.GetString("Currency")) : null,
            Cancellation = PositionIn(row, "Cancel"),
            Refunds = row.GetBinary("Refunds") is { } refunds ? ToRefunds(refunds) : [],
        };
        // A row from before an event took a cancellation and more than one refund: it has one of them.
        return row.GetString("Refunded") is { } refunded
            ? known with { Cancellation = null, Refunds = [new CountedRefund(null, decimal.Parse(refunded, CultureInfo.InvariantCulture), null, known.Cancellation!.Value)] }
            : known;
    }

    private static byte[] ToBytes(IReadOnlyList<CountedRefund> refunds)
    {
        var writer = new ByteWriter();
        writer.Byte(RefundsVersion);
        writer.Number(refunds.Count);
        foreach (var refund in refunds)
        {
            // No id and no currency is empty.
            writer.Text(refund.Id ?? "");
            writer.Amount(refund.Amount);
            writer.Text(refund.Currency ?? "");
            writer.ClickId(refund.Position);
        }
        return writer.Written.ToArray();
    }

    private static CountedRefund[] ToRefunds(byte[] bytes)
    {
        var reader = new ByteReader(bytes);
        if (reader.Byte() != RefundsVersion)
            throw new InvalidDataException("An event's refunds have an unknown version.");
        var refunds = new CountedRefund[reader.Count(CountedEvent.MaxRefunds)];
        for (var i = 0; i < refunds.Length; i++)
        {
            var id = reader.Text();
            var amount = reader.Amount() ?? throw new InvalidDataException("A refund has no amount.");
            var currency = reader.Text();
            refunds[i] = new CountedRefund(id.Length == 0 ? null : id, amount, currency.Length == 0 ? null : currency, reader.ClickId());
        }
        return refunds;
    }

    private static void WritePosition(TableEntity row, string prefix, ClickId? position)
    {
        row[prefix + "Stream"] = position?.Stream;
        row[prefix + "Sequence"] = position?.Sequence;
        row[prefix + "Place"] = position?.Place;
    }

    private static ClickId? PositionIn(TableEntity row, string prefix) =>
        row.GetInt64(prefix + "Stream") is { } stream ? new ClickId(stream, row.GetInt32(prefix + "Sequence")!.Value, row.GetInt32(prefix + "Place")!.Value) : null;
}
