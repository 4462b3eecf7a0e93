using System.Text.Json.Serialization;

namespace ShareLinks.Attribution;

/// <summary>How one event is divided among the touches before it.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Id">The marketplace's id of it.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="ListingId">The listing that it is about.</param>
/// <param name="Value">What it was worth.</param>
/// <param name="Currency">What its amounts are counted in.</param>
/// <param name="RefundedValue">What was paid back of it.</param>
/// <param name="Cancelled">Whether it was cancelled: then no answer counts it.</param>
/// <param name="By">What tells the touches apart.</param>
/// <param name="LookbackDays">How long before it a touch may be.</param>
/// <param name="HalfLifeDays">The age at which a touch counts half, for <c>time_decay</c>.</param>
/// <param name="Match"><c>listing</c> when only touches on its own listing count, else <c>any</c>.</param>
/// <param name="Touches">Those that count, in order.</param>
/// <param name="LeftOut">Those that do not, in order.</param>
/// <param name="Notes">What to know when reading it.</param>
/// <param name="CompleteThrough">Every click and event that was stored before this moment is counted.</param>
public sealed record EventExplanation(
    string Type, string Id, DateTimeOffset OccurredAt, string? ListingId, decimal? Value, string? Currency, decimal? RefundedValue, bool Cancelled,
    string By, int LookbackDays, double HalfLifeDays, string Match,
    IReadOnlyList<TouchView> Touches, IReadOnlyList<TouchView> LeftOut, IReadOnlyList<string> Notes, DateTimeOffset? CompleteThrough);

/// <summary>An opening of a link, or of the app itself, before an event.</summary>
public sealed record TouchView
{
    /// <summary>The click; null for an opening of the app that no click is known of.</summary>
    public required string? ClickId { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string? Code { get; init; }

    public required string? ListingId { get; init; }

    public required string? SharerId { get; init; }

    public required string? Channel { get; init; }

    public required string? Campaign { get; init; }

    public required string? Placement { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    public required string? App { get; init; }

    public required string? Entry { get; init; }

    /// <summary>Whether nobody's share is known to have led to it.</summary>
    public required bool IsDirect { get; init; }

    /// <summary>Its value of what tells touches apart, as in the answer for all events.</summary>
    public required string? Key { get; init; }

    /// <summary><c>value</c>, <c>none</c>, <c>direct</c> or <c>erased</c>, as in the answer for all events.</summary>
    public required string Kind { get; init; }

    /// <summary>Its part of the event by each model, 0 to 1 with at most 12 decimals; for touches that count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Weights { get; init; }

    /// <summary>
    /// Why it does not count: <c>after_event</c>; <c>before_lookback</c>; <c>claimed_user</c>, when an app on a phone named the person, for whom no server
    /// vouched; <c>other_user</c>, when the visitor was somebody else by then; <c>same_visit</c>, when it went on with one that counts; <c>too_many</c>, when
    /// there were more, later ones than a path holds; <c>other_listing</c>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}
