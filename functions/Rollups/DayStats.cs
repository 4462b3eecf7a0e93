using ShareLinks.Clicks;
using ShareLinks.Reporting;

namespace ShareLinks.Rollups;

/// <summary>What is known of one subject on one day.</summary>
/// <remarks>
/// As bytes, in two parts, since questions need no sketch: counts, as format (0 plain, 1 Brotli) | clicks bots prefetches misses visitors | hours
/// (count, then each) | a list of values and counts for each dimension; and the sketch of visitors, in the same formats. Equal days have equal
/// bytes. Not thread-safe.
/// </remarks>
internal sealed class DayStats
{
    /// <summary>Bytes that are not worth compressing: a question unpacks up to a day's for each day, and few are longer.</summary>
    private const int MaxPlainBytes = 1500;

    private const int MaxDecodedBytes = 256 * 1024;
    private const int BrotliQuality = 4;
    private const int BrotliWindowBits = 16;

    /// <summary>Openings by people that led somewhere.</summary>
    public long Clicks { get; set; }

    /// <summary>Openings by programs.</summary>
    public long Bots { get; set; }

    /// <summary>Openings by browsers ahead of people.</summary>
    public long Prefetches { get; set; }

    /// <summary>Openings by people that led nowhere.</summary>
    public long Misses { get; set; }

    /// <summary><see cref="Clicks"/> by hour of the day, from its start.</summary>
    public long[] Hours { get; } = new long[ReportingZone.MaxHours];

    /// <summary><see cref="Clicks"/> by each <see cref="Dimension"/>.</summary>
    public ValueCounts[] Values { get; } = [.. Enumerable.Range(0, Dimensions.Count).Select(dimension => new ValueCounts((Dimension)dimension))];

    /// <summary>The people behind <see cref="Clicks"/>; empty when only the counts were read.</summary>
    public VisitorSketch Visitors { get; private set; } = new();

    /// <summary>How many they were when the counts were written.</summary>
    public long VisitorCount { get; private set; }

    public byte[] CountsToBytes()
    {
        var writer = new ByteWriter();
        writer.Number(Clicks);
        writer.Number(Bots);
        writer.Number(Prefetches);
        writer.Number(Misses);
        writer.Number(Visitors.Count());
        var hours = Hours.AsSpan().LastIndexOfAnyExcept(0) + 1;
        writer.Number(hours);
        foreach (var count in Hours.AsSpan(0, hours))
            writer.Number(count);
        foreach (var values in Values)
            values.Write(writer);
        return Packed.Of(writer.Written, MaxPlainBytes, BrotliQuality, BrotliWindowBits);
    }

    public byte[] VisitorsToBytes()
    {
        var writer = new ByteWriter();
        Visitors.Write(writer);
        return Packed.Of(writer.Written, MaxPlainBytes, BrotliQuality, BrotliWindowBits);
    }

    /// <summary>Reads a day back, its visitors only where their bytes are given.</summary>
    /// <exception cref="InvalidDataException">The bytes are no day's.</exception>
    public static DayStats FromBytes(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> visitors = default)
    {
        var reader = new ByteReader(Packed.Open(counts, MaxDecodedBytes));
        var day = new DayStats { Clicks = reader.Number(), Bots = reader.Number(), Prefetches = reader.Number(), Misses = reader.Number(), VisitorCount = reader.Number() };
        var hours = reader.Count(ReportingZone.MaxHours);
        for (var hour = 0; hour < hours; hour++)
            day.Hours[hour] = reader.Number();
        foreach (var values in day.Values)
            values.Read(ref reader);
        if (!visitors.IsEmpty)
        {
            var sketch = new ByteReader(Packed.Open(visitors, MaxDecodedBytes));
            day.Visitors = VisitorSketch.Read(ref sketch);
        }
        return day;
    }
}
