using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Resolving;

/// <summary>Records openings as clicks, tied to the visits that they come from.</summary>
public sealed class VisitRecorder(ClickLog log, ScanTable scans, HandOvers handOvers, TimeProvider time)
{
    /// <summary>Records an opening; completes when the visitor may be sent on. A scan that is recorded already is not recorded again.</summary>
    /// <param name="link">The link as it is now.</param>
    /// <param name="arrival">How the visitor came.</param>
    /// <param name="action">What the visitor gets.</param>
    /// <param name="visitor">Who it is, as far as that is known.</param>
    public async ValueTask<RecordedVisit> RecordAsync(LinkAttributes link, Arrival arrival, ClickAction action, Visitor visitor)
    {
        if (visitor.ScanId is { } repeated && await scans.FindAsync(repeated, CancellationToken.None) is { } earlier)
            return new RecordedVisit(earlier, ClickOutcome.Committed, default, IsRepeated: true);
        var crossing = await handOvers.JoinAsync(arrival.Visit, link.Id, visitor.User, arrival.At);
        var receipt = await log.AppendAsync(new Click
        {
            Link = link,
            At = arrival.At,
            ReceivedAt = time.GetUtcNow(),
            Entry = arrival.Entry,
            Match = arrival.Match,
            Action = action,
            App = visitor.App,
            Os = visitor.Os,
            Language = visitor.Language,
            Referrer = visitor.Referrer,
            User = visitor.User,
            IsUserVerified = visitor.IsUserVerified,
            ScanId = visitor.ScanId,
            Continues = crossing.Continues,
            ForwardedFrom = crossing.ForwardedFrom,
        });
        // A scan counts by a click that is stored for certain; else whoever reads the log decides.
        var counted = visitor.ScanId is { } scan && receipt is { Outcome: ClickOutcome.Committed, Id: { } id } ? await scans.CountAsync(scan, id, CancellationToken.None) : receipt.Id;
        return new RecordedVisit(counted, receipt.Outcome, crossing, counted != receipt.Id);
    }
}

/// <summary>What is known of who opened a link.</summary>
public sealed record Visitor
{
    public string? App { get; init; }

    public string? Os { get; init; }

    public string? Language { get; init; }

    public string? Referrer { get; init; }

    public PersonId? User { get; init; }

    public bool IsUserVerified { get; init; }

    /// <summary>The id under which the app counts this scan once.</summary>
    public string? ScanId { get; init; }
}

/// <summary>A recorded opening.</summary>
/// <param name="Id">The click that counts for it; null when it was lost.</param>
/// <param name="Outcome">How safe it is by now.</param>
/// <param name="Crossing">The visit that it came from.</param>
/// <param name="IsRepeated">Whether an earlier click counts for the same scan; its crossing is that click's own.</param>
public readonly record struct RecordedVisit(ClickId? Id, ClickOutcome Outcome, Crossing Crossing, bool IsRepeated);
