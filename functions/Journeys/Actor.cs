using System.Globalization;
using ShareLinks.People;
using ShareLinks.Storage;

namespace ShareLinks.Journeys;

/// <summary>Somebody whose clicks can be told to be one person's: a user of the marketplace, or a visitor with a cookie.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Number">The person's number, or the cookie's.</param>
internal readonly record struct Actor(ActorKind Kind, ulong Number)
{
    public static Actor Of(PersonId person) => new(ActorKind.User, person.Value);

    public static Actor OfCookie(ulong visitorId) => new(ActorKind.Visitor, visitorId);

    /// <summary>One of 256 parts, which spread actors over partitions.</summary>
    public string Bucket => TableKey.Bucket((long)Number);

    /// <summary>The start of its rows' keys.</summary>
    public string RowPrefix => string.Create(CultureInfo.InvariantCulture, $"{(char)Kind}{Number:x16}{TableKey.Separator}");
}

/// <summary>The kinds of actors. Stored: letters never change.</summary>
internal enum ActorKind
{
    User = 'u',
    Visitor = 'v',
}
