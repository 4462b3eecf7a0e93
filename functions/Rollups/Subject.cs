using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Storage;

namespace ShareLinks.Rollups;

/// <summary>What is counted for itself: everything, or what one channel, listing, link, person, … brought.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Key">
/// Which: a channel, campaign, placement or listing by name; a link, and the root of a share tree, by the link's id; a sharer by the person's
/// number; a tag as <c>name=value</c>; empty for <see cref="SubjectKind.All"/>.
/// </param>
internal readonly record struct Subject(SubjectKind Kind, string Key)
{
    /// <summary>How far below the top a placement's path counts for the places above it.</summary>
    public const int MaxPlacementLevels = 8;

    /// <summary>Characters of a row key that the name of a subject takes at most; a longer one ends in a hash of itself.</summary>
    private const int MaxKeyLength = 440;

    public static Subject All { get; } = new(SubjectKind.All, "");

    /// <summary>The share tree below, and with, a link.</summary>
    public static Subject Of(LinkId root) => new(SubjectKind.Root, root.ToString());

    /// <summary>The start of its rows' keys.</summary>
    public string RowPrefix
    {
        get
        {
            var key = TableKey.Escape(Key);
            if (key.Length > MaxKeyLength)
                key = string.Concat(key.AsSpan(0, MaxKeyLength - 33), "!", XxHash128.HashToUInt128(MemoryMarshal.AsBytes(Key.AsSpan())).ToString("x32", CultureInfo.InvariantCulture));
            return $"{(char)Kind}{TableKey.Separator}{key}{TableKey.Separator}";
        }
    }

    /// <summary>One of 64 parts, which spread subjects over partitions.</summary>
    public int Bucket => TableKey.SmallBucket(Key);

    /// <summary>Whether a link's clicks count for it.</summary>
    public bool Covers(LinkAttributes link) => Kind switch
    {
        SubjectKind.All => true,
        SubjectKind.Channel => link.Channel == Key,
        SubjectKind.Campaign => link.Campaign == Key,
        SubjectKind.Placement => link.Placement == Key,
        SubjectKind.BelowPlacement => link.Placement is { } placement && placement.Length > Key.Length && placement[Key.Length] == '/'
            && placement.StartsWith(Key, StringComparison.Ordinal) && Key.AsSpan().Count('/') < MaxPlacementLevels,
        SubjectKind.Listing => link.ListingId == Key,
        SubjectKind.Link => link.Id.ToString() == Key,
        SubjectKind.Root => link.Root.ToString() == Key,
        SubjectKind.Sharer => link.Sharer?.ToString() == Key,
        SubjectKind.Tag => Key.IndexOf('=', StringComparison.Ordinal) is var sign && link.Tags.TryGetValue(Key[..sign], out var value) && Key.AsSpan(sign + 1).SequenceEqual(value),
        _ => throw new InvalidOperationException($"There are no subjects of kind {Kind}."),
    };
}

/// <summary>The kinds of subjects. Stored: letters never change.</summary>
internal enum SubjectKind
{
    All = 'a',
    Channel = 'c',
    Campaign = 'm',

    /// <summary>Exactly this place.</summary>
    Placement = 'p',

    /// <summary>Everything below this place, itself not among it.</summary>
    BelowPlacement = 'b',
    Listing = 'l',
    Link = 'k',
    Sharer = 's',

    /// <summary>The share tree below, and with, this link.</summary>
    Root = 'r',
    Tag = 't',
}
