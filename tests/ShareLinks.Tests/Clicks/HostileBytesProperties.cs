using Azure.Data.Tables;
using FsCheck;
using FsCheck.Fluent;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Journeys;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

/// <summary>All that reads bytes back from storage: whatever became of them, they are read or named as damaged, and nothing else happens.</summary>
public class HostileBytesProperties
{
    private static readonly BlockKey Key = new(0xabcdef012345, 7);

    [Fact]
    public void Any_block_is_whole_or_no_block()
    {
        var block = ClickBlockCodec.Encode(Key, ClickSamples.Wild(new Random(7), 30), MarketEventSamples.Wild(new Random(7), 10));
        Check([block], bytes => Assert.Equal(bytes.AsSpan().SequenceEqual(block), ClickBlockCodec.TryDecode(Key, bytes, out _)));
    }

    [Fact]
    public void Any_day_is_read_or_named_as_damaged()
    {
        var day = new DayStats { Clicks = 1234, Bots = 5, Misses = 6 };
        for (var i = 0; i < 90; i++)
        {
            day.Hours[i % 24] += i;
            day.Values[i % Dimensions.Count].Add($"value {i}", i + 1);
            day.Visitors.Add(VisitorSketch.HashOf(1, (ulong)i, 20_000));
        }
        Check([day.CountsToBytes()], bytes => DayStats.FromBytes(bytes));
        Check([day.VisitorsToBytes()], bytes => DayStats.FromBytes(day.CountsToBytes(), bytes).Visitors.Count());
    }

    [Fact]
    public void Any_leaders_are_read_or_named_as_damaged() =>
        Check([.. new[] { 5, 400 }.Select(count => DayLeaders.None.With(Enumerable.Range(0, count).Select(i => ($"item-{i}", (long)i + 1))).ToBytes())], bytes => DayLeaders.FromBytes(bytes));

    [Fact]
    public void Any_trees_clicks_are_read_or_named_as_damaged() => Check(
        [.. new[] { 5, 4000 }.Select(count => TreeClicks.None.With([.. Enumerable.Range(0, count).Select(i => new LinkDay(new LinkId(i / 3), new DateOnly(2026, 11, 1).AddDays(i % 3), i % 7 + 1, i % 2))]).ToBytes())],
        bytes => TreeClicks.FromBytes(bytes));

    [Fact]
    public void Any_journey_is_read_or_named_as_damaged()
    {
        var month = new JourneyMonth();
        foreach (var (i, click) in ClickSamples.Wild(new Random(7), 40).Index())
            month.Add(Touch.Of(new ClickId(5, i, 3), click));
        month.Add(new Join(new Actor(ActorKind.Visitor, 9), ClickSamples.Start, new ClickId(1, 2, 0), true));
        Check([month.ToBytes()], bytes => JourneyMonth.FromBytes(bytes));
    }

    [Fact]
    public void Any_paths_are_read_or_named_as_damaged()
    {
        var row = new PathRow();
        foreach (var change in PathRowTests.Changes(new Random(7), 20))
            row.TryApply(change, isLastRow: false);
        Check([row.ToBytes()], bytes => PathRow.FromBytes(bytes).Paths().ToList().Count.ToString(null, null));
    }

    [Fact]
    public void Any_bytes_come_back_from_their_columns() =>
        Prop.ForAll(Arb.From(Hostile.Bytes(new byte[BinaryColumns.MaxColumnBytes], new byte[2 * BinaryColumns.MaxColumnBytes + 1])), bytes =>
        {
            var row = new TableEntity("partition", "row");
            BinaryColumns.Write(row, bytes);
            Assert.True(bytes.AsSpan().SequenceEqual(BinaryColumns.Read(row)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Scale.Of(1000)));

    private static void Check(byte[][] samples, Action<byte[]> read) =>
        Prop.ForAll(Arb.From(Hostile.Bytes(samples)), bytes =>
        {
            try
            {
                read(bytes);
            }
            catch (InvalidDataException)
            {
                // As it is documented.
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Scale.Of(20_000)).WithEndSize(60));
}
