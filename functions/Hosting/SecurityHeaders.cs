using ShareLinks.Links;

namespace ShareLinks.Hosting;

/// <summary>Headers that every answer bears, by which browsers take it for nothing but what it is; pages add their own policies.</summary>
internal static class SecurityHeaders
{
    /// <summary>Half a year of https alone, once a browser has come by https.</summary>
    private const string Transport = "max-age=15552000";

    public static void Use(WebApplication app)
    {
        bool? isSecure = null;
        app.Use((http, next) =>
        {
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            if (isSecure ??= http.RequestServices.GetRequiredService<PublicAddress>().ToString().StartsWith("https:", StringComparison.Ordinal))
                headers.StrictTransportSecurity = Transport;
            return next(http);
        });
    }
}
