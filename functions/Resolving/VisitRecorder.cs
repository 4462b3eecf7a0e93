using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Resolving;

/// <summary>Records openings as clicks.</summary>
public sealed class VisitRecorder(ClickLog log, ScanTable scans)
{
    /// <summary>Records an opening; completes when the visitor may be sent on.</summary>
    /// <param name="link">The link as it is now.</param>
    /// <param name="arrival">How the visitor came.</param>
    /// <param name="action">What the visitor gets.</param>
    /// <param name="visitor">Who it is, as far as that is known.</param>
    /// <param name="crossing">The visit that it comes from.</param>
    public ValueTask<ClickReceipt> RecordAsync(LinkAttributes link, Arrival arrival, ClickAction action, Visitor visitor, Crossing crossing) => log.AppendAsync(
        new Click
        {
            Link = link,
            At = arrival.At,
            ReceivedAt = arrival.ReceivedAt,
            Entry = arrival.Entry,
            Match = arrival.Match,
            Action = action,
            App = visitor.App,
            Os = visitor.Os,
            Device = visitor.Device,
            Country = visitor.Country,
            Language = visitor.Language,
            Referrer = visitor.Referrer,
            IsBot = visitor.IsBot,
            IsPrefetch = visitor.IsPrefetch,
            User = visitor.User,
            IsUserVerified = visitor.IsUserVerified,
            VisitorId = visitor.Id,
            VisitorHash = visitor.Hash,
            ScanId = visitor.ScanId,
            Continues = crossing.Continues,
            ForwardedFrom = crossing.ForwardedFrom,
        },
        mustBeStored: visitor.ScanId is not null);

    /// <summary>Records an opening that an app may report more than once: as <see cref="RecordAsync"/>, but that a <see cref="Visitor.ScanId"/> counts once.</summary>
    public async ValueTask<RecordedVisit> RecordOnceAsync(LinkAttributes link, Arrival arrival, ClickAction action, Visitor visitor, Crossing crossing)
    {
        var receipt = await RecordAsync(link, arrival, action, visitor, crossing);
        // A scan counts by a click that is stored for certain; else the readers of the log decide.
        var counted = visitor.ScanId is { } scan && receipt is { Outcome: ClickOutcome.Committed, Id: { } id } ? await scans.CountAsync(scan, id, CancellationToken.None) : receipt.Id;
        return new RecordedVisit(counted, receipt.Outcome, counted != receipt.Id);
    }
}

/// <summary>What is known of who opened a link.</summary>
public sealed record Visitor
{
    public string? App { get; init; }

    public string? Os { get; init; }

    public string? Device { get; init; }

    public string? Country { get; init; }

    public string? Language { get; init; }

    public string? Referrer { get; init; }

    public bool IsBot { get; init; }

    public bool IsPrefetch { get; init; }

    public PersonId? User { get; init; }

    public bool IsUserVerified { get; init; }

    /// <summary>The first-party cookie's number.</summary>
    public ulong? Id { get; init; }

    /// <summary>The day's hash; 0 is none.</summary>
    public long Hash { get; init; }

    /// <summary>The id under which the app counts this scan once.</summary>
    public string? ScanId { get; init; }
}

/// <summary>A recorded opening.</summary>
/// <param name="Id">The click that counts for it; null when it was lost.</param>
/// <param name="Outcome">How safe it is by now.</param>
/// <param name="IsRepeated">Whether an earlier click counts for the same scan.</param>
public readonly record struct RecordedVisit(ClickId? Id, ClickOutcome Outcome, bool IsRepeated);
