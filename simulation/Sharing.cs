using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Minting;

namespace ShareLinks.Simulation;

/// <summary>Who shares which listing, and where. Not thread-safe.</summary>
internal sealed class Sharing(SimulationPlan plan, ShortCodes codes, Dice dice)
{
    private const int MarketStalls = 24;
    private const int MaxGroups = 60;

    /// <summary>The fraction of shares that go viral, and the factor of their openings.</summary>
    private const double ViralShares = 0.03;

    private const double ViralPull = 6;

    /// <summary>The factor of a share's reach and virality from one sharer to the next.</summary>
    private const double Fading = 0.75;

    /// <summary>A link from a friend is shared onward more often.</summary>
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

    /// <summary>The onward share of a person who opened a link.</summary>
    public Share On(SimulatedLink link, int sharer, int day)
    {
        var channel = Channel.Next(dice);
        // Nobody prints posters for another person's listing.
        while (channel == Channel.Poster)
            channel = Channel.Next(dice);
        return Make(link.Share.Listing, sharer, channel, day, link, link.Share.Reach * Fading, Trust + link.Share.Virality * Fading);
    }

    /// <summary>The mint request of a share; the first link of a listing includes the listing.</summary>
    public MintRequest RequestFor(Share share, DateTimeOffset at) => new()
    {
        ListingId = share.Listing.Id,
        Listing = share.IncludesListing
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

/// <summary>A share, before its link is minted.</summary>
/// <param name="Listing">The listing.</param>
/// <param name="Sharer">The sharer's place in the <see cref="Crowd"/>.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Campaign">The campaign, or null.</param>
/// <param name="Placement">The place of a poster, or null.</param>
/// <param name="Group">The chat group, or null.</param>
/// <param name="Parent">The link that the sharer opened, or null.</param>
/// <param name="Reach">The median of the initial pull of such shares.</param>
/// <param name="Pull">The relative number of openings at first.</param>
/// <param name="Virality">The relative frequency of onward shares.</param>
/// <param name="IsShort">Whether it expires within days.</param>
internal sealed record Share(
    SimulatedListing Listing, int Sharer, Channel Channel, string? Campaign, string? Placement, string? Group, SimulatedLink? Parent, double Reach,
    double Pull, double Virality, bool IsShort)
{
    public bool IncludesListing { get; init; }
}

/// <summary>A link of a history.</summary>
internal sealed class SimulatedLink(Share share, Link link)
{
    /// <summary>The factor of the openings of a listing that has ended.</summary>
    private const double PullWhenGone = 0.12;

    private const double HalfLivesRemembered = 14;

    public Share Share { get; } = share;

    public Link Link { get; set; } = link;

    /// <summary>The relative number of openings at a moment; 0 when there are no more.</summary>
    public double PullAt(DateTimeOffset moment)
    {
        var halfLives = (moment - Link.CreatedAt) / Share.Channel.HalfLife;
        if (halfLives > HalfLivesRemembered)
            return 0;
        var isGone = !Share.Listing.IsAvailable || Link.ExpiresAt <= moment || Link.DisabledAt <= moment;
        return Share.Pull * Math.Pow(2, -halfLives) * (isGone ? PullWhenGone : 1);
    }
}
