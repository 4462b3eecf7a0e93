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

    /// <summary>What of the value was paid back, by the event's own word or by a later one.</summary>
    public decimal? RefundedValue { get; init; }

    /// <summary>Whether it was taken back: then it counts no more.</summary>
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
        RefundedValue = happened.RefundedValue,
    };
}
