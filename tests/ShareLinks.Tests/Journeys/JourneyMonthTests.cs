using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.People;
using ShareLinks.Storage;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Journeys;

public class JourneyMonthTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(JourneyMonth.MaxTouches)]
    [InlineData(2000)]
    public void The_latest_stay_whatever_the_order_they_came_in(int count)
    {
        var random = new Random(count);
        var touches = ClickSamples.Realistic(random, ClickSamples.Zipf(random, ClickSamples.Links(random, 50))).Take(count)
            // Some at equal times.
            .Select((click, i) => Touch.Of(new ClickId(random.NextInt64(5), i, random.Next(400)), click with { At = ClickSamples.Start.AddSeconds(i / 3), User = i % 7 == 0 ? new PersonId(5) : null, IsUserVerified = i % 14 == 0 })).ToArray();
        // Many are the same visitors again, at other times.
        var joins = Enumerable.Range(0, count).Select(i => new Join(new Actor(ActorKind.Visitor, (ulong)random.Next(250)), ClickSamples.Start.AddMinutes(i / 2), new ClickId(1, i, 0), i % 3 == 0)).ToArray();
        var months = Enumerable.Range(0, 5).Select(_ =>
        {
            random.Shuffle(touches);
            random.Shuffle(joins);
            var month = new JourneyMonth();
            foreach (var part in touches.Chunk(Math.Max(1, count / 7)))
            {
                var added = new JourneyMonth();
                foreach (var touch in part)
                    added.Add(touch);
                month.Add(added);
                month = JourneyMonth.FromBytes(month.ToBytes());
            }
            foreach (var join in joins)
                month.Add(join);
            // Again: nothing is there twice.
            foreach (var touch in touches)
                month.Add(touch);
            return JourneyMonth.FromBytes(month.ToBytes());
        }).ToList();
        Assert.All(months, read =>
        {
            var claims = touches.Where(touch => touch.Click is { User: not null, IsUserVerified: false }).ToArray();
            Assert.Equal(
                touches.Except(claims).Order(Touch.InOrder).TakeLast(JourneyMonth.MaxTouches).Concat(claims.Order(Touch.InOrder).TakeLast(JourneyMonth.MaxClaimedTouches)).Select(touch => touch.Id),
                read.Touches.Select(touch => touch.Id));
            Assert.Equal([.. LatestOf(joins.Where(join => join.IsVerified), JourneyMonth.MaxVisitors), .. LatestOf(joins.Where(join => !join.IsVerified), JourneyMonth.MaxClaimedJoins)], read.Joins);
            Assert.Equal(Visitors(isVerified: true) > JourneyMonth.MaxVisitors || Visitors(isVerified: false) > JourneyMonth.MaxClaimedJoins, read.LeftOutJoins);
            Assert.All(read.Touches, touch => Assert.Equal(touches.Single(one => one.Id == touch.Id).Click!.Link.ListingId, touch.Click!.Link.ListingId));
        });

        int Visitors(bool isVerified) => joins.Where(join => join.IsVerified == isVerified).DistinctBy(join => join.Other).Count();

        static IEnumerable<Join> LatestOf(IEnumerable<Join> joins, int max) => joins.GroupBy(join => join.Other).Select(same => same.Max(Join.InOrder)).Order(Join.InOrder).TakeLast(max);
    }

    [Fact]
    public void A_visitor_s_joins_to_one_user_are_told_apart_by_ten_minutes_and_the_rest_stays_in_any_order()
    {
        var random = new Random(4);
        var joins = Enumerable.Range(0, 6000).Select(i => new Join(
            new Actor(ActorKind.User, (ulong)random.Next(3)), ClickSamples.Start.AddSeconds(random.Next(20 * 86_400)), new ClickId(1, i, 0), IsVerified: true)).ToArray();
        var expected = joins.GroupBy(join => (join.Other, join.At.UtcTicks / TimeSpan.FromMinutes(10).Ticks)).Select(same => same.Max(Join.InOrder)).Order(Join.InOrder).TakeLast(JourneyMonth.MaxJoins);
        for (var round = 0; round < 3; round++)
        {
            random.Shuffle(joins);
            var month = new JourneyMonth();
            foreach (var part in joins.Chunk(1700))
            {
                foreach (var join in part)
                    month.Add(join);
                month = JourneyMonth.FromBytes(month.ToBytes());
            }
            Assert.Equal(expected, month.Joins);
        }
    }

    [Fact]
    public void A_month_of_the_first_version_that_was_full_of_joins_may_lack_some()
    {
        Assert.False(JourneyMonth.FromBytes(FirstVersion(49)).LeftOutJoins);
        Assert.True(JourneyMonth.FromBytes(JourneyMonth.FromBytes(FirstVersion(50)).ToBytes()).LeftOutJoins);
        Assert.Equal(50, JourneyMonth.FromBytes(FirstVersion(50)).Joins.Count());

        static byte[] FirstVersion(int joins)
        {
            var month = new JourneyMonth();
            for (var i = 0; i < joins; i++)
                month.Add(new Join(new Actor(ActorKind.Visitor, (ulong)i), ClickSamples.Start, new ClickId(1, i, 0), IsVerified: true));
            var bytes = month.ToBytes();
            return [1, .. bytes[2..]];
        }
    }

    [Fact]
    public void The_fullest_month_fits_in_a_row()
    {
        var random = new Random(9);
        var month = new JourneyMonth();
        foreach (var (i, click) in ClickSamples.Wild(random, 4 * Scale.Of(1000)).Index())
        {
            month.Add(Touch.Of(new ClickId(1, i, 0), click));
            month.Add(new Join(new Actor(ActorKind.User, (ulong)i), ClickSamples.Start.AddHours(i), new ClickId(1, i, 0), i % 2 == 0));
        }
        Assert.InRange(month.ToBytes().Length, 1, BinaryColumns.MaxBytes);
        Assert.NotEmpty(JourneyMonth.FromBytes(month.ToBytes()).Touches);
    }

    [Fact]
    public void Damaged_bytes_are_no_month()
    {
        var month = new JourneyMonth();
        month.Add(Touch.Of(new ClickId(1, 2, 3), ClickSamples.One()));
        var bytes = month.ToBytes();
        bytes[^3] ^= 1;
        Assert.Throws<InvalidDataException>(() => JourneyMonth.FromBytes(bytes));
        Assert.Throws<InvalidDataException>(() => JourneyMonth.FromBytes([9]));
    }
}
