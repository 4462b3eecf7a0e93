using ShareLinks.Clicks;
using ShareLinks.Codes;

namespace ShareLinks.Journeys;

/// <summary>What is known of an actor in one month: the latest touches and events, and who else the actor turned out to be.</summary>
/// <remarks>
/// As bytes: version 2 | whether joins were left out | joins | events | openings of the app | count of clicks, their ids, and the clicks as a block. What it holds depends on what was
/// put in alone, not on the order: of more than it has room for, the latest stay. Claims, for which no server of the marketplace vouched, have room of
/// their own, so they drive nothing out. Version 1 did not say whether joins were left out, and had room for 50. Not thread-safe.
/// </remarks>
internal sealed class JourneyMonth
{
    /// <summary>Clicks that are kept at most, besides those whose user is a claim.</summary>
    public const int MaxTouches = 400;

    /// <summary>Clicks whose user is a claim that are kept at most: they count for nothing, and are shown where an event is explained.</summary>
    public const int MaxClaimedTouches = 50;

    /// <summary>Openings of the app that are kept at most: they must not drive out clicks.</summary>
    public const int MaxOpenings = 100;

    /// <summary>Events that are kept at most; the path of an older one stays as it is.</summary>
    public const int MaxEvents = 500;

    /// <summary>Different visitors that a user's month is joined to at most, the latest.</summary>
    public const int MaxVisitors = 100;

    /// <summary>Joins of a visitor's month that are kept at most, the latest: of those to one user in a <see cref="JoinGrain"/> the last.</summary>
    public const int MaxJoins = 1000;

    /// <summary>Joins by claims alone that are kept at most besides.</summary>
    public const int MaxClaimedJoins = 50;

    /// <summary>How close in time a visitor's joins to one user may be to be told apart.</summary>
    public static readonly TimeSpan JoinGrain = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of clicks before compression, by an upper bound, such that a month stays below what a row takes.</summary>
    private const int MaxClickBytes = 400_000;

    private const byte Version = 2;
    private const byte FirstVersion = 1;
    private const int MaxJoinsOfFirstVersion = 50;

    /// <summary>Clicks are checked against a block's key; a journey has none.</summary>
    private static readonly BlockKey NoBlock = new(0, 0);

    private readonly SortedSet<Touch> clicks = new(Touch.InOrder);
    private readonly SortedSet<Touch> claimedClicks = new(Touch.InOrder);
    private readonly SortedSet<Touch> openings = new(Touch.InOrder);
    private readonly SortedSet<JourneyEvent> events = new(JourneyEvent.InOrder);
    private readonly SortedSet<Join> joins = new(Join.InOrder);
    private readonly SortedSet<Join> claimedJoins = new(Join.InOrder);

    /// <summary>The join that is kept of those to one other and, in a visitor's month, in one <see cref="JoinGrain"/>; null before the first.</summary>
    private Dictionary<(Actor Other, long Slot, bool IsVerified), Join>? lastJoins;

    /// <summary>Clicks, then those whose user is a claim, then openings of the app, each in order.</summary>
    public IEnumerable<Touch> Touches => clicks.Concat(claimedClicks.Where(touch => !clicks.Contains(touch))).Concat(openings);

    public IReadOnlyCollection<JourneyEvent> Events => events;

    /// <summary>Those that are vouched for, then claims, each in order.</summary>
    public IEnumerable<Join> Joins => joins.Concat(claimedJoins);

    /// <summary>Whether there were more joins than are kept: then others are known in the months of those who were joined alone.</summary>
    public bool LeftOutJoins { get; private set; }

    public void Add(JourneyMonth other)
    {
        foreach (var touch in other.Touches)
            Add(touch);
        foreach (var happened in other.events)
            Add(happened);
        foreach (var join in other.Joins)
            Add(join);
        LeftOutJoins |= other.LeftOutJoins;
    }

    /// <summary>Adds a touch. Of a click that two reported, the report that was vouched for stands.</summary>
    public void Add(Touch touch)
    {
        if (touch.Click is null)
        {
            Add(openings, touch, MaxOpenings);
            return;
        }
        if (touch.Click is { User: not null, IsUserVerified: false })
            Add(claimedClicks, touch, MaxClaimedTouches);
        else
            Add(clicks, touch, MaxTouches);
    }

    public void Add(JourneyEvent happened) => Add(events, happened, MaxEvents);

    /// <summary>Adds a join. The same said again takes no further place.</summary>
    public void Add(Join join)
    {
        var (kept, max) = !join.IsVerified ? (claimedJoins, MaxClaimedJoins) : (joins, join.IsOfUser ? MaxVisitors : MaxJoins);
        lastJoins ??= [];
        if (lastJoins.TryGetValue(SlotOf(join), out var last))
        {
            if (Join.InOrder.Compare(join, last) <= 0)
                return;
            kept.Remove(last);
        }
        lastJoins[SlotOf(join)] = join;
        kept.Add(join);
        if (kept.Count <= max)
            return;
        var first = kept.Min;
        kept.Remove(first);
        lastJoins.Remove(SlotOf(first));
        LeftOutJoins = true;
    }

    private static (Actor Other, long Slot, bool IsVerified) SlotOf(Join join) => (join.Other, join.IsOfUser ? 0 : join.At.UtcTicks / JoinGrain.Ticks, join.IsVerified);

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
        writer.Byte(LeftOutJoins ? (byte)1 : (byte)0);
        writer.Number(joins.Count + claimedJoins.Count);
        foreach (var join in Joins)
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
        var version = reader.Byte();
        if (version is not (FirstVersion or Version))
            throw new InvalidDataException("The journey has an unknown version.");
        var month = new JourneyMonth { LeftOutJoins = version == Version && reader.Byte() != 0 };
        var left = reader.Count(MaxJoins + MaxClaimedJoins);
        month.LeftOutJoins |= version == FirstVersion && left == MaxJoinsOfFirstVersion;
        for (; left > 0; left--)
        {
            var other = new Actor((ActorKind)reader.Byte(), reader.UInt64());
            month.Add(new Join(other, ByteReader.Time(reader.SignedNumber()), reader.ClickId(), reader.Byte() != 0));
        }
        for (left = reader.Count(MaxEvents); left > 0; left--)
            month.events.Add(JourneyEvent.Read(ref reader));
        for (left = reader.Count(MaxOpenings); left > 0; left--)
            month.openings.Add(new Touch(reader.ClickId(), ByteReader.Time(reader.SignedNumber()), null));
        var ids = new ClickId[reader.Count(MaxTouches + MaxClaimedTouches)];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = reader.ClickId();
        if (ids.Length == 0)
            return month;
        if (!ClickBlockCodec.TryDecode(NoBlock, reader.Rest, out var clicks) || clicks.Count != ids.Length)
            throw new InvalidDataException("The journey's clicks are damaged.");
        for (var i = 0; i < ids.Length; i++)
            month.Add(Touch.Of(ids[i], clicks[i]));
        return month;
    }

    /// <summary>The latest clicks that have room, claims after the others, each in order.</summary>
    private List<Touch> Fitting()
    {
        var kept = new List<Touch>();
        var bytes = 0;
        foreach (var touch in clicks.Reverse().Concat(claimedClicks.Reverse()))
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
