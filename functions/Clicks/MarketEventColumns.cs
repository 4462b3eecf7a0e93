using ShareLinks.Codes;
using ShareLinks.People;

namespace ShareLinks.Clicks;

/// <summary>The events of a block as bytes: strings, then a column for each field.</summary>
internal static class MarketEventColumns
{
    private const byte CancelledFlag = 1;
    private const byte UserFlag = 2;
    private const byte ClickFlag = 4;
    private const byte VisitorFlag = 8;
    private const byte RefundIdFlag = 16;

    private const decimal Scale = 10_000m;

    /// <summary>An upper bound of what an event adds.</summary>
    public static int MaxBytes(MarketEvent happened) =>
        120 + 3 * (happened.Type.Length + happened.Id.Length + (happened.ListingId?.Length ?? 0) + (happened.Currency?.Length ?? 0) + (happened.RefundId?.Length ?? 0));

    public static void Write(ByteWriter writer, IReadOnlyList<MarketEvent> events)
    {
        var texts = new TextPlaces();
        var body = new ByteWriter();
        foreach (var happened in events)
            body.Number(texts.Of(happened.Type));
        foreach (var happened in events)
            body.Text(happened.Id);
        var previous = 0L;
        foreach (var happened in events)
        {
            body.SignedNumber(happened.At.ToUnixTimeMilliseconds() - previous);
            previous = happened.At.ToUnixTimeMilliseconds();
        }
        foreach (var happened in events)
            body.SignedNumber(happened.ReceivedAt.ToUnixTimeMilliseconds() - happened.At.ToUnixTimeMilliseconds());
        foreach (var happened in events)
        {
            body.Byte((byte)((happened.IsCancelled ? CancelledFlag : 0) | (happened.User is null ? 0 : UserFlag)
                | (happened.Click is null ? 0 : ClickFlag) | (happened.VisitorId is null ? 0 : VisitorFlag) | (happened.RefundId is null ? 0 : RefundIdFlag)));
        }
        foreach (var happened in events)
        {
            if (happened.User is { } user)
                body.UInt64(user.Value);
            if (happened.Click is { } click)
                body.ClickId(click);
            if (happened.VisitorId is { } visitor)
                body.UInt64(visitor);
        }
        foreach (var happened in events)
            body.Number(texts.Of(happened.ListingId));
        foreach (var happened in events)
            body.Amount(happened.Value);
        foreach (var happened in events)
            body.Number(texts.Of(happened.Currency));
        foreach (var happened in events)
            body.Amount(happened.RefundedValue);
        // Last, and for those alone that have one: blocks from before refunds had ids are read alike.
        foreach (var refundId in events.Select(happened => happened.RefundId).OfType<string>())
            body.Text(refundId);

        texts.Write(writer);
        writer.Bytes(body.Written);
    }

    /// <exception cref="InvalidDataException">The bytes are no events'.</exception>
    public static IReadOnlyList<MarketEvent> Read(ref ByteReader reader, int count)
    {
        var strings = TextPlaces.Read(ref reader);
        var type = new string[count];
        for (var i = 0; i < count; i++)
            type[i] = strings[reader.Place(strings.Length)] ?? throw new InvalidDataException("An event has no type.");
        var id = new string[count];
        for (var i = 0; i < count; i++)
            id[i] = reader.Text();
        var at = new DateTimeOffset[count];
        var previous = 0L;
        for (var i = 0; i < count; i++)
            at[i] = ByteReader.Time(previous += reader.SignedNumber());
        var receivedAt = new DateTimeOffset[count];
        for (var i = 0; i < count; i++)
            receivedAt[i] = ByteReader.Time(at[i].ToUnixTimeMilliseconds() + reader.SignedNumber());
        var flags = reader.Column(count);
        var user = new PersonId?[count];
        var click = new ClickId?[count];
        var visitor = new ulong?[count];
        for (var i = 0; i < count; i++)
        {
            if ((flags[i] & UserFlag) != 0)
                user[i] = new PersonId(reader.UInt64());
            if ((flags[i] & ClickFlag) != 0)
                click[i] = reader.ClickId();
            if ((flags[i] & VisitorFlag) != 0)
                visitor[i] = reader.UInt64();
        }
        var listing = new string?[count];
        for (var i = 0; i < count; i++)
            listing[i] = strings[reader.Place(strings.Length)];
        var value = new decimal?[count];
        for (var i = 0; i < count; i++)
            value[i] = reader.Amount();
        var currency = new string?[count];
        for (var i = 0; i < count; i++)
            currency[i] = strings[reader.Place(strings.Length)];
        var refunded = new decimal?[count];
        for (var i = 0; i < count; i++)
            refunded[i] = reader.Amount();
        var events = new MarketEvent[count];
        for (var i = 0; i < count; i++)
        {
            events[i] = new MarketEvent
            {
                Type = type[i],
                Id = id[i],
                At = at[i],
                ReceivedAt = receivedAt[i],
                User = user[i],
                Click = click[i],
                VisitorId = visitor[i],
                ListingId = listing[i],
                Value = value[i],
                Currency = currency[i],
                IsCancelled = (flags[i] & CancelledFlag) != 0,
                RefundedValue = refunded[i],
                RefundId = (flags[i] & RefundIdFlag) != 0 ? reader.Text() : null,
            };
        }
        return events;
    }

    /// <summary>An amount from 0, or none.</summary>
    public static void Amount(this ByteWriter writer, decimal? amount) => writer.Number(amount is { } value ? 1 + (long)(value * Scale) : 0);

    public static decimal? Amount(this ref ByteReader reader) => reader.Number() is var number and > 0 ? (number - 1) / Scale : null;
}
