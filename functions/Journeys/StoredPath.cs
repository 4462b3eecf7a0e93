using ShareLinks.Clicks;

namespace ShareLinks.Journeys;

/// <summary>An event with the touches that may have led to it.</summary>
/// <param name="Conversion">The event.</param>
/// <param name="Touches">Of the <see cref="PathRules.MaxLookBack"/> before it, in order.</param>
internal sealed record StoredPath(Conversion Conversion, IReadOnlyList<Touch> Touches);

/// <summary>An event as attribution counts it.</summary>
internal sealed record Conversion
{
    /// <summary>Its type's and the marketplace's id.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public string? ListingId { get; init; }

    public decimal? Value { get; init; }

    /// <summary>There whenever an amount is.</summary>
    public string? Currency { get; init; }

    /// <summary>What of the value was paid back before the event was reported.</summary>
    public decimal? RefundedAtFirst { get; init; }

    /// <summary>What was paid back of it later.</summary>
    public IReadOnlyList<Refund> Refunds { get; init; } = [];

    /// <summary>All that was paid back of the value; null: nothing.</summary>
    public decimal? RefundedValue => Refunds.Where(IsInOwnCurrency).Aggregate(RefundedAtFirst, (sum, refund) => (sum ?? 0) + refund.Amount);

    /// <summary>Refunds in another currency than the value's: they lower it by nothing.</summary>
    public IEnumerable<Refund> OtherCurrencies => Refunds.Where(refund => !IsInOwnCurrency(refund));

    /// <summary>Whether it was cancelled: then it no longer counts.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>What is left of the value, from 0.</summary>
    public decimal NetValue => Math.Max(0, (Value ?? 0) - (RefundedValue ?? 0));

    public static Conversion Of(MarketEvent happened) => new()
    {
        Id = happened.Id,
        At = happened.At,
        ListingId = happened.ListingId,
        Value = happened.Value,
        Currency = happened.Currency,
        RefundedAtFirst = happened.RefundedValue,
    };

    private bool IsInOwnCurrency(Refund refund) => refund.Currency is null || refund.Currency == Currency;
}

/// <summary>A part of an event's value that was paid back.</summary>
/// <param name="Id">The marketplace's id of it; null: the event's one refund without.</param>
/// <param name="Amount">How much.</param>
/// <param name="Currency">ISO 4217; null when it was reported before this was kept: the event's own.</param>
internal sealed record Refund(string? Id, decimal Amount, string? Currency)
{
    /// <summary>The refunds of both, each once by its id, in their ids' order.</summary>
    public static IReadOnlyList<Refund> Union(IReadOnlyList<Refund> some, IReadOnlyList<Refund> others) =>
        others.Count == 0 ? some : [.. some.Concat(others).DistinctBy(refund => refund.Id).OrderBy(refund => refund.Id, StringComparer.Ordinal)];
}
