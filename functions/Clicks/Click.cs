using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Clicks;

/// <summary>One opening of a link, as the click log keeps it permanently.</summary>
/// <remarks>
/// The maker of a click caps its strings: a referrer at 100 characters, the others at 64. Times are kept to the millisecond.
/// No address of the visitor's machine is among the fields.
/// </remarks>
public sealed record Click
{
    /// <summary>The link as it was then.</summary>
    public required LinkAttributes Link { get; init; }

    /// <summary>When it happened, by this process's clock, or by the device's for a scan made offline.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When this service learned of it.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>By which form of the code the visitor came.</summary>
    public required ClickEntry Entry { get; init; }

    public ClickMatch Match { get; init; }

    public required ClickAction Action { get; init; }

    /// <summary>The app that the page was opened in, such as <c>wechat</c>.</summary>
    public string? App { get; init; }

    public string? Os { get; init; }

    public string? Device { get; init; }

    /// <summary>ISO 3166, two capital letters.</summary>
    public string? Country { get; init; }

    /// <summary>The first language that the visitor's browser prefers, such as <c>zh-CN</c>.</summary>
    public string? Language { get; init; }

    /// <summary>The host of the page that held the link.</summary>
    public string? Referrer { get; init; }

    public bool IsBot { get; init; }

    public bool IsPrefetch { get; init; }

    /// <summary>Who opened it, where an app told.</summary>
    public PersonId? User { get; init; }

    /// <summary>Whether a server of the marketplace's vouched for <see cref="User"/>; what an app on a phone claims earns nobody an order.</summary>
    public bool IsUserVerified { get; init; }

    /// <summary>The first-party cookie's number, where the visitor has one.</summary>
    public ulong? VisitorId { get; init; }

    /// <summary>A keyed hash of 48 bits that counts a visitor once a day; 0 is none.</summary>
    public long VisitorHash { get; init; }

    /// <summary>The visit in another app that this one continues.</summary>
    public ClickId? Continues { get; init; }

    /// <summary>The visit whose address or text was passed on to this visitor.</summary>
    public ClickId? ForwardedFrom { get; init; }

    /// <summary>The id that the app gave to a scan, under which it counts once.</summary>
    public string? ScanId { get; init; }
}

/// <summary>The form of the code that led to a click. Stored: numbers never change.</summary>
public enum ClickEntry : byte
{
    Code = 0,
    Token = 1,
    Qr = 2,
    Alias = 3,
    App = 4,
    Offline = 5,
    Mini = 6,
}

/// <summary>Whether the code was read as it was written. Stored: numbers never change.</summary>
public enum ClickMatch : byte
{
    Exact = 0,
    Repaired = 1,
}

/// <summary>What the visitor was answered. Stored: numbers never change.</summary>
public enum ClickAction : byte
{
    Redirect = 0,
    Page = 1,
    Preview = 2,

    /// <summary>A well-formed code that was never minted.</summary>
    MissUnknown = 3,
    MissExpired = 4,
    MissDisabled = 5,

    /// <summary>The listing is gone and nothing stands in for it.</summary>
    MissRemoved = 6,
}
