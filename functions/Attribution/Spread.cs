using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>A conversion that is credited to a link of a share tree.</summary>
/// <param name="Link">The link.</param>
/// <param name="Currency">ISO 4217; null for a conversion without a value.</param>
/// <param name="Value">From 0, in <paramref name="Currency"/>.</param>
internal readonly record struct LinkConversion(LinkId Link, string? Currency, decimal Value);

/// <summary>A share tree with all that is counted of it. Immutable, so thread-safe.</summary>
internal sealed class Spread
{
    private readonly Dictionary<long, PersonId> sharers = [];
    private readonly Dictionary<long, string> channels = [];
    private readonly Dictionary<long, long> forwards = [];

    /// <param name="root">The link at the top, as its own parent.</param>
    /// <param name="below">All links below it.</param>
    /// <param name="clicks">What the links had, on whatever days; the root's, too.</param>
    /// <param name="others">What links had that are not told apart.</param>
    /// <param name="conversions">What was credited to the tree's links; those of other links are left out.</param>
    /// <param name="visitors">Who opened a link of the tree, each once a day.</param>
    public Spread(
        TreeLink root, IReadOnlyCollection<TreeLink> below, IEnumerable<LinkDay> clicks, (long Clicks, long Forwards) others, IEnumerable<LinkConversion> conversions,
        long visitors)
    {
        var (ownClicks, ownConversions) = (new Dictionary<long, long>(), new Dictionary<long, long>());
        foreach (var day in clicks)
        {
            Add(ownClicks, day.Link, day.Clicks);
            Add(forwards, day.Link, day.Forwards);
        }
        foreach (var link in below.Prepend(root))
        {
            if (link.Sharer is { } sharer)
                sharers.TryAdd(link.Id.Value, sharer);
            if (link.Channel is { } channel)
                channels.TryAdd(link.Id.Value, channel);
            ownConversions.TryAdd(link.Id.Value, 0);
        }
        var value = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var conversion in conversions.Where(conversion => ownConversions.ContainsKey(conversion.Link.Value)))
        {
            ownConversions[conversion.Link.Value]++;
            if (conversion.Currency is { } currency)
                value[currency] = value.GetValueOrDefault(currency) + conversion.Value;
        }
        Tree = new ShareTree(root.Id.Value, below.Prepend(root).Select(link => new SharedLink(
            link.Id.Value, link.Parent.Value, ownClicks.GetValueOrDefault(link.Id.Value), ownConversions[link.Id.Value])));
        Value = value;
        Crossings = Tree.Nodes.Count(IsCrossing);
        Clicks = Tree.Nodes[0].BranchClicks + others.Clicks;
        Forwards = forwards.Values.Sum() + others.Forwards;
        Users = visitors + sharers.Values.Distinct().Count();
        KFactor = new KFactor(Users, Tree.Links - 1, Conversions - Tree.Nodes[0].Conversions).Value;
    }

    public ShareTree Tree { get; }

    /// <summary>Openings by people that led somewhere, those of links that are not told apart among them.</summary>
    public long Clicks { get; }

    /// <summary>Those of them that came by another visit's address or text.</summary>
    public long Forwards { get; }

    public long Conversions => Tree.Nodes[0].BranchConversions;

    /// <summary>The conversions' values by currency.</summary>
    public IReadOnlyDictionary<string, decimal> Value { get; }

    /// <summary>The visitors, each once a day, and the sharers, each once.</summary>
    public long Users { get; }

    /// <summary>How many conversions each user brought by sharing.</summary>
    public double KFactor { get; }

    /// <summary>How many links were shared on into another channel than the one that they came from.</summary>
    public int Crossings { get; }

    public PersonId? SharerOf(ShareTreeNode node) => sharers.TryGetValue(node.Id, out var sharer) ? sharer : null;

    /// <summary>The channel that a link was minted for.</summary>
    public string? ChannelOf(ShareTreeNode node) => channels.GetValueOrDefault(node.Id);

    public long ForwardsOf(ShareTreeNode node) => forwards.GetValueOrDefault(node.Id);

    private bool IsCrossing(ShareTreeNode node) =>
        node.Parent is { } parent && channels.TryGetValue(node.Id, out var own) && channels.TryGetValue(parent, out var from) && own != from;

    private static void Add(Dictionary<long, long> counts, LinkId link, long count)
    {
        if (count > 0)
            counts[link.Value] = counts.GetValueOrDefault(link.Value) + count;
    }
}
