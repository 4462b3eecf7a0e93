namespace ShareLinks.Minting;

/// <summary>First parts of this service's own addresses, which no alias may shadow.</summary>
public sealed class ReservedNames(EndpointDataSource endpoints)
{
    /// <summary>Besides the routes there are: what the Functions host and the contract keep for themselves.</summary>
    private static readonly string[] Fixed = ["admin", "runtime", "api", "docs", "openapi", "dashboard", "find", "Q"];

    private readonly Lazy<HashSet<string>> names = new(() => endpoints.Endpoints.OfType<RouteEndpoint>()
        .Select(endpoint => endpoint.RoutePattern.PathSegments is [{ IsSimple: true, Parts: [Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart part] }, ..] ? part.Content : null)
        .OfType<string>().Concat(Fixed).ToHashSet(StringComparer.OrdinalIgnoreCase));

    public bool Contains(string name) => names.Value.Contains(name);
}
