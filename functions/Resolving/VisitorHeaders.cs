using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>What a visitor's request headers tell, cut to what a click keeps.</summary>
public static class VisitorHeaders
{
    private const int MaxReferrerLength = 100;
    private const int MaxLanguageLength = 35;

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

    /// <summary>The first language of <c>Accept-Language</c>.</summary>
    public static string? Language(IHeaderDictionary headers)
    {
        var first = headers.AcceptLanguage.ToString().AsSpan();
        var end = first.IndexOfAny(',', ';');
        first = (end < 0 ? first : first[..end]).Trim();
        if (first.Length is 0 or > MaxLanguageLength)
            return null;
        foreach (var c in first)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return null;
        }
        return first.ToString();
    }

    public static bool WantsHtml(IHeaderDictionary headers) => headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
