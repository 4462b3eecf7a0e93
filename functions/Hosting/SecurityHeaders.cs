using ShareLinks.Links;

namespace ShareLinks.Hosting;

/// <summary>Headers that every answer bears, by which browsers take it for nothing but what it is; pages add their own policies.</summary>
internal static class SecurityHeaders
{
    /// <summary>Half a year of https alone, once a browser has come by https.</summary>
    private const string Transport = "max-age=15552000";

    public static void Use(IApplicationBuilder app)
    {
        var address = app.ApplicationServices.GetRequiredService<PublicAddress>();
        app.Use((http, next) =>
        {
            Set(http, address);
            return next(http);
        });
    }

    /// <summary>Sets them, once more where an answer was cleared.</summary>
    public static void Set(HttpContext http) => Set(http, http.RequestServices.GetRequiredService<PublicAddress>());

    private static void Set(HttpContext http, PublicAddress address)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (address.IsHttps)
            headers.StrictTransportSecurity = Transport;
    }
}
