using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Minting;

/// <summary>Makes links, and changes them.</summary>
/// <remarks>
/// Everything that points at a link is written before the link itself, so an interrupted mint leaves nothing that resolves. Thread-safe.
/// </remarks>
public sealed class LinkMinter(
    LinkIdLeases leases, LinkTable links, ListingTable listings, AliasTable aliases, PersonTable people, LinkFinder finder, ShortCodes codes,
    ReservedNames reservedNames, TimeProvider time)
{
    /// <summary>Mints one link from a valid request; the problem where that is not possible.</summary>
    public async Task<(Link? Link, Problem? Problem)> MintAsync(MintRequest request, CancellationToken cancellationToken)
    {
        if (request.Alias is { } name && (codes.TryDecode(name, out _) || reservedNames.Contains(name)))
            return (null, Problem.Invalid([new("/alias", "reads as a code or an address of this service")]));
        Link? parent = null;
        if (request.Parent is not null)
        {
            parent = await finder.FindAsync(request.Parent);
            if (parent is null)
                return (null, Problem.Invalid([new("/parent", "names no link")]));
        }

        // From here on a caller who hangs up does not leave a half-made link behind.
        var id = await leases.NextAsync(cancellationToken);
        if (request.Alias is { } alias && !await aliases.AddAsync(alias, id, links.ExistsAsync, CancellationToken.None))
            return (null, Problem.Of(StatusCodes.Status409Conflict, "alias_taken", $"The alias '{alias}' belongs to another link."));
        var now = time.GetUtcNow();
        if (request is { ListingId: { } listingId, Listing: { } listing })
            await listings.ChangeAsync(listingId, present => listing.Apply(listingId, present, now), [id], CancellationToken.None);
        else if (request.ListingId is not null)
            await listings.AddLinksAsync(request.ListingId, [id], CancellationToken.None);
        PersonId? sharer = request.SharerId is null ? null : await people.AddLinksAsync(request.SharerId, [id], CancellationToken.None);
        var link = new Link
        {
            Attributes = new LinkAttributes(
                id, request.ListingId, sharer, request.Channel, request.Campaign, request.Placement, TagsOf(request.Tags), parent?.Attributes.Root ?? id),
            Parent = parent?.Id,
            Depth = parent is null ? 0 : parent.Depth + 1,
            Alias = request.Alias,
            CreatedAt = now,
            ExpiresAt = request.ExpiresAt,
            WebDestination = request.Destinations?.Web,
        };
        await links.AddAsync(link, CancellationToken.None);
        return (link, null);
    }

    /// <summary>Changes a link; null when there is none, the problem where the change is not possible.</summary>
    public async Task<(Link? Link, Problem? Problem)> ChangeAsync(LinkId id, LinkChangeRequest request, Destinations destinations, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Problem? problem = null;
        if (request.ListingId is { } listingId)
            await listings.AddLinksAsync(listingId, [id], cancellationToken);
        var link = await links.ChangeAsync(
            id,
            link =>
            {
                var changed = request.Apply(link, now);
                problem = changed.WebDestination is null && (changed.Attributes.ListingId is null || destinations.Web is null)
                    ? Problem.Invalid([new("/destinations/web", "must be given where there is no listing or no web template")])
                    : null;
                return problem is null ? changed : null;
            },
            cancellationToken);
        return (link, problem);
    }

    internal static IReadOnlyDictionary<string, string> TagsOf(IReadOnlyDictionary<string, string?>? tags) =>
        tags is null or { Count: 0 } ? LinkAttributes.NoTags : tags.ToDictionary(tag => tag.Key, tag => tag.Value!, StringComparer.Ordinal);
}
