namespace ShareLinks.Links;

/// <summary>The address under which people reach this service: the configured <c>BaseUrl</c>, never a request's <c>Host</c>.</summary>
public sealed class PublicAddress(Func<Uri> baseUrl)
{
    private readonly Lazy<string> root = new(() => baseUrl().GetLeftPart(UriPartial.Authority));

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public override string ToString() => root.Value;

    public string Url(string path) => $"{root.Value}/{path}";
}
