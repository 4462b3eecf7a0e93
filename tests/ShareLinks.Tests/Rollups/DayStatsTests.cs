using ShareLinks.Rollups;

namespace ShareLinks.Tests.Rollups;

/// <summary>What is stored of a day: the same whatever the order it came in, and never more than a row takes.</summary>
public class DayStatsTests
{
    [Fact]
    public void A_day_read_back_is_the_same()
    {
        var day = Sample(new Random(1), values: 40);
        var read = Read(day);
        Assert.Equal(Bytes(day), Bytes(read));
        Assert.Equal((day.Clicks, day.Bots, day.Prefetches, day.Misses), (read.Clicks, read.Bots, read.Prefetches, read.Misses));
        Assert.Equal(day.Hours, read.Hours);
        Assert.Equal(day.Values[5].Counts, read.Values[5].Counts);
        Assert.Equal(day.Visitors.Count(), read.Visitors.Count());
        // The counts alone tell how many visitors there were.
        Assert.Equal(day.Visitors.Count(), DayStats.FromBytes(day.CountsToBytes()).VisitorCount);
    }

    [Fact]
    public void Which_values_are_kept_apart_does_not_depend_on_their_order()
    {
        var random = new Random(2);
        foreach (var count in new[] { 20, 99, 100, 101, 400, 3000 })
        {
            // Of unlike lengths, so that the limit in bytes is met as well.
            var values = Enumerable.Range(0, count).Select(i => (Value: $"campaign {i} {new string('春', random.Next(60))}", Count: (long)random.Next(1, 50))).ToArray();
            var states = Enumerable.Range(0, 10).Select(_ =>
            {
                random.Shuffle(values);
                var counts = new DayStats();
                foreach (var (value, clicks) in values.Concat(values))
                {
                    counts.Values[(int)Dimension.Campaign].Add(value, clicks);
                    // Stored and read back at any moment.
                    if (random.Next(40) == 0)
                        counts = Read(counts);
                }
                return counts;
            }).ToList();
            Assert.Single(states.Select(state => Bytes(state)).Distinct());
            var kept = states[0].Values[(int)Dimension.Campaign];
            Assert.Equal(2 * values.Sum(value => value.Count), kept.Counts.Values.Sum() + kept.Other);
            Assert.InRange(kept.Counts.Count, Math.Min(count, 15), Dimensions.MaxValues(Dimension.Campaign));
            Assert.All(kept.Counts, value => Assert.Equal(2 * values.Single(one => one.Value == value.Key).Count, value.Value));
        }
    }

    [Fact]
    public void None_is_always_kept_apart()
    {
        var counts = new ValueCounts(Dimension.Channel);
        for (var i = 0; i < 5000; i++)
        {
            counts.Add($"channel-{i}", 1);
            counts.Add("", 1);
        }
        Assert.Equal(5000, counts.Counts[""]);
    }

    [Fact]
    public void The_fullest_day_leaves_room_for_31_in_a_row()
    {
        var day = Sample(new Random(3), values: 5000);
        Assert.InRange(day.CountsToBytes().Length + day.VisitorsToBytes().Length, 8_000, 24_000);
    }

    [Fact]
    public void Damaged_bytes_are_no_day()
    {
        var bytes = Sample(new Random(4), values: 40).CountsToBytes();
        Assert.Throws<InvalidDataException>(() => DayStats.FromBytes(bytes.AsSpan(0, bytes.Length / 2)));
        Assert.Throws<InvalidDataException>(() => DayStats.FromBytes([7, 1, 2, 3]));
        Assert.Throws<InvalidDataException>(() => DayStats.FromBytes([]));
    }

    private static DayStats Read(DayStats day) => DayStats.FromBytes(day.CountsToBytes(), day.VisitorsToBytes());

    private static string Bytes(DayStats day) => $"{Convert.ToHexString(day.CountsToBytes())} {Convert.ToHexString(day.VisitorsToBytes())}";

    /// <summary>A busy day with random texts of the greatest length for each dimension.</summary>
    private static DayStats Sample(Random random, int values)
    {
        var day = new DayStats { Clicks = 123_456_789, Bots = 4567, Prefetches = 89, Misses = 12 };
        for (var hour = 0; hour < 25; hour++)
            day.Hours[hour] = random.Next();
        foreach (var dimension in Enum.GetValues<Dimension>())
        {
            for (var i = 0; i < values; i++)
            {
                var text = dimension switch
                {
                    Dimension.Country => $"{(char)('A' + i % 26)}{(char)('A' + i / 26 % 26)}",
                    Dimension.Campaign or Dimension.Placement => new string([.. Enumerable.Range(0, 1 + i % 30).Select(_ => (char)random.Next(0x4e00, 0x9fff))]),
                    _ => new string([.. Enumerable.Range(0, 1 + i % 32).Select(_ => (char)('a' + random.Next(26)))]),
                };
                day.Values[(int)dimension].Add(text, random.Next(1, 1_000_000));
            }
        }
        for (var i = 0UL; i < 300_000; i++)
            day.Visitors.Add(VisitorSketch.HashOf(1, i, 1));
        return day;
    }
}
