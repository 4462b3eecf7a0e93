using System.Text;

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
        if (options.AllowedHosts.Concat(options.ImageHosts).FirstOrDefault(host => !Ascii.IsValid(host)) is { } host)
            throw new ArgumentException($"ShareLinks:Destinations:AllowedHosts and ImageHosts must be hosts in ASCII (xn--…); '{host}' is not.");
        allowedHosts = SetOf(hosts);
        imageHosts = options.ImageHosts.Count > 0 ? SetOf(options.ImageHosts) : allowedHosts;
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

    /// <summary>The address of a picture in ASCII; null when pages may not load one from there.</summary>
    public Uri? AllowedImage(string address) => DestinationTemplate.TryParse(address, allowHttp, out _) is { } image && imageHosts.Contains(image.Authority)
        && Uri.TryCreate(address, UriKind.Absolute, out var given)
        ? new UriBuilder(given) { Host = given.HostNameType == UriHostNameType.IPv6 ? given.Host : HostNames.WithoutFinalDot(given.IdnHost) }.Uri
        : null;

    private static HashSet<string> SetOf(IEnumerable<string> hosts) => hosts.Select(HostNames.WithoutFinalDot).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private DestinationTemplate? Parse(string? text, string name)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return DestinationTemplate.TryParse(text, allowHttp, out var error)
            ?? throw new ArgumentException($"ShareLinks:Destinations:{name} {error}.");
    }
}
