using ShareLinks.Attribution;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

/// <summary>What is told of a tree, from links, counted clicks and conversions that are given.</summary>
public class SpreadTests
{
    private static readonly DateOnly Day = new(2026, 11, 1);

    [Fact]
    public void Shares_and_conversions_by_them_make_the_k_factor()
    {
        // Two people shared four links below the root, one of them twice; six visitors came, the root's sharer and another; three orders came by the links below.
        TreeLink[] below = [Link(2, 1, 8), Link(3, 1, 8), Link(4, 2, null), Link(5, 4, 9)];
        LinkDay[] clicks = [new(new LinkId(1), Day, 5, 0), new(new LinkId(1), Day, 0, 2), new(new LinkId(4), Day, 3, 1), new(new LinkId(4), Day.AddDays(1), 1, 0)];
        LinkConversion[] conversions = [new(new LinkId(1), "CNY", 10), new(new LinkId(4), "CNY", 2.5m), new(new LinkId(4), "HKD", 7), new(new LinkId(5), null, 0), new(new LinkId(6), "CNY", 99)];
        var spread = new Spread(Link(1, 1, 7), below, clicks, (0, 0), conversions, visitors: 6);
        Assert.Equal((9, 3, 4, 9), (spread.Clicks, spread.Forwards, spread.Conversions, spread.Users));
        Assert.Equal([new("CNY", 12.5m), new("HKD", 7m)], spread.Value);
        Assert.Equal(4 / 9.0 * (3 / 4.0), spread.KFactor, 1e-12);
        Assert.Equal([1, 2, 3, 4, 5], spread.Tree.Nodes.Select(node => node.Id));
        Assert.Equal([2L, 0, 0, 1, 0], spread.Tree.Nodes.Select(spread.ForwardsOf));
        Assert.Equal([7UL, 8, 8, null, 9], spread.Tree.Nodes.Select(node => spread.SharerOf(node)?.Value));
        Assert.Equal((4L, 3L), (spread.Tree.TopBranches(1)[0].BranchClicks, spread.Tree.TopBranches(1)[0].BranchConversions));
    }

    [Fact]
    public void A_root_alone_has_a_k_factor_of_nothing()
    {
        var spread = new Spread(Link(1, 1, null), [], [], (0, 0), [new(new LinkId(1), "CNY", 10)], visitors: 0);
        Assert.Equal((0, 1, 0, 0.0), (spread.Clicks, spread.Conversions, spread.Users, spread.KFactor));
    }

    [Fact]
    public void What_is_not_told_apart_is_in_the_total()
    {
        var spread = new Spread(Link(1, 1, null), [Link(2, 1, null)], [new(new LinkId(2), Day, 3, 1)], (40, 5), [], visitors: 0);
        Assert.Equal((43, 6), (spread.Clicks, spread.Forwards));
        Assert.Equal([0L, 3], spread.Tree.Nodes.Select(node => node.Clicks));
    }

    [Fact]
    public void Figures_add_up_whatever_the_tree()
    {
        for (var seed = 0; seed < Scale.Of(500); seed++)
        {
            var random = new Random(seed);
            var count = random.Next(1, 80);
            var below = Enumerable.Range(2, count).Select(id => Link(id, random.Next(1, id), random.Next(4) == 0 ? null : (ulong)random.Next(10))).ToArray();
            var clicks = Enumerable.Range(0, 200).Select(_ => new LinkDay(new LinkId(random.Next(1, count + 2)), Day.AddDays(random.Next(9)), random.Next(5), random.Next(2))).ToArray();
            var conversions = Enumerable.Range(0, random.Next(50)).Select(_ => new LinkConversion(new LinkId(random.Next(1, count + 2)), random.Next(3) switch { 0 => null, 1 => "CNY", _ => "USD" }, random.Next(100))).ToArray();
            random.Shuffle(below);
            var spread = new Spread(Link(1, 1, 3), below, clicks, (0, 0), conversions, visitors: 11);
            foreach (var node in spread.Tree.Nodes)
            {
                Assert.Equal(clicks.Where(day => day.Link.Value == node.Id).Sum(day => day.Clicks), node.Clicks);
                Assert.Equal(clicks.Where(day => day.Link.Value == node.Id).Sum(day => day.Forwards), spread.ForwardsOf(node));
                Assert.Equal(conversions.Count(conversion => conversion.Link.Value == node.Id), node.Conversions);
            }
            Assert.Equal((clicks.Sum(day => day.Clicks), clicks.Sum(day => day.Forwards), conversions.Length), (spread.Clicks, spread.Forwards, spread.Conversions));
            Assert.Equal(11 + below.Select(link => link.Sharer?.Value).Append(3UL).OfType<ulong>().Distinct().Count(), spread.Users);
            Assert.Equal(
                conversions.Where(conversion => conversion.Currency is not null).GroupBy(conversion => conversion.Currency!).OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => KeyValuePair.Create(group.Key, group.Sum(conversion => conversion.Value))),
                spread.Value);
            Assert.Equal((double)conversions.Count(conversion => conversion.Link.Value != 1) / spread.Users, spread.KFactor, 1e-12);
        }
    }

    [Fact]
    public void A_crossing_is_a_link_of_another_channel_than_the_one_it_came_from()
    {
        // wechat → wechat; wechat → douyin → wechat; what is not known crosses nothing.
        var spread = new Spread(
            Link(1, 1, null, "wechat"), [Link(2, 1, null, "wechat"), Link(3, 1, null, "douyin"), Link(4, 3, null, "wechat"), Link(5, 1, null), Link(6, 5, null, "qq")], [], (0, 0), [], visitors: 0);
        Assert.Equal(2, spread.Crossings);
        Assert.Equal(
            [(1L, "wechat"), (2, "wechat"), (3, "douyin"), (4, "wechat"), (5, null), (6, "qq")], spread.Tree.Nodes.OrderBy(node => node.Id).Select(node => (node.Id, spread.ChannelOf(node))));
    }

    private static TreeLink Link(long id, long parent, ulong? sharer, string? channel = null) => new(new LinkId(id), new LinkId(parent), sharer is { } person ? new PersonId(person) : null, channel);
}
