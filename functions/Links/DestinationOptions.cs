namespace ShareLinks.Links;

/// <summary>Where links lead: section <c>ShareLinks:Destinations</c>.</summary>
public sealed class DestinationOptions
{
    /// <summary>The listing's web page, as a template with <c>{listingId}</c> and <c>{clickId}</c>.</summary>
    public string? Web { get; set; }

    /// <summary>Items like a listing that is sold or removed, as a template of the same form.</summary>
    public string? Similar { get; set; }

    /// <summary>Hosts (<c>host</c> or <c>host:port</c>) that a link's own destination may name; the templates' hosts when empty.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>Hosts that a landing page may load a listing's picture from; <see cref="AllowedHosts"/> when empty.</summary>
    public IList<string> ImageHosts { get; } = [];
}
