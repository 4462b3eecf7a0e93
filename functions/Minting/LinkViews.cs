using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Minting;

/// <summary>Shows links to callers.</summary>
public sealed class LinkViews(ShortCodes codes, PersonTable people, ListingTable listings, LinkAddresses addresses)
{
    /// <param name="link">The link.</param>
    /// <param name="listing">Its listing, where that is known; else it is looked up.</param>
    public async Task<LinkView> OfAsync(Link link, Listing? listing = null)
    {
        var attributes = link.Attributes;
        if (listing is null && attributes.ListingId is { } listingId)
            listing = await listings.GetAsync(listingId);
        return new LinkView
        {
            Code = codes.Encode(link.Id),
            Url = addresses.Url(link.Id),
            Token = addresses.Token(link.Id),
            QrUrl = addresses.QrUrl(link.Id),
            Pictures = new PictureUrls(addresses.PictureUrl(link.Id, "png"), addresses.PictureUrl(link.Id, "svg")),
            ShareText = addresses.ShareTexts(attributes, listing),
            ListingId = attributes.ListingId,
            SharerId = attributes.Sharer is { } sharer ? await people.NameAsync(sharer) : null,
            Channel = attributes.Channel,
            Campaign = attributes.Campaign,
            Placement = attributes.Placement,
            Parent = link.Parent is { } parent ? codes.Encode(parent) : null,
            Root = codes.Encode(attributes.Root),
            Depth = link.Depth,
            Alias = link.Alias,
            Tags = attributes.Tags,
            Destinations = link.WebDestination is null ? null : new LinkDestinations { Web = link.WebDestination },
            CreatedAt = link.CreatedAt,
            ExpiresAt = link.ExpiresAt,
            DisabledAt = link.DisabledAt,
        };
    }

    public async Task<IReadOnlyList<LinkView>> OfAsync(IEnumerable<Link> links) => await Task.WhenAll(links.Select(link => OfAsync(link)));
}

/// <summary>A link as callers see it.</summary>
public sealed record LinkView
{
    public required string Code { get; init; }

    public required string Url { get; init; }

    /// <summary>The passphrase, in groups of four.</summary>
    public required string Token { get; init; }

    /// <summary>What a QR picture of the link holds.</summary>
    public required string QrUrl { get; init; }

    public required PictureUrls Pictures { get; init; }

    /// <summary>The text to paste into a chat, by language.</summary>
    public required IReadOnlyDictionary<string, string> ShareText { get; init; }

    public required string? ListingId { get; init; }

    public required string? SharerId { get; init; }

    public required string? Channel { get; init; }

    public required string? Campaign { get; init; }

    public required string? Placement { get; init; }

    /// <summary>The code of the link that this one was shared on from.</summary>
    public required string? Parent { get; init; }

    /// <summary>The code at the top of its share tree: its own when it was not shared on from another.</summary>
    public required string Root { get; init; }

    /// <summary>Steps from the root: 0 for the root itself.</summary>
    public required int Depth { get; init; }

    public required string? Alias { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    public required LinkDestinations? Destinations { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? ExpiresAt { get; init; }

    public required DateTimeOffset? DisabledAt { get; init; }
}

/// <summary>Where a link's QR pictures are.</summary>
public sealed record PictureUrls(string Png, string Svg);

/// <summary>A page of links, the newest first.</summary>
/// <param name="Links">At most 100.</param>
/// <param name="Cursor">Give it back for the next page; null on the last.</param>
public sealed record LinkPage(IReadOnlyList<LinkView> Links, string? Cursor);
