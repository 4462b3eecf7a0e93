using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Clicks;

/// <summary>A block of clicks and events as bytes: by column, with dictionaries, compressed and checksummed.</summary>
/// <remarks>
/// <code>
/// "SL" | version 1 | kind | count, payload length (varints) | payload, Brotli | XxHash3 of stream, sequence and all before (8 bytes)
/// kind 1, clicks alone: strings, links, numbers (64 bits), then a column for each field of a click
/// kind 2, with events:  length of what follows and as kind 1 (length 0: no clicks), count of events, <see cref="MarketEventColumns"/>
/// </code>
/// The checksum covers the block's key, so neither changed bytes nor a block under another block's key decode.
/// </remarks>
public static class ClickBlockCodec
{
    /// <summary>Clicks and events that a block of the log holds at most.</summary>
    public const int MaxClicks = 500;

    /// <summary>Bytes that a block's payload has at most before compression, by the upper bound of <see cref="MaxBytes(Click)"/>.</summary>
    public const int MaxPayloadBytes = 600_000;

    private const byte Version = 1;
    private const byte ClicksKind = 1;
    private const byte EventsKind = 2;
    private const int ChecksumBytes = 8;
    private const int BrotliQuality = 4;
    private const int BrotliWindowBits = 20;
    private const byte BotFlag = 1;
    private const byte PrefetchFlag = 2;
    private const byte VerifiedUserFlag = 4;

    /// <summary>An upper bound of what a click adds to a payload, its link's attributes aside.</summary>
    public static int MaxBytes(Click click) =>
        120 + 3 * (Length(click.App) + Length(click.Os) + Length(click.Device) + Length(click.Country) + Length(click.Language)
            + Length(click.Referrer) + Length(click.ScanId));

    /// <summary>An upper bound of what the first click on a link adds to a payload for it.</summary>
    public static int MaxBytes(LinkAttributes link)
    {
        var characters = Length(link.ListingId) + Length(link.Channel) + Length(link.Campaign) + Length(link.Placement);
        foreach (var (name, value) in link.Tags)
            characters += name.Length + value.Length + 8;
        return 80 + 3 * characters;
    }

    public static byte[] Encode(BlockKey key, IReadOnlyList<Click> clicks) => Encode(key, clicks, []);

    public static byte[] Encode(BlockKey key, IReadOnlyList<Click> clicks, IReadOnlyList<MarketEvent> events)
    {
        ArgumentOutOfRangeException.ThrowIfZero(clicks.Count + events.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clicks.Count, ClickId.MaxPlace);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(events.Count, ClickId.MaxPlace - ClickId.FirstEventPlace);
        var payload = events.Count == 0 ? EncodePayload(clicks) : EncodePayload(clicks, events);
        var block = ArrayPool<byte>.Shared.Rent(32 + BrotliEncoder.GetMaxCompressedLength(payload.Length));
        try
        {
            var head = new ByteWriter();
            head.Byte((byte)'S');
            head.Byte((byte)'L');
            head.Byte(Version);
            head.Byte(events.Count == 0 ? ClicksKind : EventsKind);
            head.Number(clicks.Count);
            head.Number(payload.Length);
            head.Written.CopyTo(block);
            var length = head.Written.Length;
            if (!BrotliEncoder.TryCompress(payload, block.AsSpan(length), out var compressed, BrotliQuality, BrotliWindowBits))
                throw new InvalidOperationException("The compressed block outgrew its bound.");
            length += compressed;
            BinaryPrimitives.WriteUInt64LittleEndian(block.AsSpan(length), Checksum(key, block.AsSpan(0, length)));
            return block[..(length + ChecksumBytes)];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Reads a block back; false when it is damaged or stands under another key than it was written for.</summary>
    public static bool TryDecode(BlockKey key, ReadOnlySpan<byte> block, out IReadOnlyList<Click> clicks) => TryDecode(key, block, out clicks, out _);

    /// <inheritdoc cref="TryDecode(BlockKey, ReadOnlySpan{byte}, out IReadOnlyList{Click})"/>
    public static bool TryDecode(BlockKey key, ReadOnlySpan<byte> block, out IReadOnlyList<Click> clicks, out IReadOnlyList<MarketEvent> events)
    {
        (clicks, events) = ([], []);
        if (block.Length <= ChecksumBytes)
            return false;
        var body = block[..^ChecksumBytes];
        if (Checksum(key, body) != BinaryPrimitives.ReadUInt64LittleEndian(block[^ChecksumBytes..]))
            return false;
        try
        {
            var reader = new ByteReader(body);
            if (reader.Byte() != 'S' || reader.Byte() != 'L' || reader.Byte() != Version || reader.Byte() is var kind && kind is not (ClicksKind or EventsKind))
                return false;
            var count = reader.Count(ClickId.MaxPlace);
            var payload = new byte[reader.Count(2 * MaxPayloadBytes)];
            if (!BrotliDecoder.TryDecompress(reader.Rest, payload, out var length) || length != payload.Length)
                return false;
            if (kind == ClicksKind)
                clicks = DecodePayload(payload, count);
            else
                (clicks, events) = DecodePayloadWithEvents(payload, count);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static byte[] EncodePayload(IReadOnlyList<Click> clicks, IReadOnlyList<MarketEvent> events)
    {
        byte[] clickPayload = clicks.Count == 0 ? [] : EncodePayload(clicks);
        var payload = new ByteWriter();
        payload.Number(clickPayload.Length);
        payload.Bytes(clickPayload);
        payload.Number(events.Count);
        MarketEventColumns.Write(payload, events);
        return payload.Written.ToArray();
    }

    private static (IReadOnlyList<Click> Clicks, IReadOnlyList<MarketEvent> Events) DecodePayloadWithEvents(ReadOnlySpan<byte> payload, int clickCount)
    {
        var reader = new ByteReader(payload);
        var clickPayload = reader.Column(reader.Count(payload.Length));
        IReadOnlyList<Click> clicks = clickCount == 0 ? [] : DecodePayload(clickPayload, clickCount);
        var events = MarketEventColumns.Read(ref reader, reader.Count(ClickId.MaxPlace - ClickId.FirstEventPlace));
        return reader.Rest.Length == 0 ? (clicks, events) : throw new InvalidDataException("The block's payload is longer than its columns.");
    }

    private static ulong Checksum(BlockKey key, ReadOnlySpan<byte> bytes)
    {
        Span<byte> position = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(position, key.Stream);
        BinaryPrimitives.WriteInt32LittleEndian(position[8..], key.Sequence);
        var hash = new XxHash3();
        hash.Append(position);
        hash.Append(bytes);
        return hash.GetCurrentHashAsUInt64();
    }

    private static byte[] EncodePayload(IReadOnlyList<Click> clicks)
    {
        var texts = new TextPlaces();
        var numbers = new Dictionary<ulong, int>();

        // In the order of their ids, so that differences are small. Most clicks on a link share one object, but not those that were read back.
        var objects = clicks.Select(click => click.Link).Distinct(ReferenceEqualityComparer.Instance).Cast<LinkAttributes>().ToArray();
        var links = objects.Distinct(LinkAttributes.ByValue).OrderBy(link => link.Id.Value).ToArray();
        var places = links.Index().ToDictionary(link => link.Item, link => link.Index, LinkAttributes.ByValue);
        var linkPlaces = objects.ToDictionary<LinkAttributes, object, int>(link => link, link => places[link], ReferenceEqualityComparer.Instance);

        var body = new ByteWriter();
        body.Number(links.Length);
        var previous = 0L;
        foreach (var link in links)
        {
            body.Number(link.Id.Value - previous);
            previous = link.Id.Value;
        }
        foreach (var link in links)
            body.SignedNumber(link.Root.Value - link.Id.Value);
        foreach (var link in links)
            body.Number(texts.Of(link.ListingId));
        foreach (var link in links)
            body.Number(NumberPlace(link.Sharer?.Value));
        foreach (var link in links)
            body.Number(texts.Of(link.Channel));
        foreach (var link in links)
            body.Number(texts.Of(link.Campaign));
        foreach (var link in links)
            body.Number(texts.Of(link.Placement));
        foreach (var link in links)
        {
            body.Number(link.Tags.Count);
            foreach (var (name, value) in link.Tags)
            {
                body.Number(texts.Of(name));
                body.Number(texts.Of(value));
            }
        }

        previous = 0;
        foreach (var click in clicks)
        {
            body.SignedNumber(click.At.ToUnixTimeMilliseconds() - previous);
            previous = click.At.ToUnixTimeMilliseconds();
        }
        foreach (var click in clicks)
            body.SignedNumber(click.ReceivedAt.ToUnixTimeMilliseconds() - click.At.ToUnixTimeMilliseconds());
        foreach (var click in clicks)
            body.Number(linkPlaces[click.Link]);
        foreach (var click in clicks)
            body.Byte((byte)click.Entry);
        foreach (var click in clicks)
            body.Byte((byte)click.Match);
        foreach (var click in clicks)
            body.Byte((byte)click.Action);
        foreach (var click in clicks)
            body.Byte((byte)((click.IsBot ? BotFlag : 0) | (click.IsPrefetch ? PrefetchFlag : 0) | (click.IsUserVerified ? VerifiedUserFlag : 0)));
        foreach (var click in clicks)
            body.Number(texts.Of(click.App));
        foreach (var click in clicks)
            body.Number(texts.Of(click.Os));
        foreach (var click in clicks)
            body.Number(texts.Of(click.Device));
        foreach (var click in clicks)
            body.Number(texts.Of(click.Country));
        foreach (var click in clicks)
            body.Number(texts.Of(click.Language));
        foreach (var click in clicks)
            body.Number(texts.Of(click.Referrer));
        foreach (var click in clicks)
            body.Number(texts.Of(click.ScanId));
        foreach (var click in clicks)
            body.Number(NumberPlace(click.User?.Value));
        foreach (var click in clicks)
            body.Number(NumberPlace(click.VisitorId));
        if (clicks.Any(click => click.VisitorHash != 0))
        {
            body.Byte(1);
            foreach (var click in clicks)
                body.Int48(click.VisitorHash);
        }
        else
        {
            body.Byte(0);
        }
        ClickIds(click => click.Continues);
        ClickIds(click => click.ForwardedFrom);

        var payload = new ByteWriter();
        texts.Write(payload);
        payload.Number(numbers.Count);
        foreach (var number in numbers.Keys)
            payload.UInt64(number);
        payload.Bytes(body.Written);
        return payload.Written.ToArray();

        // As for texts: in the order of insertion, place 0 is "none".
        int NumberPlace(ulong? number)
        {
            if (number is not { } value)
                return 0;
            if (!numbers.TryGetValue(value, out var place))
                numbers.Add(value, place = numbers.Count + 1);
            return place;
        }

        void ClickIds(Func<Click, ClickId?> field)
        {
            body.Number(clicks.Count(click => field(click) is not null));
            var last = 0;
            for (var i = 0; i < clicks.Count; i++)
            {
                if (field(clicks[i]) is not { } id)
                    continue;
                body.Number(i - last);
                last = i;
                body.ClickId(id);
            }
        }
    }

    private static Click[] DecodePayload(ReadOnlySpan<byte> payload, int count)
    {
        var reader = new ByteReader(payload);
        var strings = TextPlaces.Read(ref reader);
        var numbers = new ulong?[reader.Count(payload.Length) + 1];
        for (var i = 1; i < numbers.Length; i++)
            numbers[i] = reader.UInt64();

        var links = DecodeLinks(ref reader, strings, numbers, payload.Length);

        var at = new long[count];
        var previous = 0L;
        for (var i = 0; i < count; i++)
            at[i] = previous += reader.SignedNumber();
        var receivedAt = new long[count];
        for (var i = 0; i < count; i++)
            receivedAt[i] = at[i] + reader.SignedNumber();
        var link = new LinkAttributes[count];
        for (var i = 0; i < count; i++)
            link[i] = links[reader.Place(links.Length)];
        var entry = reader.Column(count);
        var match = reader.Column(count);
        var action = reader.Column(count);
        var flags = reader.Column(count);
        var app = Strings(ref reader);
        var os = Strings(ref reader);
        var device = Strings(ref reader);
        var country = Strings(ref reader);
        var language = Strings(ref reader);
        var referrer = Strings(ref reader);
        var scanId = Strings(ref reader);
        var user = Numbers(ref reader);
        var visitorId = Numbers(ref reader);
        var visitorHash = new long[count];
        if (reader.Byte() != 0)
        {
            for (var i = 0; i < count; i++)
                visitorHash[i] = reader.Int48();
        }
        var continues = ClickIds(ref reader);
        var forwardedFrom = ClickIds(ref reader);
        if (reader.Rest.Length > 0)
            throw new InvalidDataException("The block's payload is longer than its columns.");

        var clicks = new Click[count];
        for (var i = 0; i < count; i++)
        {
            clicks[i] = new Click
            {
                Link = link[i],
                At = ByteReader.Time(at[i]),
                ReceivedAt = ByteReader.Time(receivedAt[i]),
                Entry = (ClickEntry)entry[i],
                Match = (ClickMatch)match[i],
                Action = (ClickAction)action[i],
                IsBot = (flags[i] & BotFlag) != 0,
                IsPrefetch = (flags[i] & PrefetchFlag) != 0,
                IsUserVerified = (flags[i] & VerifiedUserFlag) != 0,
                App = app[i],
                Os = os[i],
                Device = device[i],
                Country = country[i],
                Language = language[i],
                Referrer = referrer[i],
                ScanId = scanId[i],
                User = user[i] is { } number ? new PersonId(number) : null,
                VisitorId = visitorId[i],
                VisitorHash = visitorHash[i],
                Continues = continues[i],
                ForwardedFrom = forwardedFrom[i],
            };
        }
        return clicks;

        string?[] Strings(ref ByteReader reader)
        {
            var column = new string?[count];
            for (var i = 0; i < count; i++)
                column[i] = strings[reader.Place(strings.Length)];
            return column;
        }

        ulong?[] Numbers(ref ByteReader reader)
        {
            var column = new ulong?[count];
            for (var i = 0; i < count; i++)
                column[i] = numbers[reader.Place(numbers.Length)];
            return column;
        }

        ClickId?[] ClickIds(ref ByteReader reader)
        {
            var column = new ClickId?[count];
            var place = 0;
            for (var left = reader.Count(count); left > 0; left--)
            {
                place += reader.Place(count - place);
                column[place] = reader.ClickId();
            }
            return column;
        }
    }

    private static LinkAttributes[] DecodeLinks(ref ByteReader reader, string?[] strings, ulong?[] numbers, int maxCount)
    {
        var count = reader.Count(maxCount);
        var ids = new long[count];
        var previous = 0L;
        for (var i = 0; i < count; i++)
            ids[i] = previous += reader.Number();
        var roots = new long[count];
        for (var i = 0; i < count; i++)
            roots[i] = ids[i] + reader.SignedNumber();
        var places = new int[5][];
        for (var column = 0; column < places.Length; column++)
        {
            places[column] = new int[count];
            for (var i = 0; i < count; i++)
                places[column][i] = reader.Place(column == 1 ? numbers.Length : strings.Length);
        }
        var links = new LinkAttributes[count];
        for (var i = 0; i < count; i++)
        {
            var tags = LinkAttributes.NoTags;
            if (reader.Count(maxCount) is var tagCount and > 0)
            {
                var named = new Dictionary<string, string>(StringComparer.Ordinal);
                for (; tagCount > 0; tagCount--)
                    named[strings[reader.Place(strings.Length)] ?? ""] = strings[reader.Place(strings.Length)] ?? "";
                tags = named;
            }
            links[i] = new LinkAttributes(
                new LinkId(ids[i]), strings[places[0][i]], numbers[places[1][i]] is { } sharer ? new PersonId(sharer) : null,
                strings[places[2][i]], strings[places[3][i]], strings[places[4][i]], tags, new LinkId(roots[i]));
        }
        return links;
    }

    private static int Length(string? text) => text?.Length ?? 0;
}
