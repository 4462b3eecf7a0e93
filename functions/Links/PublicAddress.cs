namespace ShareLinks.Links;

/// <summary>The address under which people reach this service: the configured <c>BaseUrl</c>, never a request's <c>Host</c>.</summary>
/// <param name="baseUrl">Gives the address; asked once, at the first use.</param>
/// <param name="formerHosts">Hosts, with a port where they had one, under which the service was reached before.</param>
public sealed class PublicAddress(Func<Uri> baseUrl, IEnumerable<string> formerHosts)
{
    private readonly Lazy<string> root = new(() => $"{baseUrl().Scheme}://{HostNames.WithoutFinalDot(baseUrl().Authority)}");

    /// <summary>The hosts, with a port where they have one, that links of this service may name: its own first, then its former ones.</summary>
    public Lazy<IReadOnlyList<string>> Authorities { get; } = new(() => [HostNames.WithoutFinalDot(baseUrl().Authority), .. formerHosts.Select(host => HostNames.WithoutFinalDot(host.ToLowerInvariant()))]);

    /// <summary>Whether browsers reach it over https alone, as they do outside Development.</summary>
    public bool IsHttps => root.Value.StartsWith("https:", StringComparison.Ordinal);

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public override string ToString() => root.Value;

    /// <param name="path">With a slash before it or without.</param>
    public string Url(string path) => $"{root.Value}/{path.TrimStart('/')}";
}
