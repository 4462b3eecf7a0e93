using ShareLinks.Clicks;
using ShareLinks.Events;

namespace ShareLinks.Journeys;

/// <summary>Some of a day's events of one type, each with its path.</summary>
/// <remarks>
/// As bytes: version 2 | whether it is closed | length of the head | the head, packed: strings, and a column for each field of the events, their refunds
/// and the ids of their touches | the clicks as a block. Events stand in the order of their time. Version 1 had one refund an event, without its currency,
/// and did not know whether it was closed. Not thread-safe.
/// </remarks>
internal sealed class PathRow
{
    /// <summary>What a row takes in, by the upper bound of <see cref="Entry.Weight"/>; further events go to another row.</summary>
    public const int MaxAccepted = 400_000;

    /// <summary>What it grows to at most by what comes later to the events that it has; beyond it, the earliest touches of the longest paths are left out.</summary>
    private const int MaxWeight = ClickBlockCodec.MaxPayloadBytes;

    private const byte Version = 2;
    private const byte FirstVersion = 1;
    private const int MaxHeadBytes = 4_000_000;
    private const int MaxPlainBytes = 200;
    private const int BrotliQuality = 4;
    private const int BrotliWindowBits = 18;

    private const byte EventFlag = 1;
    private const byte CancelledFlag = 2;

    /// <summary>Clicks are checked against a block's key; a path has none.</summary>
    private static readonly BlockKey NoBlock = new(0, 0);

    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether it refused an event, and so refuses all further ones: what comes later to one that went to another row finds it there, and makes no second
    /// entry here.
    /// </summary>
    private bool isClosed;

    /// <summary>The sum of the entries'; computed when first used, since reading does not need it.</summary>
    private int? weight;

    private int Weight => weight ??= entries.Values.Sum(entry => entry.Weight);

    public bool Contains(string id) => entries.ContainsKey(id);

    /// <summary>Puts a change in; false when it is one to an event that is not here, and there is no room for more.</summary>
    public bool TryApply(PathChange change, bool isLastRow)
    {
        if (!entries.TryGetValue(change.Id, out var entry))
        {
            entry = new Entry(change.Id, change.At);
            entry.Apply(change);
            isClosed |= !isLastRow && entries.Count > 0 && Weight + entry.Weight > MaxAccepted;
            if (isClosed)
                return false;
            weight = Weight + entry.Weight;
            entries.Add(change.Id, entry);
            return true;
        }
        var others = Weight - entry.Weight;
        entry.Apply(change);
        weight = others + entry.Weight;
        return true;
    }

    /// <summary>The events that were reported, in the order of their time.</summary>
    public IEnumerable<StoredPath> Paths() => InOrder().Select(entry => entry.ToPath()).OfType<StoredPath>();

    /// <summary>The event with the given id; null when it is not here.</summary>
    public StoredPath? Find(string id) => entries.GetValueOrDefault(id)?.ToPath();

    public byte[] ToBytes()
    {
        for (var max = entries.Values.Select(entry => entry.Touches.Count).DefaultIfEmpty().Max(); Weight > MaxWeight && max > 0; max = max * 9 / 10)
        {
            foreach (var entry in entries.Values)
                entry.KeepLatest(max);
            weight = null;
        }
        var all = InOrder().ToArray();
        var texts = new TextPlaces();
        var columns = new ByteWriter();
        var clicks = new List<Click>();
        var previous = 0L;
        foreach (var entry in all)
            columns.Text(entry.Id);
        foreach (var entry in all)
        {
            columns.SignedNumber(entry.At.ToUnixTimeMilliseconds() - previous);
            previous = entry.At.ToUnixTimeMilliseconds();
        }
        foreach (var entry in all)
            columns.Byte((byte)((entry.Event is null ? 0 : EventFlag) | (entry.IsCancelled ? CancelledFlag : 0)));
        foreach (var entry in all)
            columns.Number(texts.Of(entry.Event?.ListingId));
        foreach (var entry in all)
            columns.Number(texts.Of(entry.Event?.Currency));
        foreach (var entry in all)
            columns.Amount(entry.Event?.Value);
        foreach (var entry in all)
            columns.Amount(entry.Event?.RefundedAtFirst);
        foreach (var entry in all)
            columns.Number(entry.Refunds.Count);
        foreach (var refund in all.SelectMany(entry => entry.Refunds))
        {
            columns.Number(texts.Of(refund.Id));
            columns.Amount(refund.Amount);
            columns.Number(texts.Of(refund.Currency));
        }
        foreach (var entry in all)
            columns.Number(entry.Touches.Count);
        foreach (var touch in all.SelectMany(entry => entry.Touches))
        {
            columns.ClickId(touch.Id);
            if (touch.Click is not { } click)
            {
                columns.Number(1 + touch.At.ToUnixTimeMilliseconds());
                continue;
            }
            columns.Number(0);
            clicks.Add(click);
        }
        var head = new ByteWriter();
        texts.Write(head);
        head.Number(all.Length);
        head.Bytes(columns.Written);

        var packed = Packed.Of(head.Written, MaxPlainBytes, BrotliQuality, BrotliWindowBits);
        var row = new ByteWriter();
        row.Byte(Version);
        row.Byte(isClosed ? (byte)1 : (byte)0);
        row.Number(packed.Length);
        row.Bytes(packed);
        if (clicks.Count > 0)
            row.Bytes(ClickBlockCodec.Encode(NoBlock, clicks));
        return row.Written.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no row's.</exception>
    public static PathRow FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var version = reader.Byte();
        if (version is not (FirstVersion or Version))
            throw new InvalidDataException("The paths have an unknown version.");
        // One of the first version may have refused an event.
        var isClosed = version == FirstVersion || reader.Byte() != 0;
        var head = new ByteReader(Packed.Open(reader.Column(reader.Count(bytes.Length)), MaxHeadBytes));
        IReadOnlyList<Click> clicks = [];
        if (reader.Rest.Length > 0 && !ClickBlockCodec.TryDecode(NoBlock, reader.Rest, out clicks))
            throw new InvalidDataException("The paths' clicks are damaged.");

        var strings = TextPlaces.Read(ref head);
        var count = head.Count(head.Rest.Length);
        var ids = new string[count];
        for (var i = 0; i < count; i++)
            ids[i] = head.Text();
        var all = new Entry[count];
        var previous = 0L;
        for (var i = 0; i < count; i++)
            all[i] = new Entry(ids[i], ByteReader.Time(previous += head.SignedNumber()));
        var flags = head.Column(count);
        var listings = new string?[count];
        for (var i = 0; i < count; i++)
            listings[i] = strings[head.Place(strings.Length)];
        var currencies = new string?[count];
        for (var i = 0; i < count; i++)
            currencies[i] = strings[head.Place(strings.Length)];
        var values = new decimal?[count];
        for (var i = 0; i < count; i++)
            values[i] = head.Amount();
        for (var i = 0; i < count; i++)
        {
            var refundedAtFirst = head.Amount();
            if ((flags[i] & EventFlag) != 0)
                all[i].Event = new Conversion { Id = ids[i], At = all[i].At, ListingId = listings[i], Currency = currencies[i], Value = values[i], RefundedAtFirst = refundedAtFirst };
            all[i].IsCancelled = (flags[i] & CancelledFlag) != 0;
        }
        ReadRefunds(ref head, version, all, strings);
        var touches = new int[count];
        for (var i = 0; i < count; i++)
            touches[i] = head.Count(head.Rest.Length);
        var next = 0;
        for (var i = 0; i < count; i++)
        {
            var path = new Touch[touches[i]];
            for (var touch = 0; touch < path.Length; touch++)
            {
                var id = head.ClickId();
                if (head.Number() is var at and > 0)
                    path[touch] = new Touch(id, ByteReader.Time(at - 1), null);
                else if (next < clicks.Count)
                    path[touch] = Touch.Of(id, clicks[next++]);
                else
                    throw new InvalidDataException("The paths lack clicks.");
            }
            all[i].Touches = path;
        }
        var row = new PathRow { isClosed = isClosed };
        foreach (var entry in all)
        {
            // In the first version, what came to an event of another row could make an entry that no event ever joined.
            if (version == FirstVersion && entry.Event is null)
                continue;
            if (!row.entries.TryAdd(entry.Id, entry))
                throw new InvalidDataException("An event is there twice.");
        }
        return row;
    }

    private static void ReadRefunds(ref ByteReader head, byte version, Entry[] all, string?[] strings)
    {
        if (version == FirstVersion)
        {
            foreach (var entry in all)
                entry.Refunds = head.Amount() is { } refunded ? [new Refund(null, refunded, null)] : [];
            return;
        }
        var refunds = new int[all.Length];
        for (var i = 0; i < all.Length; i++)
            refunds[i] = head.Count(CountedEvent.MaxRefunds);
        for (var i = 0; i < all.Length; i++)
        {
            var read = new Refund[refunds[i]];
            for (var refund = 0; refund < read.Length; refund++)
            {
                var id = strings[head.Place(strings.Length)];
                var amount = head.Amount() ?? throw new InvalidDataException("A refund has no amount.");
                read[refund] = new Refund(id, amount, strings[head.Place(strings.Length)]);
            }
            all[i].Refunds = read;
        }
    }

    private IEnumerable<Entry> InOrder() => entries.Values.OrderBy(entry => entry.At).ThenBy(entry => entry.Id, StringComparer.Ordinal);

    /// <summary>What is known of an event: what was reported of it, what took it back, and its path. Any of them may come first.</summary>
    private sealed class Entry(string id, DateTimeOffset at)
    {
        private const int EventBytes = 100;

        public string Id { get; } = id;

        public DateTimeOffset At { get; } = at;

        public Conversion? Event { get; set; }

        public bool IsCancelled { get; set; }

        /// <summary>What was paid back later, in the order of the refunds' ids.</summary>
        public IReadOnlyList<Refund> Refunds { get; set; } = [];

        public IReadOnlyList<Touch> Touches { get; set; } = [];

        /// <summary>An upper bound of its bytes before compression.</summary>
        public int Weight => EventBytes + Id.Length + Refunds.Sum(refund => EventBytes + 3 * (refund.Id?.Length ?? 0))
            + Touches.Sum(touch => touch.Click is { } click ? ClickBlockCodec.MaxBytes(click) + ClickBlockCodec.MaxBytes(click.Link) : EventBytes);

        public void Apply(PathChange change)
        {
            Event = change.Event ?? Event;
            IsCancelled |= change.IsCancelled;
            Refunds = Refund.Union(Refunds, change.Refunds);
            Touches = change.Touches ?? Touches;
        }

        public void KeepLatest(int max)
        {
            if (Touches.Count > max)
                Touches = [.. Touches.TakeLast(max)];
        }

        public StoredPath? ToPath() => Event is null
            ? null
            : new StoredPath(Event with { IsCancelled = IsCancelled, Refunds = Refunds }, Touches);
    }
}

/// <summary>What a step adds to an event.</summary>
/// <param name="Type">The event's type.</param>
/// <param name="Id">The marketplace's id of it.</param>
/// <param name="At">When it happened: it names the day.</param>
internal sealed record PathChange(string Type, string Id, DateTimeOffset At)
{
    /// <summary>What was reported; null: nothing new.</summary>
    public Conversion? Event { get; init; }

    /// <summary>Whether it was cancelled.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>What was paid back, besides what is known already.</summary>
    public IReadOnlyList<Refund> Refunds { get; init; } = [];

    /// <summary>Its path as it is now; null: as it was.</summary>
    public IReadOnlyList<Touch>? Touches { get; init; }

    /// <summary>Both, the other after this one.</summary>
    public PathChange With(PathChange other) => this with
    {
        Event = other.Event ?? Event,
        IsCancelled = IsCancelled || other.IsCancelled,
        Refunds = Refund.Union(Refunds, other.Refunds),
        Touches = other.Touches ?? Touches,
    };
}
