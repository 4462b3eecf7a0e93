namespace ShareLinks.Minting;

/// <summary>First parts of this service's own addresses, which no alias may shadow.</summary>
/// <param name="ownNames">Gives those of the addresses that the app answers; asked once, by the first call.</param>
public sealed class ReservedNames(Func<IEnumerable<string>> ownNames)
{
    /// <summary>What the Functions host and the contract reserve besides.</summary>
    private static readonly string[] Fixed = ["admin", "runtime", "api", "docs", "openapi", "dashboard", "find", "Q"];

    private readonly Lazy<HashSet<string>> names = new(() => ownNames().Concat(Fixed).ToHashSet(StringComparer.OrdinalIgnoreCase));

    public bool Contains(string name) => names.Value.Contains(name);
}
