using System.Text.Json;
using ShareLinks.Clicks;
using ShareLinks.Links;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

public class ClickBlockCodecProperties
{
    private static readonly BlockKey Key = new(0xabcdef012345, 7);

    [Fact]
    public void Any_clicks_come_back_as_they_were()
    {
        for (var seed = 0; seed < Scale.Of(1000); seed++)
        {
            var clicks = ClickSamples.Wild(new Random(seed), 1 + seed % ClickBlockCodec.MaxClicks);
            Assert.True(ClickBlockCodec.TryDecode(Key, ClickBlockCodec.Encode(Key, clicks), out var decoded));
            Assert.Equal(clicks.Select(Describe), decoded.Select(Describe));
        }
    }

    [Fact]
    public void Any_events_come_back_as_they_were_with_clicks_or_alone()
    {
        for (var seed = 0; seed < Scale.Of(1000); seed++)
        {
            var random = new Random(seed);
            var clicks = seed % 3 == 0 ? [] : ClickSamples.Wild(random, random.Next(1, 100));
            var events = MarketEventSamples.Wild(random, random.Next(1, 300));
            Assert.True(ClickBlockCodec.TryDecode(Key, ClickBlockCodec.Encode(Key, clicks, events), out var decoded, out var decodedEvents));
            Assert.Equal(clicks.Select(Describe), decoded.Select(Describe));
            Assert.Equal(events, decodedEvents);
        }
    }

    [Theory]
    [InlineData(40, 0)]
    [InlineData(40, 20)]
    [InlineData(0, 20)]
    public void Any_changed_byte_is_detected(int clickCount, int eventCount)
    {
        var block = ClickBlockCodec.Encode(
            Key, [.. ClickSamples.Realistic(new Random(7), () => ClickSamples.Link(5)).Take(clickCount)], MarketEventSamples.Wild(new Random(7), eventCount));
        var random = new Random(7);
        for (var place = 0; place < block.Length; place++)
        {
            var damaged = block.ToArray();
            damaged[place] ^= (byte)random.Next(1, 256);
            Assert.False(ClickBlockCodec.TryDecode(Key, damaged, out var clicks), $"byte {place}");
            Assert.Empty(clicks);
        }
    }

    [Fact]
    public void Any_cut_is_detected()
    {
        var block = ClickBlockCodec.Encode(Key, [.. ClickSamples.Realistic(new Random(7), () => ClickSamples.Link(5)).Take(40)]);
        for (var length = 0; length < block.Length; length++)
        {
            Assert.False(ClickBlockCodec.TryDecode(Key, block.AsSpan(0, length), out _));
            Assert.False(ClickBlockCodec.TryDecode(Key, block.AsSpan(block.Length - length), out _));
        }
        Assert.False(ClickBlockCodec.TryDecode(Key, [.. block, 0], out _));
    }

    [Fact]
    public void A_block_under_another_key_is_refused()
    {
        var block = ClickBlockCodec.Encode(Key, [ClickSamples.One()]);
        Assert.True(ClickBlockCodec.TryDecode(Key, block, out _));
        Assert.False(ClickBlockCodec.TryDecode(Key with { Sequence = 8 }, block, out _));
        Assert.False(ClickBlockCodec.TryDecode(Key with { Stream = 1 }, block, out _));
    }

    [Fact]
    public void Realistic_clicks_take_under_40_bytes_each()
    {
        var random = new Random(7);
        var links = ClickSamples.Links(random, 10_000);
        var clicks = ClickSamples.Realistic(random, ClickSamples.Zipf(random, links)).Take(40 * ClickBlockCodec.MaxClicks).ToList();

        // The names of the properties, the keys and what the service adds, by its own formula: 4 + (keys and names) × 2 bytes, and 8 a property.
        const int overhead = 4 + 2 * (12 + 6) + 5 * 8 + 2 * (5 + 5 + 5 + 4 + 5) + 4 * 8;
        var bytes = clicks.Chunk(ClickBlockCodec.MaxClicks).Sum(block => ClickBlockCodec.Encode(Key, block).Length + overhead);

        var perClick = (double)bytes / clicks.Count;
        TestContext.Current.SendDiagnosticMessage($"bytes a click: {perClick:0.0}");
        Assert.InRange(perClick, 1, 40);
    }

    [Fact]
    public void The_bound_of_a_payload_holds_for_the_largest_clicks()
    {
        // Clicks as large as the rules allow must fit into a row, whatever compression does.
        var random = new Random(7);
        var (clicks, bound) = (new List<Click>(), 0);
        while (true)
        {
            var click = ClickSamples.One(new LinkAttributes(
                new(clicks.Count), Noise(128), new((ulong)random.NextInt64()), Noise(32), Noise(64), Noise(128),
                Enumerable.Range(0, 8).ToDictionary(i => Noise(32), _ => Noise(64)), new(0))) with
            {
                Referrer = Noise(100),
                Language = Noise(35),
                ScanId = Noise(64),
                App = Noise(64),
                VisitorHash = random.NextInt64(1L << 48),
            };
            bound += ClickBlockCodec.MaxBytes(click) + ClickBlockCodec.MaxBytes(click.Link);
            if (bound > ClickBlockCodec.MaxPayloadBytes || clicks.Count == ClickBlockCodec.MaxClicks)
                break;
            clicks.Add(click);
        }
        var block = ClickBlockCodec.Encode(Key, clicks);
        Assert.InRange(block.Length, 1, ShareLinks.Storage.BinaryColumns.MaxBytes);
        Assert.True(ClickBlockCodec.TryDecode(Key, block, out var decoded));
        Assert.Equal(clicks.Count, decoded.Count);

        string Noise(int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)random.Next(0x4e00, 0x9fff))]);
    }

    private static string Describe(Click click) => JsonSerializer.Serialize(click);
}
