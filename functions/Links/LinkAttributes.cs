using ShareLinks.Codes;
using ShareLinks.People;

namespace ShareLinks.Links;

/// <summary>What every click keeps of its link as the link was then, so that reading clicks reads no link.</summary>
/// <param name="Id">The link.</param>
/// <param name="ListingId">The listing it opened; null when the link has only a destination of its own.</param>
/// <param name="Sharer">Who shared it.</param>
/// <param name="Channel">Where it was first shared, such as <c>wechat</c>.</param>
/// <param name="Campaign">The campaign it belongs to.</param>
/// <param name="Placement">Where it stands in the world, as a path: <c>hz-market/stall-7</c>.</param>
/// <param name="Tags">Further names and values.</param>
/// <param name="Root">The link at the top of its share tree: itself when it was not shared on from another.</param>
public sealed record LinkAttributes(
    LinkId Id, string? ListingId, PersonId? Sharer, string? Channel, string? Campaign, string? Placement,
    IReadOnlyDictionary<string, string> Tags, LinkId Root)
{
    public static IReadOnlyDictionary<string, string> NoTags { get; } = new Dictionary<string, string>();

    /// <summary>By all that is known of a link, its tags among it.</summary>
    public static IEqualityComparer<LinkAttributes> ByValue { get; } = EqualityComparer<LinkAttributes>.Create(
        (one, other) => ReferenceEquals(one, other) || (one is not null && other is not null && one.HasSameValuesAs(other)), link => link.Id.GetHashCode());

    private bool HasSameValuesAs(LinkAttributes other) =>
        Id == other.Id && Root == other.Root && Sharer == other.Sharer && ListingId == other.ListingId && Channel == other.Channel
        && Campaign == other.Campaign && Placement == other.Placement
        && Tags.Count == other.Tags.Count && Tags.All(tag => other.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);

    /// <summary>All that is known of a link which was never minted.</summary>
    public static LinkAttributes Unknown(LinkId id) => new(id, null, null, null, null, null, NoTags, id);
}
