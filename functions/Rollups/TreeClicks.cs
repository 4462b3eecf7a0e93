using System.IO.Hashing;
using System.Numerics;
using ShareLinks.Clicks;
using ShareLinks.Codes;

namespace ShareLinks.Rollups;

/// <summary>What a link of a share tree had on a day.</summary>
/// <param name="Link">The link.</param>
/// <param name="Day">The day.</param>
/// <param name="Clicks">Openings by people that led somewhere; 0 for a root, whose own are in the statistics.</param>
/// <param name="Forwards">Those by visitors who had been passed another visit's address or text; a root's too.</param>
internal readonly record struct LinkDay(LinkId Link, DateOnly Day, long Clicks, long Forwards);

/// <summary>The clicks of some links of a share tree, by link and day. Immutable.</summary>
/// <remarks>
/// <para>As bytes, packed: version 1 | <see cref="Since"/> | clicks and forwards of <see cref="Others"/>, and, where there are any, the limit of hashes
/// | the first of all days | count of links, then for each the distance of its id from the one before, and count of days, then for each the distance from
/// the one before (from the first of all days where it is the link's first), and clicks × 2, plus 1 where forwards follow.</para>
/// <para>What does not fit is seen more coarsely: first the earliest days, as many as need be, are not kept apart; where one day for each link is too
/// much, no days are; and then only as many links as fit are, those with the smallest hashes. How coarsely depends on all that was put in, not on the
/// order or the steps: what does not fit never will with more added, and a coarse view is the same whether it was made of clicks or of finer views.</para>
/// <para>There is room for 70,000 links with one day each, or 7,200 with 30.</para>
/// </remarks>
internal sealed class TreeClicks
{
    /// <summary>Bytes before compression, by an upper bound; a row has room for as many and for what compression adds where it gains nothing.</summary>
    private const int MaxBytes = 700_000;

    /// <summary>A link's id, of which no more than 32 take a sixth byte, and its count of days.</summary>
    private const int MaxLinkBytes = 5 + 2;

    /// <summary>A day's number, as long as no clicks are 44 years apart.</summary>
    private const int MaxDayBytes = 2;

    private const int MaxPlainBytes = 300;
    private const int MaxDecodedBytes = 1024 * 1024;
    private const int BrotliQuality = 4;
    private const int BrotliWindowBits = 16;
    private const byte Version = 1;

    /// <summary>Hashes from here on are not kept apart.</summary>
    private readonly ulong limit;

    private TreeClicks(IReadOnlyList<LinkDay> days, DateOnly since, ulong limit, (long Clicks, long Forwards) others) =>
        (Days, Since, this.limit, Others) = (days, since, limit, others);

    public static TreeClicks None { get; } = new([], default, ulong.MaxValue, default);

    /// <summary>By link, then by day.</summary>
    public IReadOnlyList<LinkDay> Days { get; }

    /// <summary>
    /// The first day that is kept apart: what a link had before is counted on the day before this one. <see cref="DateOnly.MinValue"/> when all are,
    /// <see cref="DateOnly.MaxValue"/> when none are.
    /// </summary>
    public DateOnly Since { get; }

    /// <summary>What links had that are not kept apart, on whatever days.</summary>
    public (long Clicks, long Forwards) Others { get; }

    /// <summary>These clicks and more.</summary>
    /// <param name="added">Any links and days, known ones or not.</param>
    /// <param name="maxBytes">The room that there is.</param>
    public TreeClicks With(IEnumerable<LinkDay> added, int maxBytes = MaxBytes)
    {
        var since = Since;
        var days = InOrder(Days.Concat(added), since);
        while (BytesOf(days) > maxBytes && since != DateOnly.MaxValue)
        {
            since = days.Where(day => day.Day >= since).Select(day => day.Day.AddDays(1)).DefaultIfEmpty(DateOnly.MaxValue).Min();
            days = InOrder(days, since);
        }
        if (since != DateOnly.MaxValue)
            return new TreeClicks(days, since, limit, Others);
        var kept = limit;
        var bytes = 0;
        foreach (var day in days.OrderBy(day => Hash(day.Link)))
        {
            bytes += MaxLinkBytes + BytesOf(day);
            if (bytes > maxBytes)
            {
                kept = Math.Min(kept, Hash(day.Link));
                break;
            }
        }
        var others = Others;
        foreach (var day in days.Where(day => Hash(day.Link) >= kept))
            others = (others.Clicks + day.Clicks, others.Forwards + day.Forwards);
        return new TreeClicks([.. days.Where(day => Hash(day.Link) < kept)], since, kept, others);
    }

    /// <summary>What the links had from one day to before another. Where days are not kept apart, that may be more, or less.</summary>
    public IEnumerable<LinkDay> Between(DateOnly from, DateOnly to) =>
        Since == DateOnly.MaxValue ? Days : Days.Where(day => day.Day >= from && day.Day < to);

    /// <summary>The days before <paramref name="end"/>. Those that are not kept apart go with the last of them.</summary>
    public TreeClicks Before(DateOnly end) => new([.. Days.Where(day => day.Day < end)], Since <= end ? Since : default, ulong.MaxValue, default);

    public byte[] ToBytes()
    {
        var writer = new ByteWriter();
        writer.Byte(Version);
        writer.Number(Since.DayNumber);
        writer.Number(Others.Clicks);
        writer.Number(Others.Forwards);
        if (Others != default)
            writer.UInt64(limit);
        var first = Days.Count == 0 ? 0 : Days.Min(day => day.Day.DayNumber);
        writer.Number(first);
        writer.Number(Days.CountBy(day => day.Link).Count());
        var before = default(LinkDay);
        foreach (var (place, day) in Days.Index())
        {
            var isNew = place == 0 || day.Link != before.Link;
            if (isNew)
            {
                writer.Number(day.Link.Value - before.Link.Value);
                var count = 1;
                while (place + count < Days.Count && Days[place + count].Link == day.Link)
                    count++;
                writer.Number(count);
            }
            writer.Number(day.Day.DayNumber - (isNew ? first : before.Day.DayNumber));
            writer.Number(NumberOf(day));
            if (day.Forwards > 0)
                writer.Number(day.Forwards);
            before = day;
        }
        return Packed.Of(writer.Written, MaxPlainBytes, BrotliQuality, BrotliWindowBits);
    }

    /// <exception cref="InvalidDataException">The bytes are no such clicks.</exception>
    public static TreeClicks FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(Packed.Open(bytes, MaxDecodedBytes));
        if (reader.Byte() != Version)
            throw new InvalidDataException("The share tree's clicks have an unknown version.");
        var since = ReadDay(ref reader, 0);
        var others = (reader.Number(), reader.Number());
        var limit = others == default ? ulong.MaxValue : reader.UInt64();
        var first = ReadDay(ref reader, 0);
        var days = new List<LinkDay>();
        var link = 0L;
        for (var links = reader.Count(MaxDecodedBytes); links > 0; links--)
        {
            link += reader.Number();
            var day = first;
            for (var count = reader.Count(MaxDecodedBytes); count > 0; count--)
            {
                day = ReadDay(ref reader, day.DayNumber);
                var clicks = reader.Number();
                days.Add(new LinkDay(new LinkId(link), day, clicks >> 1, (clicks & 1) == 0 ? 0 : reader.Number()));
            }
        }
        return new TreeClicks(days, since, limit, others);
    }

    private static DateOnly ReadDay(ref ByteReader reader, int before) =>
        DateOnly.FromDayNumber(before + reader.Count(DateOnly.MaxValue.DayNumber - before));

    /// <summary>Each link's days once, those before <paramref name="since"/> as the day before it.</summary>
    private static List<LinkDay> InOrder(IEnumerable<LinkDay> days, DateOnly since)
    {
        var ordered = new List<LinkDay>();
        foreach (var day in days.Select(day => day.Day < since ? day with { Day = since.AddDays(-1) } : day).OrderBy(day => day.Link.Value).ThenBy(day => day.Day))
        {
            if (ordered is [.., var last] && (last.Link, last.Day) == (day.Link, day.Day))
                ordered[^1] = last with { Clicks = last.Clicks + day.Clicks, Forwards = last.Forwards + day.Forwards };
            else
                ordered.Add(day);
        }
        return ordered;
    }

    /// <summary>The bytes that these take at most. It does not matter which days they are, so days that are not kept apart may be put on any.</summary>
    private static int BytesOf(List<LinkDay> ordered)
    {
        var bytes = 0;
        for (var i = 0; i < ordered.Count; i++)
            bytes += BytesOf(ordered[i]) + (i == 0 || ordered[i].Link != ordered[i - 1].Link ? MaxLinkBytes : 0);
        return bytes;
    }

    private static int BytesOf(LinkDay day) => MaxDayBytes + LengthOf(NumberOf(day)) + (day.Forwards > 0 ? LengthOf(day.Forwards) : 0);

    /// <summary>The bytes of <see cref="ByteWriter.Number"/>.</summary>
    private static int LengthOf(long number) => 1 + BitOperations.Log2((ulong)number) / 7;

    private static long NumberOf(LinkDay day) => 2 * day.Clicks + (day.Forwards > 0 ? 1 : 0);

    private static ulong Hash(LinkId link) => XxHash3.HashToUInt64(BitConverter.GetBytes(link.Value));
}
