namespace ShareLinks.Links;

/// <summary>The addresses that links may lead to: the deployment's templates, and links' own destinations within the allowed hosts.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class Destinations
{
    private readonly bool allowHttp;
    private readonly HashSet<string> allowedHosts;
    private readonly HashSet<string> imageHosts;

    /// <exception cref="ArgumentException">A template is wrong; the message names it.</exception>
    public Destinations(DestinationOptions options, bool allowHttp)
    {
        this.allowHttp = allowHttp;
        Web = Parse(options.Web, nameof(options.Web));
        Similar = Parse(options.Similar, nameof(options.Similar));
        IEnumerable<string> hosts = options.AllowedHosts.Count > 0 ? options.AllowedHosts : new[] { Web, Similar }.OfType<DestinationTemplate>().Select(template => template.Authority);
        allowedHosts = hosts.ToHashSet(StringComparer.OrdinalIgnoreCase);
        imageHosts = options.ImageHosts.Count > 0 ? options.ImageHosts.ToHashSet(StringComparer.OrdinalIgnoreCase) : allowedHosts;
    }

    /// <summary>The listing's web page; null when the deployment names none.</summary>
    public DestinationTemplate? Web { get; }

    /// <summary>Items like one that is gone; null when the deployment names none.</summary>
    public DestinationTemplate? Similar { get; }

    /// <summary>Reads a link's own destination; null, and why, when it is not an address this deployment lets links lead to.</summary>
    public DestinationTemplate? TryParseOwn(string text, out string error)
    {
        var template = DestinationTemplate.TryParse(text, allowHttp, out error);
        if (template is null || allowedHosts.Contains(template.Authority))
            return template;
        error = allowedHosts.Count == 0
            ? "is refused: this deployment allows no destination hosts"
            : $"must be on one of the allowed hosts: {string.Join(", ", allowedHosts.Order(StringComparer.Ordinal))}";
        return null;
    }

    /// <summary>Whether a page may load a picture from this address.</summary>
    public bool AllowsImage(string address) => Uri.TryCreate(address, UriKind.Absolute, out var image)
        && (image.Scheme == Uri.UriSchemeHttps || (allowHttp && image.Scheme == Uri.UriSchemeHttp)) && imageHosts.Contains(image.Authority);

    private DestinationTemplate? Parse(string? text, string name)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return DestinationTemplate.TryParse(text, allowHttp, out var error)
            ?? throw new ArgumentException($"ShareLinks:Destinations:{name} {error}.");
    }
}
