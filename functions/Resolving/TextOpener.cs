using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary>Opens the links in texts that apps were handed, at once or later.</summary>
public sealed class TextOpener(
    LinkResolver resolver, VisitRecorder recorder, Handoffs handoffs, ScanTable scans, ClickFeed clicks, PersonTable people, AppLinks apps, ShortCodes codes,
    ClickIdCodes clickIds, TimeProvider time)
{
    private const int ScansAtOnce = 32;

    /// <summary>Finds the links of a text and records that the first was opened.</summary>
    /// <param name="request">A valid request.</param>
    /// <param name="isVerified">Whether the caller can vouch for the user.</param>
    /// <param name="permit">Pays for the text.</param>
    /// <param name="cancellationToken">Cancels reading, never the click.</param>
    public async Task<(ResolveAnswer? Answer, Problem? Problem)> OpenAsync(ResolveRequest request, bool isVerified, LookupPermit permit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var matches = await resolver.ResolveTextAsync(request.Text!, request.OccurredAt ?? now, now, permit);
        if (TextMatch.Best(matches) is not { } best)
            return (null, Misses.NoCodeInText);
        var (visit, crossing) = await RecordAsync(best.Resolution, request, isVerified, isLate: false);
        if (best.Resolution is Resolution.Miss miss)
            return (null, Misses.ProblemOf(miss));
        if (visit is { IsRepeated: true, Id: { } earlier } && await clicks.FindAsync(earlier, cancellationToken) is { } click)
            crossing = new Crossing(click.Continues, click.ForwardedFrom);
        return (new ResolveAnswer([.. matches.Where(match => match.Resolution is Resolution.Found).Select(match =>
            match == best ? ViewOf(match, request.Os, visit.Id, crossing) : ViewOf(match, request.Os, null, default))]), null);
    }

    /// <summary>Records scans that were made without a network, each at its own time and once for each scan id.</summary>
    /// <param name="entries">What the app sent.</param>
    /// <param name="isVerified">Whether the caller can vouch for the users.</param>
    /// <param name="permit">Gives what pays for each text.</param>
    public async Task<LateScansAnswer> RecordLateAsync(IReadOnlyList<BatchEntry<LateScan>> entries, bool isVerified, Func<LookupPermit> permit)
    {
        var now = time.GetUtcNow();
        var scans = entries.Select(entry => entry.Value!).ToArray();
        var outcomes = new (bool IsRepeated, Problem? Problem)[scans.Length];
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        var repeated = new List<int>();
        for (var i = 0; i < scans.Length; i++)
        {
            var pointer = $"/clicks/{i}";
            if (entries[i].Check(pointer, scan => scan.Validate(pointer, now)) is { } problem)
                outcomes[i] = (false, problem);
            else if (scans[i].IsTooLong)
                outcomes[i] = (false, Misses.TextTooLong);
            else if (!first.TryAdd(scans[i].ScanId!, i))
                repeated.Add(i);
        }
        // Not cancelled by a caller who hangs up: sending all of it again is safe, but nothing is gained by stopping halfway.
        await Parallel.ForEachAsync(first.Values, new ParallelOptions { MaxDegreeOfParallelism = ScansAtOnce }, async (i, _) =>
            outcomes[i] = await RecordLateAsync(scans[i], isVerified, permit()));
        foreach (var i in repeated)
            outcomes[i] = (true, outcomes[first[scans[i].ScanId!]].Problem);
        return new LateScansAnswer(
            outcomes.Count(outcome => outcome is { Problem: null, IsRepeated: false }),
            outcomes.Count(outcome => outcome is { Problem: null, IsRepeated: true }),
            [.. outcomes.Index().Where(outcome => outcome.Item.Problem is not null).Select(outcome => new RejectedScan(outcome.Index, outcome.Item.Problem!))]);
    }

    private async Task<(bool IsRepeated, Problem? Problem)> RecordLateAsync(LateScan scan, bool isVerified, LookupPermit permit)
    {
        var matches = await resolver.ResolveTextAsync(scan.Text!, scan.OccurredAt!.Value, time.GetUtcNow(), permit);
        if (permit.IsRefused)
            return (false, LookupPermit.Refusal);
        if (TextMatch.Best(matches) is not { } best)
            return (false, Misses.NoCodeInText);
        var (visit, _) = await RecordAsync(best.Resolution, scan.ToRequest(), isVerified, isLate: true);
        return visit.Outcome == ClickOutcome.Committed
            ? (visit.IsRepeated, null)
            : (false, Problem.Of(StatusCodes.Status503ServiceUnavailable, "storage_unavailable", "Storage does not answer right now; send this scan again."));
    }

    /// <summary>Records an opening, unless its scan is recorded already.</summary>
    private async Task<(RecordedVisit Visit, Crossing Crossing)> RecordAsync(Resolution resolution, ResolveRequest request, bool isVerified, bool isLate)
    {
        if (request.ScanId is { } scanId && await scans.FindAsync(scanId, CancellationToken.None) is { } earlier)
            return (new RecordedVisit(earlier, ClickOutcome.Committed, IsRepeated: true), default);
        var (link, arrival, action) = resolution switch
        {
            // People who open it in an app see the listing there.
            Resolution.Found found => (found.Link, found.Arrival, ClickAction.Page),
            Resolution.Miss miss => (miss.Link, miss.Arrival, miss.Action),
            _ => throw new ArgumentException("There is no code to record.", nameof(resolution)),
        };
        PersonId? user = request.UserId is { } userId ? await people.GetOrAddAsync(userId) : null;
        var visitor = new Visitor
        {
            App = request.App,
            Os = request.Os,
            User = user,
            IsUserVerified = user is not null && isVerified,
            ScanId = request.ScanId,
        };
        // A phone's clock says when a scan was made that comes late, and nothing else.
        var crossing = await handoffs.JoinAsync(arrival.Visit, link.Id, visitor, isLate ? arrival.At : arrival.ReceivedAt);
        return (await recorder.RecordOnceAsync(link, isLate ? arrival with { Entry = ClickEntry.Offline } : arrival, action, visitor, crossing), crossing);
    }

    private MatchView ViewOf(TextMatch match, string? os, ClickId? click, Crossing crossing)
    {
        var found = (Resolution.Found)match.Resolution;
        var clickId = Encode(click);
        var (listing, route) = (found.Listing, found.Route);
        return new MatchView(
            found.Arrival.Match == ClickMatch.Exact ? "exact" : "repaired",
            match.Form.ToString().ToLowerInvariant(),
            codes.Encode(found.Link.Id),
            listing is null ? null : new MatchedListing(listing.Id, listing.Title, listing.State.Name()),
            new OpenAddresses(route.ShowsListing ? apps.Open(os, route.ListingId!, clickId) : null, route.Target.Expand(route.ListingId, clickId)),
            clickId, Encode(crossing.Continues), Encode(crossing.ForwardedFrom));
    }

    private string? Encode(ClickId? click) => click is { } id ? clickIds.Encode(id) : null;
}
