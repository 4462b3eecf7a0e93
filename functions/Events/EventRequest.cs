using System.Text.RegularExpressions;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;

namespace ShareLinks.Events;

/// <summary>Up to 1,000 events.</summary>
public sealed record EventsRequest
{
    public const int MaxEvents = 1000;

    public IReadOnlyList<EventRequest>? Events { get; set; }
}

/// <summary>Something that a person did in the marketplace.</summary>
public sealed partial record EventRequest
{
    private const decimal MaxAmount = 1_000_000_000_000m;
    private const string Amount = "must be 0 to 1000000000000 with at most 4 decimals";

    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(90);
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>The marketplace's id of it, up to 128 characters: under its type it counts once, its cancellation once, and each of its refunds once.</summary>
    public string? Id { get; set; }

    /// <summary><c>open</c>, <c>install</c>, <c>signup</c>, <c>chat</c>, <c>order</c>, or another name of the form <c>[a-z][a-z0-9_]{0,31}</c>.</summary>
    public string? Type { get; set; }

    /// <summary>When, at most 90 days ago.</summary>
    public DateTimeOffset? OccurredAt { get; set; }

    /// <summary>The marketplace's id of the person.</summary>
    public string? UserId { get; set; }

    /// <summary>The click that led there, as <c>{clickId}</c> of a destination or <c>POST /api/resolve</c> gave it.</summary>
    public string? ClickId { get; set; }

    /// <summary>The visitor's first-party cookie, as the feed shows it.</summary>
    public string? VisitorId { get; set; }

    /// <summary>The listing that it is about.</summary>
    public string? ListingId { get; set; }

    /// <summary>0 to 10¹², at most 4 decimals, with its currency.</summary>
    public decimal? Value { get; set; }

    /// <summary>ISO 4217: three capital letters.</summary>
    public string? Currency { get; set; }

    /// <summary>True to take back the event with this type and id, whenever it was or will be reported; or, with <c>refundedValue</c>, a part of its value alone.</summary>
    public bool Cancelled { get; set; }

    /// <summary>What was paid back of the value: the event still counts, with the rest of its value. Refunds add up, to the event's value at most.</summary>
    public decimal? RefundedValue { get; set; }

    /// <summary>The marketplace's id of a refund, up to 128 characters: it counts once for its event. One refund of an event may go without.</summary>
    public string? RefundId { get; set; }

    internal bool IsRefund => Cancelled && RefundedValue is not null;

    internal List<FieldError> Validate(string pointer, DateTimeOffset now, ClickIdCodes clickIds)
    {
        var errors = new List<FieldError>();
        if (Id is null)
            errors.Add(new(pointer + "/id", "must be given"));
        FieldRules.Id(errors, pointer + "/id", Id);
        if (Type is null || !TypeForm().IsMatch(Type))
            errors.Add(new(pointer + "/type", "must be open, install, signup, chat, order or another name: a letter and up to 31 of a-z, 0-9 and _"));
        if (OccurredAt is null)
            errors.Add(new(pointer + "/occurredAt", "must be given"));
        else if (OccurredAt < now - MaxAge || OccurredAt > now + MaxClockSkew)
            errors.Add(new(pointer + "/occurredAt", $"must be at most {MaxAge.TotalDays} days ago and {MaxClockSkew.TotalMinutes} minutes ahead"));
        FieldRules.Id(errors, pointer + "/userId", UserId);
        if (ClickId is not null && !clickIds.TryDecode(ClickId, out _))
            errors.Add(new(pointer + "/clickId", "must be a click id that this service gave"));
        if (VisitorId is not null && ParseVisitor() is null)
            errors.Add(new(pointer + "/visitorId", "must be a visitor id that this service gave"));
        FieldRules.Id(errors, pointer + "/listingId", ListingId);
        if (!IsAmount(Value))
            errors.Add(new(pointer + "/value", Amount));
        if (!IsAmount(RefundedValue))
            errors.Add(new(pointer + "/refundedValue", Amount));
        else if (RefundedValue > Value)
            errors.Add(new(pointer + "/refundedValue", "must be at most the value"));
        FieldRules.Id(errors, pointer + "/refundId", RefundId);
        if (RefundId is not null && !IsRefund)
            errors.Add(new(pointer + "/refundId", "must be given with cancelled and refundedValue alone"));
        if (Currency is not null && !CurrencyForm().IsMatch(Currency))
            errors.Add(new(pointer + "/currency", "must be three capital letters (ISO 4217), such as CNY"));
        else if (Currency is null && (Value ?? RefundedValue) is not null)
            errors.Add(new(pointer + "/currency", "must be given with an amount"));
        return errors;
    }

    internal ulong? ParseVisitor() =>
        VisitorId?.Length == Base62.LengthOf64Bits && Base62.TryDecode(VisitorId, out var number) && number <= ulong.MaxValue ? (ulong)number : null;

    private static bool IsAmount(decimal? amount) => amount is null || (amount is >= 0 and <= MaxAmount && decimal.Round(amount.Value, MarketEvent.Decimals) == amount);

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,31}\z")]
    internal static partial Regex TypeForm();

    [GeneratedRegex(@"\A[A-Z]{3}\z")]
    private static partial Regex CurrencyForm();
}

/// <summary>What became of the events.</summary>
/// <param name="Accepted">Events, cancellations and refunds that count now.</param>
/// <param name="Duplicates">Those that counted before, or stand twice in the request.</param>
/// <param name="Rejected">Those that do not; what has status 503 is to be sent again.</param>
public sealed record EventsAnswer(int Accepted, int Duplicates, IReadOnlyList<RejectedEvent> Rejected);

/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Problem">What was wrong.</param>
public sealed record RejectedEvent(int Index, Problem Problem);
