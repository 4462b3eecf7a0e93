namespace ShareLinks.Http;

/// <summary>Tells requests of this service's own pages from those that another site's page makes a browser send.</summary>
public static class SameOrigin
{
    public static Problem Refusal { get; } = Problem.Of(StatusCodes.Status403Forbidden, "foreign_page", "Only a page of this service's may send this form.");

    /// <summary>By what browsers say of where a request comes from; programs and browsers too old to say anything pass.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="origin">This service's, as <c>https://s.example</c>.</param>
    public static bool MaySend(IHeaderDictionary headers, string origin)
    {
        if (headers["Sec-Fetch-Site"] is { Count: > 0 } site)
            return site == "same-origin";
        return headers.Origin.Count == 0
            || (Uri.TryCreate(headers.Origin, UriKind.Absolute, out var sender) && sender.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase));
    }
}
