using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

public class VisitorSketchTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(VisitorSketch.MaxExact)]
    public void Few_visitors_are_counted_exactly(int visitors)
    {
        for (var day = 0; day < 20; day++)
            Assert.Equal(visitors, Of(Enumerable.Range(0, visitors), day).Count());
    }

    [Theory]
    [InlineData(257)]
    [InlineData(1000)]
    [InlineData(10_000)]
    [InlineData(40_000)]
    [InlineData(80_000)]
    [InlineData(1_000_000)]
    public void Many_visitors_are_estimated_within_3_percent(int visitors)
    {
        var days = visitors == 1_000_000 ? Scale.Of(20, 5) : 20;
        var estimates = Enumerable.Range(1, days).Select(day => Of(Enumerable.Range(0, visitors), day).Count()).ToList();
        Assert.All(estimates, estimate => Assert.InRange(estimate, 0.97 * visitors, 1.03 * visitors));
        // Nor does it lean to one side: the mean of n estimates with a standard error of 0.81 % each.
        Assert.InRange(estimates.Average() / visitors, 1 - 0.04 / Math.Sqrt(days), 1 + 0.04 / Math.Sqrt(days));
    }

    [Fact]
    public void Nobody_is_counted_twice_however_often_and_in_whatever_order()
    {
        var random = new Random(3);
        foreach (var visitors in new[] { 5, 200, 300, 5000 })
        {
            var once = Of(Enumerable.Range(0, visitors), day: 1);
            var often = new int[4 * visitors];
            for (var i = 0; i < often.Length; i++)
                often[i] = i % visitors;
            random.Shuffle(often);
            // In parts that are merged in any order.
            var parts = often.Chunk(random.Next(1, visitors)).Select(part => Of(part, day: 1)).ToArray();
            random.Shuffle(parts);
            var together = new VisitorSketch();
            foreach (var part in parts)
                together.Merge(part);
            Assert.Equal(Bytes(once), Bytes(together));
            Assert.Equal(once.Count(), together.Count());
        }
    }

    [Fact]
    public void A_sketch_read_back_is_the_same()
    {
        foreach (var visitors in new[] { 0, 1, 256, 257, 20_000 })
        {
            var bytes = Bytes(Of(Enumerable.Range(0, visitors), day: 5));
            var reader = new ByteReader(bytes);
            var read = VisitorSketch.Read(ref reader);
            Assert.Equal(0, reader.Rest.Length);
            Assert.Equal(bytes, Bytes(read));
            read.Add(VisitorSketch.HashOf(1, 1_000_000, 5));
            Assert.InRange(read.Count(), visitors + 1 - visitors * 0.03, visitors + 1 + visitors * 0.03);
        }
    }

    [Fact]
    public void A_visitor_s_hashes_on_two_days_and_of_two_kinds_are_unlike()
    {
        var hashes = Enumerable.Range(0, 1000).SelectMany(id => new[] { VisitorSketch.HashOf(1, (ulong)id, 1), VisitorSketch.HashOf(1, (ulong)id, 2), VisitorSketch.HashOf(2, (ulong)id, 1) }).ToList();
        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        Assert.All(hashes, hash => Assert.InRange(hash, 0UL, (1UL << 40) - 1));
    }

    private static VisitorSketch Of(IEnumerable<int> visitors, int day)
    {
        var sketch = new VisitorSketch();
        foreach (var visitor in visitors)
            sketch.Add(VisitorSketch.HashOf(2, (ulong)visitor, day));
        return sketch;
    }

    private static byte[] Bytes(VisitorSketch sketch)
    {
        var writer = new ByteWriter();
        sketch.Write(writer);
        return writer.Written.ToArray();
    }
}
