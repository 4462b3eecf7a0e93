using ShareLinks.Codes;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>What is stored of a share tree: the same whatever the order and the steps it came in, and never more than a row takes.</summary>
public class TreeClicksTests
{
    private static readonly DateOnly FirstDay = new(2026, 10, 20);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2000)]
    public void Clicks_read_back_are_the_same(int count)
    {
        var clicks = Sample(new Random(count), count, links: 300, days: 60);
        var read = TreeClicks.FromBytes(TreeClicks.None.With(clicks).ToBytes());
        Assert.Equal(Sums(clicks), read.Days);
        Assert.Equal((default, (0, 0)), (read.Since, read.Others));
        Assert.Equal(read.Days, read.Between(DateOnly.MinValue, DateOnly.MaxValue));
        var (from, to) = (FirstDay.AddDays(5), FirstDay.AddDays(20));
        Assert.Equal(read.Days.Where(day => day.Day >= from && day.Day < to), read.Between(from, to));
        Assert.Equal(Sums(clicks.Where(day => day.Day < to)), read.Before(to).Days);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(20_000)]
    [InlineData(5_000)]
    [InlineData(2_500)]
    [InlineData(900)]
    [InlineData(0)]
    public void Neither_the_order_nor_the_steps_change_a_byte(int maxBytes)
    {
        for (var seed = 0; seed < Scale.Of(200, 20); seed++)
        {
            var random = new Random(seed);
            var clicks = Sample(random, random.Next(1, 3000), links: 200, days: random.Next(1, 30));
            var whole = TreeClicks.None.With(clicks, maxBytes);
            var bytes = Convert.ToHexString(whole.ToBytes());
            for (var round = 0; round < 4; round++)
            {
                if (round > 0)
                    random.Shuffle(clicks);
                else
                    clicks = [.. clicks.OrderBy(day => day.Day)];
                var stepped = TreeClicks.None;
                for (var done = 0; done < clicks.Length;)
                {
                    var step = clicks.AsSpan(done, Math.Min(random.Next(1, 600), clicks.Length - done)).ToArray();
                    done += step.Length;
                    stepped = TreeClicks.FromBytes(stepped.With(step, maxBytes).ToBytes());
                }
                Assert.Equal(bytes, Convert.ToHexString(stepped.ToBytes()));
            }
            // Nothing is lost, whatever is kept apart.
            Assert.Equal(
                (clicks.Sum(day => day.Clicks), clicks.Sum(day => day.Forwards)),
                (whole.Days.Sum(day => day.Clicks) + whole.Others.Clicks, whole.Days.Sum(day => day.Forwards) + whole.Others.Forwards));
        }
    }

    [Fact]
    public void What_does_not_fit_is_seen_more_coarsely_the_earliest_days_first()
    {
        var clicks = Sample(new Random(1), 5000, links: 100, days: 30);
        var all = Sums(clicks);
        var some = TreeClicks.None.With(clicks, maxBytes: 6000);
        Assert.InRange(some.Since, FirstDay.AddDays(5), FirstDay.AddDays(25));
        Assert.Equal(all.Where(day => day.Day >= some.Since), some.Days.Where(day => day.Day >= some.Since));
        Assert.Equal(Sums(all.Where(day => day.Day < some.Since).Select(day => day with { Day = some.Since.AddDays(-1) })), some.Days.Where(day => day.Day < some.Since));
        // Late clicks go where those of their days are.
        var late = some.With([new LinkDay(new LinkId(7), FirstDay, 1000, 0)], maxBytes: 6000);
        Assert.Equal(1000, late.Days.Single(day => day.Link == new LinkId(7) && day.Day < late.Since).Clicks - some.Days.Where(day => day.Link == new LinkId(7) && day.Day < late.Since).Sum(day => day.Clicks));

        var none = TreeClicks.None.With(clicks, maxBytes: 900);
        Assert.Equal(DateOnly.MaxValue, none.Since);
        Assert.InRange(none.Days.Count, 50, 99);
        var byLink = all.GroupBy(day => day.Link).ToDictionary(link => link.Key, link => link.Sum(day => day.Clicks));
        Assert.All(none.Days, day => Assert.Equal(byLink[day.Link], day.Clicks));
        Assert.Equal(none.Days, none.Between(FirstDay, FirstDay.AddDays(1)));
        Assert.Equal(byLink.Values.Sum() - none.Days.Sum(day => day.Clicks), none.Others.Clicks);
        Assert.Empty(none.Before(FirstDay.AddDays(20)).Days);
    }

    [Fact]
    public void The_fullest_part_fits_in_a_row()
    {
        var random = new Random(9);
        // Ids and counts of the greatest lengths, which compression can do nothing about.
        var clicks = Enumerable.Range(0, Scale.Of(150_000, 2)).Select(_ => new LinkDay(
            new LinkId(random.NextInt64(LinkId.Max + 1)), FirstDay.AddDays(random.Next(400)), random.NextInt64(1L << random.Next(1, 40)), random.NextInt64(1L << random.Next(1, 40)))).ToArray();
        var part = TreeClicks.None.With(clicks);
        Assert.True(part.Others.Clicks > 0);
        Assert.InRange(part.ToBytes().Length, 300_000, BinaryColumns.MaxBytes);
        Assert.Equal(part.Days, TreeClicks.FromBytes(part.ToBytes()).Days);
    }

    [Theory]
    [InlineData(1, 70_000)]
    [InlineData(30, 7_200)]
    public void There_is_room_for_as_many_links_as_is_said(int days, int links)
    {
        foreach (var (count, fits) in new[] { (links, true), (links + links / 50, false) })
        {
            var clicks = Enumerable.Range(0, count).SelectMany(link => Enumerable.Range(0, days).Select(day => new LinkDay(new LinkId(16 * link), FirstDay.AddDays(day), 60, 0)));
            Assert.Equal(fits, TreeClicks.None.With(clicks).Since == default);
        }
    }

    [Fact]
    public void Damaged_bytes_are_no_clicks()
    {
        var bytes = TreeClicks.None.With(Sample(new Random(4), 4000, links: 1000, days: 90)).ToBytes();
        Assert.Throws<InvalidDataException>(() => TreeClicks.FromBytes(bytes.AsSpan(0, bytes.Length / 2)));
        Assert.Throws<InvalidDataException>(() => TreeClicks.FromBytes([0, 9, 0, 0, 0, 0, 0]));
        Assert.Throws<InvalidDataException>(() => TreeClicks.FromBytes([]));
    }

    private static LinkDay[] Sample(Random random, int count, int links, int days) =>
        [.. Enumerable.Range(0, count).Select(i => new LinkDay(
            new LinkId(7L * random.Next(links)), FirstDay.AddDays(random.Next(days)), i % 9 == 0 ? 0 : random.Next(1, 100), i % 9 == 0 ? 1 : random.Next(3) / 2))];

    /// <summary>Each link's days once, in order.</summary>
    private static IEnumerable<LinkDay> Sums(IEnumerable<LinkDay> clicks) => clicks.GroupBy(day => (day.Link, day.Day)).OrderBy(group => group.Key.Link.Value).ThenBy(group => group.Key.Day)
        .Select(group => new LinkDay(group.Key.Link, group.Key.Day, group.Sum(day => day.Clicks), group.Sum(day => day.Forwards)));
}
