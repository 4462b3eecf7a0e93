using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using ShareLinks.Codes;
using ShareLinks.People;
using ShareLinks.Storage;

namespace ShareLinks.Journeys;

/// <summary>Somebody whose clicks can be told to be one person's: a user of the marketplace, or a visitor with a cookie. Or a click that is awaited.</summary>
/// <param name="Kind">Which of these.</param>
/// <param name="Number">The person's number, the cookie's, or a hash of the click's id.</param>
internal readonly record struct Actor(ActorKind Kind, ulong Number)
{
    public static Actor Of(PersonId person) => new(ActorKind.User, person.Value);

    public static Actor OfCookie(ulong visitorId) => new(ActorKind.Visitor, visitorId);

    /// <summary>Under which events are noted that name a click which is not in the log (yet).</summary>
    public static Actor OfAwaited(ClickId click) =>
        new(ActorKind.AwaitedClick, XxHash3.HashToUInt64(MemoryMarshal.AsBytes<long>([click.Stream, click.Sequence, click.Place])));

    /// <summary>One of 256 parts, which spread actors over partitions.</summary>
    public string Bucket => TableKey.Bucket((long)Number);

    /// <summary>The same as a number, from 0 to 255.</summary>
    public int BucketNumber => TableKey.BucketNumber((long)Number);

    /// <summary>The start of its rows' keys.</summary>
    public string RowPrefix => string.Create(CultureInfo.InvariantCulture, $"{PrefixOf(Kind)}{Number:x16}{TableKey.Separator}");

    /// <summary>The start of the keys of all rows of a kind.</summary>
    public static string PrefixOf(ActorKind kind) => ((char)kind).ToString();

    /// <summary>Whose row has the given key.</summary>
    public static Actor OfRow(string key) => new((ActorKind)key[0], ulong.Parse(key.AsSpan(1, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}

/// <summary>The kinds of actors. Stored: letters never change.</summary>
internal enum ActorKind
{
    User = 'u',
    Visitor = 'v',
    AwaitedClick = 'c',
}
