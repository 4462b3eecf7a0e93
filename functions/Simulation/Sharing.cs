using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Minting;

namespace ShareLinks.Simulation;

/// <summary>Who shares what, and where. Not thread-safe.</summary>
internal sealed class Sharing(SimulationPlan plan, ShortCodes codes, Dice dice)
{
    private const int MarketStalls = 24;
    private const int MaxGroups = 60;

    /// <summary>The part of shares that people pass on by the dozen, and how much more those draw.</summary>
    private const double ViralShares = 0.03;

    private const double ViralPull = 6;

    /// <summary>How a share's reach, and its virality, fade from one sharer to the next.</summary>
    private const double Fading = 0.75;

    /// <summary>What came from a friend is passed on more readily.</summary>
    private const double Trust = 1.2;

    private static readonly string[] Markets = ["hz-market", "hz-market", "sh-market"];

    private readonly Weighted<int> sharers = new(Enumerable.Range(0, plan.Sharers), sharer => Math.Pow(sharer + 1, -0.8));
    private readonly int groups = Math.Clamp(plan.Sharers / 5, 3, MaxGroups);

    /// <summary>A sharer's own share.</summary>
    public Share Next(SimulatedListing listing, int day)
    {
        var (sharer, channel, isViral) = (sharers.Pick(dice), Channel.Next(dice), dice.Chance(ViralShares));
        return Make(listing, sharer, channel, day, null, isViral ? ViralPull : 1, isViral ? 7 : dice.Between(0.3, 1.2));
    }

    /// <summary>The share of somebody who opened a link and passes it on.</summary>
    public Share On(SimulatedLink link, int sharer, int day)
    {
        var channel = Channel.Next(dice);
        // Nobody prints a poster of what others sell.
        while (channel == Channel.Poster)
            channel = Channel.Next(dice);
        return Make(link.Share.Listing, sharer, channel, day, link, link.Share.Reach * Fading, Trust + link.Share.Virality * Fading);
    }

    /// <summary>What the minter is asked for; the first link of a listing tells of it.</summary>
    public MintRequest RequestFor(Share share, DateTimeOffset at) => new()
    {
        ListingId = share.Listing.Id,
        Listing = share.TellsOfListing
            ? new ListingRequest { Title = share.Listing.Title, Price = share.Listing.Price, Currency = "CNY", State = "available", UpdatedAt = at }
            : null,
        SharerId = Crowd.UserId(share.Sharer),
        Channel = share.Channel.Name,
        Campaign = share.Campaign,
        Placement = share.Placement,
        Parent = share.Parent is { } parent ? codes.Encode(parent.Link.Id) : null,
        Tags = share.Group is { } group ? new Dictionary<string, string?> { ["group"] = group } : null,
        ExpiresAt = share.IsShort ? at + dice.Between(TimeSpan.FromDays(1), TimeSpan.FromDays(6)) : null,
    };

    private Share Make(SimulatedListing listing, int sharer, Channel channel, int day, SimulatedLink? parent, double reach, double virality) => new(
        listing, sharer, channel, DayCurve.CampaignOf(day) is { } campaign && dice.Chance(0.5) ? campaign : null,
        channel == Channel.Poster ? $"{dice.Pick(Markets)}/stall-{1 + dice.NextLow(MarketStalls):D2}" : null,
        channel.Name is "wechat" or "qq" && dice.Chance(0.7) ? $"g-{1 + (sharer * 7 + dice.Next(3)) % groups:D2}" : null,
        parent, reach, dice.LogNormal(reach * channel.Haste, 0.9), virality, IsShort: dice.Chance(0.03));
}

/// <summary>A share that is to become a link.</summary>
/// <param name="Listing">What is shared.</param>
/// <param name="Sharer">By whom: a place in the <see cref="Crowd"/>.</param>
/// <param name="Channel">Where.</param>
/// <param name="Campaign">The campaign it belongs to.</param>
/// <param name="Placement">Where a poster hangs.</param>
/// <param name="Group">The chat group.</param>
/// <param name="Parent">What the sharer came from.</param>
/// <param name="Reach">How many such a share draws at first in the middle, beside others.</param>
/// <param name="Pull">How many this one does.</param>
/// <param name="Virality">How readily those pass it on, beside others.</param>
/// <param name="IsShort">Whether it expires within days.</param>
internal sealed record Share(
    SimulatedListing Listing, int Sharer, Channel Channel, string? Campaign, string? Placement, string? Group, SimulatedLink? Parent, double Reach,
    double Pull, double Virality, bool IsShort)
{
    public bool TellsOfListing { get; init; }
}

/// <summary>A link of a history.</summary>
internal sealed class SimulatedLink(Share share, Link link)
{
    /// <summary>What opens a gone listing all the same.</summary>
    private const double PullWhenGone = 0.12;

    private const double HalfLivesRemembered = 14;

    public Share Share { get; } = share;

    public Link Link { get; set; } = link;

    /// <summary>When its sharer takes it back; null: never.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>How many it draws at a moment, beside others; 0 once it is forgotten.</summary>
    public double PullAt(DateTimeOffset moment)
    {
        var halfLives = (moment - Link.CreatedAt) / Share.Channel.HalfLife;
        if (halfLives > HalfLivesRemembered)
            return 0;
        var isGone = !Share.Listing.IsAvailable || Link.ExpiresAt <= moment || Link.DisabledAt <= moment;
        return Share.Pull * Math.Pow(2, -halfLives) * (isGone ? PullWhenGone : 1);
    }
}
