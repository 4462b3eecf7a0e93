using ShareLinks.Clicks;
using ShareLinks.Codes;

namespace ShareLinks.Events;

/// <summary>An event in the log.</summary>
public readonly record struct StoredEvent(MarketEvent Event, ClickId Position);

/// <summary>What counts for a type and id: the event, its cancellation and its refunds. Any of them may come first.</summary>
public sealed record CountedEvent
{
    /// <summary>Refunds that one event takes at most.</summary>
    public const int MaxRefunds = 100;

    /// <summary>Nothing is known yet.</summary>
    public static readonly CountedEvent None = new();

    /// <summary>The event; null while only its cancellation or refunds are known.</summary>
    public ClickId? Position { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>What of its value can be refunded; null while the event is not known, or when it was reported before this was kept.</summary>
    public Refundable? Refundable { get; init; }

    /// <summary>The event that takes it back.</summary>
    public ClickId? Cancellation { get; init; }

    /// <summary>What pays back parts of its value, each under an id of its own, in the order in which they came to count.</summary>
    public IReadOnlyList<CountedRefund> Refunds { get; init; } = [];

    /// <summary>Which event in the log counts as the given one; null: none yet.</summary>
    public ClickId? PositionOf(MarketEvent happened) =>
        !happened.IsCancelled ? Position : happened.IsRefund ? RefundOf(happened.RefundId)?.Position : Cancellation;

    /// <summary>The refund that counts under an id, null being one too; null: none yet.</summary>
    public CountedRefund? RefundOf(string? id) => Refunds.FirstOrDefault(refund => refund.Id == id);

    /// <summary>What keeps a refund that does not count yet from counting; null: nothing.</summary>
    /// <remarks>One that comes before its event is taken; if it turns out to be in another currency, it is left out of every sum.</remarks>
    /// <returns>The field and what is expected of it.</returns>
    public (string Field, string Detail)? Objection(decimal refunded, string currency)
    {
        if (Refunds.Count >= MaxRefunds)
            return ("refundId", $"must be one of at most {MaxRefunds} for one event");
        if (Refundable is not { } refundable)
            return null;
        if (refundable.Currency is null)
            return ("refundedValue", "must not be given for an event that was reported without a value");
        if (refundable.Currency != currency)
            return ("currency", $"must be the event's, {refundable.Currency}");
        var left = refundable.Amount - Refunds.Where(refund => refund.Currency is null || refund.Currency == currency).Sum(refund => refund.Amount);
        return refunded <= left ? null : ("refundedValue", FormattableString.Invariant($"must be at most what is left of the event's value, {Math.Max(0, left):0.####} {currency}"));
    }

    /// <summary>This with one more, which nothing keeps from counting.</summary>
    public CountedEvent With(StoredEvent stored)
    {
        var (happened, position) = stored;
        if (happened.IsRefund)
            return this with { Refunds = [.. Refunds, new CountedRefund(happened.RefundId, happened.RefundedValue!.Value, happened.Currency, position)] };
        if (happened.IsCancelled)
            return this with { Cancellation = position };
        return this with
        {
            Position = position,
            At = happened.At,
            Refundable = happened.Value is { } value ? new Refundable(value - (happened.RefundedValue ?? 0), happened.Currency) : new Refundable(0, null),
        };
    }
}

/// <summary>What of an event's value can be refunded.</summary>
/// <param name="Amount">Its value, less what was paid back before it was reported.</param>
/// <param name="Currency">ISO 4217; null when it has no value.</param>
public readonly record struct Refundable(decimal Amount, string? Currency);

/// <summary>A refund that counts.</summary>
/// <param name="Id">The marketplace's id of it; null: the event's one refund without.</param>
/// <param name="Amount">What was paid back.</param>
/// <param name="Currency">ISO 4217; null when it was reported before this was kept: the event's own.</param>
/// <param name="Position">Where it stands in the log.</param>
public sealed record CountedRefund(string? Id, decimal Amount, string? Currency, ClickId Position);
