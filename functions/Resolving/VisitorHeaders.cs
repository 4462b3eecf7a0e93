using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>What a visitor's request headers tell, cut to what a click keeps.</summary>
public static class VisitorHeaders
{
    private const int MaxReferrerLength = 100;

    /// <summary>The host of the page that held the link; none when it was a page of this service's.</summary>
    public static string? Referrer(IHeaderDictionary headers, PublicAddress own)
    {
        if (headers.Referer.Count == 0 || !Uri.TryCreate(headers.Referer.ToString(), UriKind.Absolute, out var referrer) || referrer.Host is not { Length: > 0 } host
            || own.Authorities.Value.Contains(referrer.Authority, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }
        return host.Length <= MaxReferrerLength ? host : host[..MaxReferrerLength];
    }

    public static bool WantsHtml(IHeaderDictionary headers) => headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
