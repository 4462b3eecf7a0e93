namespace ShareLinks.Security;

/// <summary>What an API key may do; each is also the name of the authorization policy that asks for it.</summary>
public static class Scopes
{
    /// <summary>Make and change links and listings.</summary>
    public const string Mint = "mint";

    /// <summary>Find the links in pasted text.</summary>
    public const string Resolve = "resolve";

    /// <summary>Send scans that were made offline.</summary>
    public const string Scan = "scan";

    /// <summary>Report what people did: never for a key inside a phone app.</summary>
    public const string Ingest = "ingest";

    /// <summary>Read clicks, statistics and attribution.</summary>
    public const string Query = "query";

    /// <summary>Manage keys and people.</summary>
    public const string Admin = "admin";

    /// <summary>Either of the two, for sending scans.</summary>
    public const string ScanOrIngest = "scan or ingest";

    public static IReadOnlyList<string> All { get; } = [Mint, Resolve, Scan, Ingest, Query, Admin];
}
