using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Minting;

/// <summary>Shows links to callers.</summary>
public sealed class LinkViews(ShortCodes codes, PassphraseTokens tokens, PersonTable people, LinkAddresses addresses)
{
    public async Task<LinkView> OfAsync(Link link)
    {
        var attributes = link.Attributes;
        var code = codes.Encode(link.Id);
        return new LinkView(
            code, addresses.Url(link.Id), PassphraseTokens.Group(tokens.Encode(link.Id)), addresses.QrUrl(link.Id),
            new PictureUrls(addresses.PictureUrl(link.Id, "png"), addresses.PictureUrl(link.Id, "svg")), attributes.ListingId, attributes.Sharer is { } sharer ? await people.NameAsync(sharer) : null, attributes.Channel,
            attributes.Campaign, attributes.Placement, link.Parent is { } parent ? codes.Encode(parent) : null, codes.Encode(attributes.Root), link.Depth,
            link.Alias, attributes.Tags, link.WebDestination is null ? null : new LinkDestinations { Web = link.WebDestination }, link.CreatedAt,
            link.ExpiresAt, link.DisabledAt);
    }

    public async Task<IReadOnlyList<LinkView>> OfAsync(IEnumerable<Link> links) => await Task.WhenAll(links.Select(OfAsync));
}

/// <summary>A link as callers see it.</summary>
public sealed record LinkView(
    string Code, string Url, string Token, string QrUrl, PictureUrls Pictures, string? ListingId, string? SharerId, string? Channel, string? Campaign, string? Placement, string? Parent, string Root,
    int Depth, string? Alias, IReadOnlyDictionary<string, string> Tags, LinkDestinations? Destinations, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? DisabledAt);

/// <summary>Where a link's QR pictures are.</summary>
public sealed record PictureUrls(string Png, string Svg);

/// <summary>A page of links, the newest first.</summary>
/// <param name="Links">At most 100.</param>
/// <param name="Cursor">Give it back for the next page; null on the last.</param>
public sealed record LinkPage(IReadOnlyList<LinkView> Links, string? Cursor);
