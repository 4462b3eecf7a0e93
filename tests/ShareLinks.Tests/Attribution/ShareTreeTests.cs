using ShareLinks.Attribution;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

public class ShareTreeTests
{
    private const int Many = 100_000;

    [Fact]
    public void A_root_alone_has_spread_nowhere()
    {
        var tree = new ShareTree(7, []);
        Assert.Equal((1, 0, 0.0, 0.0, 0.0, 0), (tree.Links, tree.Depth, tree.BranchingRatio, tree.BranchingFactor, tree.StructuralVirality, tree.Reattached));
        Assert.Equal([new ShareTreeNode(7, null, 0, 0, 0, 1, 0, 0)], tree.Nodes);
        Assert.Empty(tree.TopBranches(3));
    }

    /// <summary>A star of n has 2(n − 1)/n, a chain (n + 1)/3.</summary>
    [Theory]
    [InlineData(2, 1.0, 1.0)]
    [InlineData(10, 1.8, 11 / 3.0)]
    [InlineData(Many, 2.0 * (Many - 1) / Many, (Many + 1) / 3.0)]
    public void Stars_and_chains_have_their_closed_forms(int links, double star, double chain)
    {
        var wide = new ShareTree(0, Enumerable.Range(0, links).Select(id => new SharedLink(id, 0, 1, 0)));
        Assert.Equal(star, wide.StructuralVirality, 1e-9 * star);
        Assert.Equal((links, 1, links - 1), (wide.Links, wide.Depth, wide.BranchingFactor));
        Assert.Equal((links - 1.0) / links, wide.BranchingRatio);

        // From the far end, so that every parent comes after its child.
        var deep = new ShareTree(0, Enumerable.Range(0, links).Reverse().Select(id => new SharedLink(id, id - 1, 1, 0)));
        Assert.Equal(chain, deep.StructuralVirality, 1e-9 * chain);
        Assert.Equal((links, links - 1, 1), (deep.Links, deep.Depth, deep.BranchingFactor));
        Assert.Equal((links - 1.0) / links, deep.BranchingRatio);
        Assert.Equal((links - 1, links - 1L), (deep.TopBranches(5).Single().BranchLinks, deep.TopBranches(5).Single().BranchClicks));
    }

    /// <summary>Sums of the distances between all pairs: OEIS A158681.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 48)]
    [InlineData(3, 368)]
    [InlineData(4, 2304)]
    public void Full_binary_trees_have_their_known_distances(int depth, int distances)
    {
        var links = (1 << (depth + 1)) - 1;
        var tree = new ShareTree(1, Enumerable.Range(1, links).Select(id => new SharedLink(id, id / 2, 0, 0)));
        Assert.Equal(2.0 * distances / links / (links - 1), tree.StructuralVirality, 1e-12);
        Assert.Equal((depth, 2.0), (tree.Depth, tree.BranchingFactor));
    }

    [Fact]
    public void Random_trees_have_the_mean_distance_of_all_pairs_and_branches_that_add_up()
    {
        for (var seed = 0; seed < Scale.Of(2000); seed++)
        {
            var random = new Random(seed);
            var links = random.Next(2, 60);
            var ids = Enumerable.Range(100, links).ToArray();
            random.Shuffle(ids);
            var given = Enumerable.Range(0, links)
                .Select(i => new SharedLink(ids[i], i == 0 ? 0 : ids[random.Next(Math.Max(0, i - 5), i)], random.Next(10), random.Next(3))).ToArray();
            var shuffled = given.ToArray();
            random.Shuffle(shuffled);

            var tree = new ShareTree(ids[0], shuffled.Concat(shuffled.Where(_ => random.Next(4) == 0).Select(link => link with { Clicks = 99, Parent = ids[0] })));

            Assert.Equal((links, 0), (tree.Links, tree.Reattached));
            var distances = Distances(given);
            Assert.Equal(distances.Values.Sum(row => row.Values.Sum()) / (double)links / (links - 1), tree.StructuralVirality, 1e-12);
            Assert.Equal(distances[ids[0]].Values.Max(), tree.Depth);
            Assert.Equal((links - 1.0) / given.Skip(1).Select(link => link.Parent).Distinct().Count(), tree.BranchingFactor, 1e-12);
            var byId = given.ToDictionary(link => link.Id);
            foreach (var node in tree.Nodes)
            {
                var branch = given.Where(link => Ancestors(byId, ids[0], link.Id).Contains(node.Id)).ToList();
                var link = byId[node.Id];
                Assert.Equal(new ShareTreeNode(
                    node.Id, node.Id == ids[0] ? null : link.Parent, distances[ids[0]][node.Id], link.Clicks, link.Conversions,
                    branch.Count, branch.Sum(below => below.Clicks), branch.Sum(below => below.Conversions)), node);
            }
            Assert.Equal(
                tree.Nodes.Where(node => node.Parent == ids[0]).OrderBy(node => (-node.BranchClicks, node.Id)).Take(3), tree.TopBranches(3));
        }
    }

    [Fact]
    public void Links_without_a_parent_stand_below_the_root()
    {
        var tree = new ShareTree(1, [new SharedLink(3, 2, 5, 0), new SharedLink(4, 3, 6, 1), new SharedLink(1, 9, 2, 0), new SharedLink(1, 1, 8, 0)]);
        Assert.Equal(1, tree.Reattached);
        Assert.Equal(
            [new ShareTreeNode(1, null, 0, 2, 0, 3, 13, 1), new ShareTreeNode(3, 1, 1, 5, 0, 2, 11, 1), new ShareTreeNode(4, 3, 2, 6, 1, 1, 6, 1)], tree.Nodes);
    }

    [Fact]
    public void Circles_are_opened_at_their_smallest_id_whatever_comes_first()
    {
        SharedLink[] links = [new(5, 6, 0, 0), new(6, 7, 0, 0), new(7, 5, 0, 0), new(8, 6, 0, 0), new(9, 9, 0, 0), new(2, 1, 0, 0), new(4, 5, 0, 0)];
        var random = new Random(7);
        for (var round = 0; round < 100; round++)
        {
            random.Shuffle(links);
            var tree = new ShareTree(1, links);
            Assert.Equal((8, 2), (tree.Links, tree.Reattached));
            Assert.Equal(
                [(1L, null), (2, 1), (4, 5), (5, 1), (6, 7), (7, 5), (8, 6), (9, 1L)],
                tree.Nodes.Select(node => (node.Id, node.Parent)).Order());
        }
        var wheel = new ShareTree(0, Enumerable.Range(1, Many - 1).Select(id => new SharedLink(id, id % (Many - 1) + 1, 0, 0)));
        Assert.Equal((1, Many - 1), (wheel.Reattached, wheel.TopBranches(1)[0].BranchLinks));
    }

    private static Dictionary<long, Dictionary<long, int>> Distances(SharedLink[] links)
    {
        var neighbours = links.ToDictionary(link => link.Id, _ => new List<long>());
        foreach (var link in links.Skip(1))
        {
            neighbours[link.Id].Add(link.Parent);
            neighbours[link.Parent].Add(link.Id);
        }
        return links.ToDictionary(link => link.Id, link =>
        {
            var distances = new Dictionary<long, int> { [link.Id] = 0 };
            var queue = new Queue<long>([link.Id]);
            while (queue.TryDequeue(out var at))
            {
                foreach (var next in neighbours[at].Where(next => distances.TryAdd(next, distances[at] + 1)))
                    queue.Enqueue(next);
            }
            return distances;
        });
    }

    /// <summary>The link itself and all above it.</summary>
    private static IEnumerable<long> Ancestors(Dictionary<long, SharedLink> links, long root, long id)
    {
        for (; id != root; id = links[id].Parent)
            yield return id;
        yield return root;
    }
}
