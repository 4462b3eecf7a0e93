using System.Collections.Frozen;

namespace ShareLinks.Storage;

/// <summary>Every table of the app. <see cref="StorageAccount.Table"/> knows no other, so none can be left out of backups by oversight.</summary>
public static class TableNames
{
    /// <summary>Tables made from the click log, of which a backup needs one moment: nothing is folded while they are copied.</summary>
    /// <remarks>They come before the batch records, since they must not have counted a batch that the copy lacks.</remarks>
    public static IReadOnlyList<string> Derived { get; } = ["fold", "stats", "trees", "journeys", "paths"];

    /// <summary>The tables of a backup in the order in which it copies them, and a restore puts them back.</summary>
    /// <remarks>
    /// The app goes on writing meanwhile, so a table stands behind another when its rows are there before the other's rows that need them:
    /// whatever a copied row needs has been copied too or is copied later.
    /// </remarks>
    public static IReadOnlyList<string> BackedUp { get; } =
    [
        .. Derived,
        // A stream that ends after this is told by its retired row; a restore announces those that begin after it.
        "streams",
        // A record names blocks that are there before it.
        "batches",
        // A row names a place in a block. After the derived tables: a scan or an event that these have counted keeps its place.
        "events", "scans",
        "blocks",
        // A click names links, persons and the visit it continued.
        "handovers",
        "links",
        // Rows that point at a link are there before it; readers pass over those whose link is missing.
        "aliases", "listings", "people", "lots",
        "keys", "settings",
        // An erasure that began meanwhile is known, to be done again.
        "erasures",
        // Behind all that names a link, so that no id in the copy is given again.
        "counters",
    ];

    /// <summary>Tables that no backup holds.</summary>
    /// <remarks>
    /// A salt kept for longer than its two days would let visitors be recognised; WeChat's addresses and tokens are asked for anew; a call is
    /// tried again for a day at most.
    /// </remarks>
    public static IReadOnlyList<string> NotBackedUp { get; } = ["salts", "wechat", "idempotency"];

    public static IReadOnlySet<string> All { get; } = BackedUp.Concat(NotBackedUp).ToFrozenSet();
}
