using ShareLinks.Clicks;
using ShareLinks.Codes;

namespace ShareLinks.Journeys;

/// <summary>What is known of an actor in one month: the latest touches, and who else the actor turned out to be.</summary>
/// <remarks>
/// As bytes: version 1 | joins | count of touches, their ids, and their clicks as a block. What it holds depends on what was put in alone, not on the
/// order: of more than it has room for, the latest stay. Not thread-safe.
/// </remarks>
internal sealed class JourneyMonth
{
    /// <summary>Touches that are kept at most; a path has 200 of up to 90 days.</summary>
    public const int MaxTouches = 400;

    /// <summary>Joins that are kept at most, the latest.</summary>
    public const int MaxJoins = 50;

    /// <summary>Bytes of clicks before compression, by an upper bound, such that a month stays below what a row takes.</summary>
    private const int MaxClickBytes = ClickBlockCodec.MaxPayloadBytes;

    private const byte Version = 1;

    /// <summary>Clicks are checked against a block's key; a journey has none.</summary>
    private static readonly BlockKey NoBlock = new(0, 0);

    private readonly SortedSet<Touch> touches = new(Touch.InOrder);
    private readonly SortedSet<Join> joins = new(Join.InOrder);

    /// <summary>In order.</summary>
    public IReadOnlyCollection<Touch> Touches => touches;

    public IReadOnlyCollection<Join> Joins => joins;

    public void Add(JourneyMonth other)
    {
        foreach (var touch in other.touches)
            Add(touch);
        foreach (var join in other.joins)
            Add(join);
    }

    public void Add(Touch touch)
    {
        touches.Add(touch);
        if (touches.Count > MaxTouches)
            touches.Remove(touches.Min!);
    }

    public void Add(Join join)
    {
        joins.Add(join);
        if (joins.Count > MaxJoins)
            joins.Remove(joins.Min);
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
            Write(writer, join.Click);
            writer.Byte(join.IsVerified ? (byte)1 : (byte)0);
        }
        writer.Number(kept.Count);
        foreach (var touch in kept)
            Write(writer, touch.Id);
        if (kept.Count > 0)
            writer.Bytes(ClickBlockCodec.Encode(NoBlock, [.. kept.Select(touch => touch.Click)]));
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
            month.Add(new Join(other, DateTimeOffset.FromUnixTimeMilliseconds(reader.SignedNumber()), ReadId(ref reader), reader.Byte() != 0));
        }
        var ids = new ClickId[reader.Count(MaxTouches)];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = ReadId(ref reader);
        if (ids.Length == 0)
            return month;
        if (!ClickBlockCodec.TryDecode(NoBlock, reader.Rest, out var clicks) || clicks.Count != ids.Length)
            throw new InvalidDataException("The journey's clicks are damaged.");
        for (var i = 0; i < ids.Length; i++)
            month.touches.Add(new Touch(ids[i], clicks[i]));
        return month;
    }

    private static void Write(ByteWriter writer, ClickId id)
    {
        writer.Int48(id.Stream);
        writer.Number(id.Sequence);
        writer.Number(id.Place);
    }

    private static ClickId ReadId(ref ByteReader reader) => new(reader.Int48(), reader.Count(ClickId.MaxSequence), reader.Count(ClickId.MaxPlace));

    /// <summary>The latest touches that have room, in order.</summary>
    private List<Touch> Fitting()
    {
        var kept = new List<Touch>();
        var bytes = 0;
        foreach (var touch in touches.Reverse())
        {
            bytes += ClickBlockCodec.MaxBytes(touch.Click) + ClickBlockCodec.MaxBytes(touch.Click.Link);
            if (bytes > MaxClickBytes)
                break;
            kept.Add(touch);
        }
        kept.Reverse();
        return kept;
    }
}
