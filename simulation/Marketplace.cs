using ShareLinks.Minting;

namespace ShareLinks.Simulation;

/// <summary>The listings of a history and the links that people share of them: listings end, links are minted, some are disabled again. Not thread-safe.</summary>
internal sealed class Marketplace(SimulationPlan plan, Catalogue catalogue, Sharing sharing, MarketWriter writer, Agenda agenda, Dice dice, SimulationSummary summary)
{
    private const int ClicksPerShare = 400;

    private const double PriceCuts = 0.1;
    private const double Disabled = 0.012;
    private const double Successors = 0.15;

    private readonly List<SimulatedLink> links = [];
    private readonly List<Share> onwardShares = [];
    private int shares;

    /// <summary>The first link, which always leads somewhere.</summary>
    public SimulatedLink First { get; private set; } = null!;

    /// <summary>Ends the listings that are due, and names successors for some.</summary>
    public async Task EndListingsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ended = catalogue.All.Where(listing => listing.IsAvailable && (listing.SoldOutAt is not null || listing.EndsAt <= now)).ToList();
        if (ended.Count == 0)
            return;
        var available = catalogue.Available();
        foreach (var listing in ended)
            listing.Successor = dice.Chance(Successors) && available.Pick(dice) is var other && !ended.Contains(other) ? other : null;
        var changes = ended.Select(listing => (listing.Id, new ListingRequest
        {
            State = listing.SoldOutAt is null && listing.IsRemoved ? "removed" : "sold",
            SuccessorId = listing.Successor?.Id,
            UpdatedAt = listing.SoldOutAt ?? listing.EndsAt,
        })).ToList();
        var stored = await writer.UpdateListingsAsync(changes, now, cancellationToken);
        for (var i = 0; i < ended.Count; i++)
            ended[i].Stored = stored[i];
    }

    /// <summary>Mints the links of an hour: of new listings, of further shares, and of onward shares since the last call.</summary>
    public async Task MintAsync(SimulatedHour hour, CancellationToken cancellationToken)
    {
        var made = onwardShares.ToList();
        onwardShares.Clear();
        // Every seller shares the new listing.
        made.AddRange(catalogue.ListedBefore(hour.End).Select(listing => sharing.Next(listing, hour.Day) with { IncludesListing = true, IsShort = false }));
        var due = (int)((long)plan.Clicks / ClicksPerShare * hour.Target / plan.Clicks) - shares;
        if (due > 0 && links.Count > 0)
        {
            shares += due;
            var available = catalogue.Available();
            for (var i = 0; i < due; i++)
                made.Add(ShareAnew(available.Pick(dice), hour.Day));
        }
        if (made.Count == 0)
            return;
        var outcomes = await writer.MintAsync([.. made.Select(share => sharing.RequestFor(share, hour.Start))], hour.Start, cancellationToken);
        foreach (var (share, outcome) in made.Zip(outcomes))
        {
            share.Listing.Stored = outcome.Listing ?? share.Listing.Stored;
            var link = new SimulatedLink(share, outcome.Link!);
            First ??= link;
            links.Add(link);
            summary.Links++;
            summary.Depth = Math.Max(summary.Depth, link.Link.Depth);
            if (link != First && dice.Chance(Disabled))
                agenda.Add(hour.Start + dice.Between(TimeSpan.FromHours(4), TimeSpan.FromDays(4)), _ => DisableAsync(link, cancellationToken));
        }
    }

    /// <summary>The links that still get openings at a moment, weighted by their pull; drops all others.</summary>
    public Weighted<SimulatedLink> OpenedAt(DateTimeOffset moment)
    {
        links.RemoveAll(link => link != First && link.PullAt(moment) == 0);
        return new Weighted<SimulatedLink>(links, link => link.PullAt(moment));
    }

    /// <summary>Shares a link onward; the new link is minted at the beginning of the next hour.</summary>
    public void ShareOn(SimulatedLink link, int sharer, int day) => onwardShares.Add(sharing.On(link, sharer, day));

    private Share ShareAnew(SimulatedListing listing, int day)
    {
        if (!dice.Chance(PriceCuts))
            return sharing.Next(listing, day);
        listing.Price = Goods.Round((double)listing.Price * dice.Between(0.85, 0.97));
        return sharing.Next(listing, day) with { IncludesListing = true };
    }

    private async Task DisableAsync(SimulatedLink link, CancellationToken cancellationToken) => link.Link = await writer.DisableAsync(link.Link.Id, cancellationToken);
}
