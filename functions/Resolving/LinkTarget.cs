using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>Where a link leads, and by which rule.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Target">The address, with its places still open.</param>
/// <param name="ListingId">The listing it shows.</param>
public sealed record LinkTarget(string Rule, DestinationTemplate Target, string? ListingId)
{
    public const string SuccessorRule = "successor";
    public const string SimilarRule = "similar";

    private const string OwnDestinationRule = "own_destination";
    private const string WebRule = "web";

    /// <summary>Whether what it leads to is one listing, which an app can show too.</summary>
    public bool ShowsListing => Rule is not (OwnDestinationRule or SimilarRule) && ListingId is not null;

    /// <summary>The first rule that fits; null when the listing is removed, or no page is configured, and nothing stands in.</summary>
    /// <param name="link">The link.</param>
    /// <param name="listing">Its listing, if the marketplace reported it.</param>
    /// <param name="successor">The listing's successor, if it has one that the marketplace reported.</param>
    /// <param name="destinations">The deployment's addresses.</param>
    public static LinkTarget? Choose(Link link, Listing? listing, Listing? successor, Destinations destinations)
    {
        var listingId = link.Attributes.ListingId;
        // Checked again, since the deployment may have narrowed its allowed hosts since.
        if (link.WebDestination is { } own && destinations.TryParseOwn(own, out _) is { } target)
            return new LinkTarget(OwnDestinationRule, target, listingId);
        if (listingId is null)
            return null;
        var isGone = listing is { State: not ListingState.Available };
        if (isGone && successor is { State: ListingState.Available } && destinations.Web is not null)
            return new LinkTarget(SuccessorRule, destinations.Web, successor.Id);
        if (isGone && destinations.Similar is not null)
            return new LinkTarget(SimilarRule, destinations.Similar, listingId);
        return destinations.Web is null || listing is { State: ListingState.Removed } ? null : new LinkTarget(WebRule, destinations.Web, listingId);
    }
}
