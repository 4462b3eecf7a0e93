using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.People;

namespace ShareLinks.Journeys;

/// <summary>An event in somebody's journey: what is needed to find its path anew.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Id">The marketplace's id of it.</param>
/// <param name="Position">Where it stands in the log.</param>
/// <param name="At">When it happened.</param>
/// <param name="User">Who did it.</param>
/// <param name="Visitor">The number of the cookie that it named.</param>
/// <param name="Click">The click that it named.</param>
internal sealed record JourneyEvent(string Type, string Id, ClickId Position, DateTimeOffset At, PersonId? User, ulong? Visitor, ClickId? Click)
{
    private const byte UserFlag = 1;
    private const byte VisitorFlag = 2;
    private const byte ClickFlag = 4;

    /// <summary>By time, then by type and id. The place in the log decides last, since streams have random numbers.</summary>
    public static IComparer<JourneyEvent> InOrder { get; } = Comparer<JourneyEvent>.Create((one, other) =>
        one.At.CompareTo(other.At) is not 0 and var order ? order
        : string.CompareOrdinal(one.Type, other.Type) is not 0 and var byType ? byType
        : string.CompareOrdinal(one.Id, other.Id) is not 0 and var byId ? byId
        : one.Place.CompareTo(other.Place));

    /// <summary>Whose event it is; null when it names neither a user nor a visitor.</summary>
    public Actor? Actor => User is { } user ? Journeys.Actor.Of(user) : Visitor is { } visitor ? Journeys.Actor.OfCookie(visitor) : null;

    private (long, int, int) Place => (Position.Stream, Position.Sequence, Position.Place);

    public void Write(ByteWriter writer)
    {
        writer.Byte((byte)((User is null ? 0 : UserFlag) | (Visitor is null ? 0 : VisitorFlag) | (Click is null ? 0 : ClickFlag)));
        writer.Text(Type);
        writer.Text(Id);
        writer.ClickId(Position);
        writer.SignedNumber(At.ToUnixTimeMilliseconds());
        if (User is { } user)
            writer.UInt64(user.Value);
        if (Visitor is { } visitor)
            writer.UInt64(visitor);
        if (Click is { } click)
            writer.ClickId(click);
    }

    public static JourneyEvent Read(ref ByteReader reader)
    {
        var flags = reader.Byte();
        return new JourneyEvent(
            reader.Text(), reader.Text(), reader.ClickId(), ByteReader.Time(reader.SignedNumber()),
            (flags & UserFlag) == 0 ? null : new PersonId(reader.UInt64()), (flags & VisitorFlag) == 0 ? null : reader.UInt64(), (flags & ClickFlag) == 0 ? null : reader.ClickId());
    }
}
