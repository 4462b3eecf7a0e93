using ShareLinks.Clicks;
using ShareLinks.Codes;

namespace ShareLinks.Journeys;

/// <summary>What is known of an actor in one month: the latest touches and events, and who else the actor turned out to be.</summary>
/// <remarks>
/// As bytes: version 1 | joins | events | openings of the app | count of clicks, their ids, and the clicks as a block. What it holds depends on what was
/// put in alone, not on the order: of more than it has room for, the latest stay. Not thread-safe.
/// </remarks>
internal sealed class JourneyMonth
{
    /// <summary>Clicks that are kept at most.</summary>
    public const int MaxTouches = 400;

    /// <summary>Openings of the app that are kept at most: they must not drive out clicks.</summary>
    public const int MaxOpenings = 100;

    /// <summary>Events that are kept at most; the path of an older one stays as it is.</summary>
    public const int MaxEvents = 500;

    /// <summary>Joins that are kept at most, the latest.</summary>
    public const int MaxJoins = 50;

    /// <summary>Bytes of clicks before compression, by an upper bound, such that a month stays below what a row takes.</summary>
    private const int MaxClickBytes = 400_000;

    private const byte Version = 1;

    /// <summary>Clicks are checked against a block's key; a journey has none.</summary>
    private static readonly BlockKey NoBlock = new(0, 0);

    private readonly SortedSet<Touch> clicks = new(Touch.InOrder);
    private readonly SortedSet<Touch> openings = new(Touch.InOrder);
    private readonly SortedSet<JourneyEvent> events = new(JourneyEvent.InOrder);
    private readonly SortedSet<Join> joins = new(Join.InOrder);

    /// <summary>Clicks, then openings of the app, each in order.</summary>
    public IEnumerable<Touch> Touches => clicks.Concat(openings);

    public IReadOnlyCollection<JourneyEvent> Events => events;

    public IReadOnlyCollection<Join> Joins => joins;

    public void Add(JourneyMonth other)
    {
        foreach (var touch in other.Touches)
            Add(touch);
        foreach (var happened in other.events)
            Add(happened);
        foreach (var join in other.joins)
            Add(join);
    }

    /// <summary>Adds a touch. Of a click that two told of, the word that was vouched for stands.</summary>
    public void Add(Touch touch)
    {
        if (touch.Click is null)
        {
            Add(openings, touch, MaxOpenings);
            return;
        }
        if (touch.Click.IsUserVerified && clicks.TryGetValue(touch, out var told) && !told.Click!.IsUserVerified)
            clicks.Remove(told);
        Add(clicks, touch, MaxTouches);
    }

    public void Add(JourneyEvent happened) => Add(events, happened, MaxEvents);

    public void Add(Join join) => Add(joins, join, MaxJoins);

    private static void Add<T>(SortedSet<T> kept, T added, int max)
    {
        kept.Add(added);
        if (kept.Count > max)
            kept.Remove(kept.Min!);
    }

    public byte[] ToBytes()
    {
        var kept = Fitting();
        var writer = new ByteWriter();
        writer.Byte(Version);
        writer.Number(joins.Count);
        foreach (var join in joins)
        {
            writer.Byte((byte)join.Other.Kind);
            writer.UInt64(join.Other.Number);
            writer.SignedNumber(join.At.ToUnixTimeMilliseconds());
            writer.ClickId(join.By);
            writer.Byte(join.IsVerified ? (byte)1 : (byte)0);
        }
        writer.Number(events.Count);
        foreach (var happened in events)
            happened.Write(writer);
        writer.Number(openings.Count);
        foreach (var opening in openings)
        {
            writer.ClickId(opening.Id);
            writer.SignedNumber(opening.At.ToUnixTimeMilliseconds());
        }
        writer.Number(kept.Count);
        foreach (var touch in kept)
            writer.ClickId(touch.Id);
        if (kept.Count > 0)
            writer.Bytes(ClickBlockCodec.Encode(NoBlock, [.. kept.Select(touch => touch.Click!)]));
        return writer.Written.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no month's.</exception>
    public static JourneyMonth FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        if (reader.Byte() != Version)
            throw new InvalidDataException("The journey has an unknown version.");
        var month = new JourneyMonth();
        for (var left = reader.Count(MaxJoins); left > 0; left--)
        {
            var other = new Actor((ActorKind)reader.Byte(), reader.UInt64());
            month.joins.Add(new Join(other, ByteReader.Time(reader.SignedNumber()), reader.ClickId(), reader.Byte() != 0));
        }
        for (var left = reader.Count(MaxEvents); left > 0; left--)
            month.events.Add(JourneyEvent.Read(ref reader));
        for (var left = reader.Count(MaxOpenings); left > 0; left--)
            month.openings.Add(new Touch(reader.ClickId(), ByteReader.Time(reader.SignedNumber()), null));
        var ids = new ClickId[reader.Count(MaxTouches)];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = reader.ClickId();
        if (ids.Length == 0)
            return month;
        if (!ClickBlockCodec.TryDecode(NoBlock, reader.Rest, out var clicks) || clicks.Count != ids.Length)
            throw new InvalidDataException("The journey's clicks are damaged.");
        for (var i = 0; i < ids.Length; i++)
            month.clicks.Add(Touch.Of(ids[i], clicks[i]));
        return month;
    }

    /// <summary>The latest clicks that have room, in order.</summary>
    private List<Touch> Fitting()
    {
        var kept = new List<Touch>();
        var bytes = 0;
        foreach (var touch in clicks.Reverse())
        {
            bytes += ClickBlockCodec.MaxBytes(touch.Click!) + ClickBlockCodec.MaxBytes(touch.Click!.Link);
            if (bytes > MaxClickBytes)
                break;
            kept.Add(touch);
        }
        kept.Reverse();
        return kept;
    }
}
