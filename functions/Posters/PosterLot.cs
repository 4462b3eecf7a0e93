using System.Globalization;
using ShareLinks.Codes;

namespace ShareLinks.Posters;

/// <summary>Posters for one venue, made together: a link each, numbered from 1.</summary>
public sealed record PosterLot
{
    public const int MaxPosters = 500;

    /// <summary>The venue, as a placement: <c>hz-market</c>. The posters' placements are below it.</summary>
    public required string Name { get; init; }

    /// <summary>What the posters' links are to open; null when <see cref="Web"/> is set.</summary>
    public string? ListingId { get; init; }

    /// <summary>An address of their own.</summary>
    public string? Web { get; init; }

    public string? Channel { get; init; }

    public string? Campaign { get; init; }

    /// <summary>What is printed large; the listing's title when null.</summary>
    public string? Title { get; init; }

    /// <summary>What is printed below; the listing's price when null.</summary>
    public string? Price { get; init; }

    /// <summary>The maker's name for the call that made it, so that a second try is known.</summary>
    public required string Key { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The links, by serial from 1.</summary>
    public required IReadOnlyList<LinkId> Links { get; init; }

    public int Count => Links.Count;

    /// <summary>As it is printed and placed: <c>007</c>.</summary>
    public static string SerialOf(int number) => number.ToString("000", CultureInfo.InvariantCulture);

    /// <summary>Whether one placement is below another: <c>hz-market/hall</c> is within <c>hz-market</c>.</summary>
    public static bool IsWithin(string placement, string other) => placement.Length > other.Length && placement[other.Length] == '/' && placement.StartsWith(other, StringComparison.Ordinal);

    /// <summary><c>hz-market/007</c>.</summary>
    public string PlacementOf(int number) => $"{Name}/{SerialOf(number)}";
}
