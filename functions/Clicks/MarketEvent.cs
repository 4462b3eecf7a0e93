using ShareLinks.Codes;
using ShareLinks.People;

namespace ShareLinks.Clicks;

/// <summary>Something that a person did in the marketplace, as its servers report it: an order, a sign-up, an opening of the app, …</summary>
/// <remarks>It stands in the click log like a click, so that one order holds for both. Times are kept to the millisecond, amounts to four decimals.</remarks>
public sealed record MarketEvent
{
    /// <summary>The type whose events are touches too: without a click the app was opened directly.</summary>
    public const string Open = "open";

    /// <summary>Decimals that an amount has at most, as no currency of ISO 4217 has more.</summary>
    public const int Decimals = 4;

    /// <summary>What it is: <c>open</c>, <c>install</c>, <c>signup</c>, <c>chat</c>, <c>order</c> or another name of the form <c>[a-z][a-z0-9_]{0,31}</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The marketplace's id of it, under which it counts once for its type; up to 128 characters.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>When this service learned of it.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    public PersonId? User { get; init; }

    /// <summary>The click that led to it, as far as the marketplace knows one.</summary>
    public ClickId? Click { get; init; }

    /// <summary>The number of the visitor's first-party cookie.</summary>
    public ulong? VisitorId { get; init; }

    public string? ListingId { get; init; }

    /// <summary>0 to 10¹², in <see cref="Currency"/>; null for what has no value.</summary>
    public decimal? Value { get; init; }

    /// <summary>ISO 4217; there whenever an amount is.</summary>
    public string? Currency { get; init; }

    /// <summary>Whether this cancels an event that was, or will be, reported under the same type and id.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>What of the value was paid back: of a cancellation, later, and the event itself stays; else before the event was reported.</summary>
    public decimal? RefundedValue { get; init; }

    /// <summary>The marketplace's id of the refund, one of the event's; null: the one refund that has none.</summary>
    public string? RefundId { get; init; }

    /// <summary>Whether this pays back a part of the value of an event that is reported by itself.</summary>
    internal bool IsRefund => IsCancelled && RefundedValue is not null;

    internal string Key => KeyOf(Type, Id);

    /// <summary>What it counts once by; no type has a separator in it.</summary>
    internal static string KeyOf(string type, string id) => $"{type}|{id}";
}
