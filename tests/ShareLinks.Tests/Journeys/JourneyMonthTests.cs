using ShareLinks.Codes;
using ShareLinks.Journeys;
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
            .Select((click, i) => Touch.Of(new ClickId(random.NextInt64(5), i, random.Next(400)), click with { At = ClickSamples.Start.AddSeconds(i / 3) })).ToArray();
        var joins = Enumerable.Range(0, Math.Min(count, 80)).Select(i => new Join(new Actor(ActorKind.Visitor, (ulong)i), ClickSamples.Start.AddMinutes(i / 2), new ClickId(1, i, 0), i % 2 == 0)).ToArray();
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
            Assert.Equal(touches.Order(Touch.InOrder).TakeLast(JourneyMonth.MaxTouches).Select(touch => touch.Id), read.Touches.Select(touch => touch.Id));
            Assert.Equal(joins.Order(Join.InOrder).TakeLast(JourneyMonth.MaxJoins), read.Joins);
            Assert.All(read.Touches, touch => Assert.Equal(touches.Single(one => one.Id == touch.Id).Click!.Link.ListingId, touch.Click!.Link.ListingId));
        });
    }

    [Fact]
    public void The_fullest_month_fits_in_a_row()
    {
        var random = new Random(9);
        var month = new JourneyMonth();
        foreach (var (i, click) in ClickSamples.Wild(random, 4 * Scale.Of(1000)).Index())
            month.Add(Touch.Of(new ClickId(1, i, 0), click));
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
