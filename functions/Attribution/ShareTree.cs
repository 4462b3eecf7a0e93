namespace ShareLinks.Attribution;

/// <summary>A link that was made to share another one on.</summary>
/// <param name="Id">The link.</param>
/// <param name="Parent">The link that its sharer came by; the root's is not looked at.</param>
/// <param name="Clicks">The link's own clicks.</param>
/// <param name="Conversions">The link's own conversions.</param>
internal readonly record struct SharedLink(long Id, long Parent, long Clicks, long Conversions);

/// <summary>A link in its tree, with what it and all links below it have together.</summary>
/// <param name="Id">The link.</param>
/// <param name="Parent">The link above it in the tree; null for the root.</param>
/// <param name="Depth">Shares between the root and it; 0 for the root.</param>
/// <param name="Clicks">Its own clicks.</param>
/// <param name="Conversions">Its own conversions.</param>
/// <param name="BranchLinks">It and the links below it, from 1.</param>
/// <param name="BranchClicks">Their clicks.</param>
/// <param name="BranchConversions">Their conversions.</param>
internal readonly record struct ShareTreeNode(
    long Id, long? Parent, int Depth, long Clicks, long Conversions, int BranchLinks, long BranchClicks, long BranchConversions);

/// <summary>How far sharing carried a link: the tree of the links that were made from it, from those, and so on.</summary>
/// <remarks>
/// Takes time and memory in proportion to the links, whatever the tree's shape (27 MB for 100,000). Immutable, so thread-safe.
/// </remarks>
internal sealed class ShareTree
{
    private readonly ShareTreeNode[] nodes;

    /// <param name="root">The link that was shared first; in the tree even if <paramref name="links"/> lacks it, then without clicks.</param>
    /// <param name="links">
    /// All links of the tree, in any order. Of several with one id the first counts. A link whose parent is missing stands below the root, and so
    /// does, of links that lead round in a circle, the one with the smallest id.
    /// </param>
    public ShareTree(long root, IEnumerable<SharedLink> links)
    {
        var (all, places) = Read(root, links);
        var parents = ParentsOf(all, places, out var reattached);
        Reattached = reattached;
        nodes = Arrange(all, parents);
        var distances = 0.0;
        var withChildren = 0;
        for (var i = nodes.Length - 1; i > 0; i--)
            distances += (double)nodes[i].BranchLinks * (nodes.Length - nodes[i].BranchLinks);
        foreach (ref readonly var node in nodes.AsSpan())
            withChildren += node.BranchLinks > 1 ? 1 : 0;
        var below = nodes.Length - 1;
        Depth = nodes[^1].Depth;
        BranchingRatio = (double)below / nodes.Length;
        BranchingFactor = below == 0 ? 0 : (double)below / withChildren;
        StructuralVirality = below == 0 ? 0 : 2 * distances / nodes.Length / below;
    }

    /// <summary>All links from the top, level by level; those with one parent in the order in which they were given.</summary>
    public IReadOnlyList<ShareTreeNode> Nodes => nodes;

    /// <summary>How many links there are, the root among them: n, from 1.</summary>
    public int Links => nodes.Length;

    /// <summary>The most shares between the root and a link.</summary>
    public int Depth { get; }

    /// <summary>Mean children of all links: (n − 1)/n, from 0 to below 1.</summary>
    /// <remarks>Tells trees apart by their size alone; as the ratio of a branching process it means more for many trees together, Σ(n − 1)/Σn.</remarks>
    public double BranchingRatio { get; }

    /// <summary>Mean children of the links that have any: from 1; 0 for a root alone.</summary>
    public double BranchingFactor { get; }

    /// <summary>
    /// The mean number of shares between two links, over all pairs: from 1 for two links by nearly 2 for a star to (n + 1)/3 for a chain; 0 for a
    /// root alone.
    /// </summary>
    /// <remarks>
    /// ν of Goel, Anderson, Hofman and Watts, "The structural virality of online diffusion", 2016 (doi 10.1287/mnsc.2015.2158), by its equal
    /// 2 Σ s(n − s)/(n(n − 1)) over all links but the root, s being the links in the branch from there: s(n − s) pairs use the share above it.
    /// </remarks>
    public double StructuralVirality { get; }

    /// <summary>Links that stand below the root because their parent is missing or they led round in a circle.</summary>
    public int Reattached { get; }

    /// <summary>The branches below the root with the most clicks, the most first; of equal ones the smaller id.</summary>
    public IReadOnlyList<ShareTreeNode> TopBranches(int count) =>
        [.. nodes.Skip(1).TakeWhile(node => node.Depth == 1).OrderByDescending(node => node.BranchClicks).ThenBy(node => node.Id).Take(count)];

    /// <summary>Each link once, the root first, and where each id stands.</summary>
    private static (List<SharedLink> Links, Dictionary<long, int> Places) Read(long root, IEnumerable<SharedLink> links)
    {
        List<SharedLink> all = [new SharedLink(root, root, 0, 0)];
        var places = new Dictionary<long, int> { [root] = 0 };
        var hasRoot = false;
        foreach (var link in links)
        {
            if (places.TryAdd(link.Id, all.Count))
                all.Add(link);
            else if (link.Id == root && !hasRoot)
                all[0] = link;
            hasRoot |= link.Id == root;
        }
        return (all, places);
    }

    /// <summary>The places of all parents, such that every way up ends at place 0.</summary>
    private static int[] ParentsOf(List<SharedLink> links, Dictionary<long, int> places, out int reattached)
    {
        reattached = 0;
        var parents = new int[links.Count];
        for (var i = 1; i < parents.Length; i++)
        {
            if (!places.TryGetValue(links[i].Parent, out parents[i]))
                reattached++;
        }
        // Each way up is followed until it meets an earlier one, or itself.
        var ways = new int[links.Count];
        ways[0] = -1;
        for (var way = 1; way < ways.Length; way++)
        {
            var place = way;
            for (; ways[place] == 0; place = parents[place])
                ways[place] = way;
            if (ways[place] != way)
                continue;
            var first = place;
            for (var next = parents[place]; next != place; next = parents[next])
                first = links[next].Id < links[first].Id ? next : first;
            parents[first] = 0;
            reattached++;
        }
        return parents;
    }

    private static ShareTreeNode[] Arrange(List<SharedLink> links, int[] parents)
    {
        // The children of i are children[starts[i]..starts[i + 1]]; a counting sort.
        var starts = new int[links.Count + 1];
        for (var i = 1; i < parents.Length; i++)
            starts[parents[i] + 1]++;
        for (var i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        var children = new int[links.Count];
        var filled = starts.AsSpan(0, links.Count).ToArray();
        for (var i = 1; i < parents.Length; i++)
            children[filled[parents[i]]++] = i;

        var nodes = new ShareTreeNode[links.Count];
        var order = new int[links.Count];
        var parentNodes = new int[links.Count];
        nodes[0] = Place(links[0], null, 0);
        var end = 1;
        for (var i = 0; i < end; i++)
        {
            foreach (var child in children.AsSpan(starts[order[i]]..starts[order[i] + 1]))
            {
                nodes[end] = Place(links[child], nodes[i].Id, nodes[i].Depth + 1);
                order[end] = child;
                parentNodes[end++] = i;
            }
        }
        // From the bottom, so that a branch is whole before it is added to the one above.
        for (var i = nodes.Length - 1; i > 0; i--)
        {
            ref var parent = ref nodes[parentNodes[i]];
            parent = parent with
            {
                BranchLinks = parent.BranchLinks + nodes[i].BranchLinks,
                BranchClicks = parent.BranchClicks + nodes[i].BranchClicks,
                BranchConversions = parent.BranchConversions + nodes[i].BranchConversions,
            };
        }
        return nodes;
    }

    private static ShareTreeNode Place(SharedLink link, long? parent, int depth) =>
        new(link.Id, parent, depth, link.Clicks, link.Conversions, 1, link.Clicks, link.Conversions);
}
