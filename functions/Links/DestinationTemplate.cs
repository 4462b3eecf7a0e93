using System.Text;
using System.Text.RegularExpressions;

namespace ShareLinks.Links;

/// <summary>An address with places for the listing's and the click's id, each encoded as one URL component.</summary>
/// <remarks>Kept in canonical form, so that what was checked is what is sent. One without <c>{clickId}</c> gets it as a query parameter.</remarks>
public sealed partial class DestinationTemplate
{
    public const int MaxLength = 2048;

    private const string ListingId = "{listingId}";
    private const string ClickId = "{clickId}";

    private readonly string template;

    /// <summary>The template, cut behind each of its places: texts and places take turns, a text first and last.</summary>
    private readonly string[] parts;

    private DestinationTemplate(string template, string authority)
    {
        (this.template, Authority) = (template, authority);
        parts = Places().Split(template);
    }

    /// <summary>Host, and port where it is not the scheme's own.</summary>
    public string Authority { get; }

    /// <summary>Reads an absolute https address (http too where <paramref name="allowHttp"/>); otherwise <paramref name="error"/> says what is wrong.</summary>
    public static DestinationTemplate? TryParse(string text, bool allowHttp, out string error)
    {
        error = "";
        if (text.Length > MaxLength)
        {
            error = $"must have at most {MaxLength} characters";
            return null;
        }
        foreach (var c in text)
        {
            if (char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c) || c == '\\')
            {
                error = "must not contain spaces, control characters, backslashes or unpaired or supplementary characters";
                return null;
            }
        }
        // Stand-ins that survive canonicalisation untouched wherever a placeholder may stand, and make an unknown host where it may not.
        const string listing = "LISTINGIDPLACEHOLDER", click = "CLICKIDPLACEHOLDER";
        var plain = text.Replace(ListingId, listing, StringComparison.Ordinal).Replace(ClickId, click, StringComparison.Ordinal);
        if (plain.AsSpan().ContainsAny('{', '}'))
        {
            error = $"may hold {ListingId} and {ClickId} and no other braces";
            return null;
        }
        if (!Uri.TryCreate(plain, UriKind.Absolute, out var uri) || !IsWeb(uri, allowHttp) || uri.UserInfo.Length > 0)
        {
            error = allowHttp ? "must be an absolute http or https address without a user name" : "must be an absolute https address without a user name";
            return null;
        }
        if (uri.Authority.Contains("PLACEHOLDER", StringComparison.OrdinalIgnoreCase))
        {
            error = "must not hold a placeholder in its host";
            return null;
        }
        if (AsciiAuthority(uri) is not { } authority)
        {
            error = "must have a host that the domain name system knows";
            return null;
        }
        var canonical = new StringBuilder($"{uri.Scheme}://{authority}{uri.AbsolutePath}{uri.Query}");
        if (!plain.Contains(click, StringComparison.Ordinal))
            canonical.Append(uri.Query.Length > 1 ? '&' : uri.Query.Length == 1 ? "" : '?').Append("clickId=").Append(click);
        canonical.Append(uri.Fragment);
        return new DestinationTemplate(
            canonical.ToString().Replace(listing, ListingId, StringComparison.Ordinal).Replace(click, ClickId, StringComparison.Ordinal),
            authority);
    }

    /// <summary>The address for one listing and click; a missing id leaves its place empty.</summary>
    public string Expand(string? listingId, ReadOnlySpan<char> clickId)
    {
        var ids = new Ids(parts, Uri.EscapeDataString(listingId ?? ""), clickId);
        var length = 0;
        for (var part = 0; part < parts.Length; part++)
            length += ids.Of(part).Length;
        return string.Create(length, ids, static (address, ids) =>
        {
            for (var part = 0; part < ids.Parts.Length; part++)
            {
                ids.Of(part).CopyTo(address);
                address = address[ids.Of(part).Length..];
            }
        });
    }

    public override string ToString() => template;

    private static string? AsciiAuthority(Uri uri)
    {
        try
        {
            var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : HostNames.WithoutFinalDot(uri.IdnHost);
            return host.Length > 0 && Ascii.IsValid(host) ? host.ToLowerInvariant() + (uri.IsDefaultPort ? "" : $":{uri.Port}") : null;
        }
        catch (UriFormatException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"(\{listingId\}|\{clickId\})")]
    private static partial Regex Places();

    private static bool IsWeb(Uri uri, bool allowHttp) => uri.Scheme == Uri.UriSchemeHttps || (allowHttp && uri.Scheme == Uri.UriSchemeHttp);

    /// <summary>What the parts of an address are for one listing and click.</summary>
    private readonly ref struct Ids(string[] parts, string listingId, ReadOnlySpan<char> clickId)
    {
        private readonly ReadOnlySpan<char> clickId = clickId;

        public string[] Parts { get; } = parts;

        public ReadOnlySpan<char> Of(int part) => part % 2 == 0 ? Parts[part] : Parts[part] == ListingId ? listingId : clickId;
    }
}
