using ShareLinks.Minting;
using ShareLinks.Resolving;

namespace ShareLinks.Hosting;

/// <summary>Opens cached links ahead of routing, which finds every other address: what visitors do most costs a third of its memory there.</summary>
internal static class LinkShortcut
{
    public static void Use(IApplicationBuilder app)
    {
        var opener = new Lazy<LinkOpener>(app.ApplicationServices.GetRequiredService<LinkOpener>);
        var reserved = app.ApplicationServices.GetRequiredService<ReservedNames>();
        // So that telemetry knows it as what it is.
        var endpoint = new Lazy<RouteEndpoint>(() => app.ApplicationServices.GetRequiredService<AppEndpoints>().All.First(known => known.RoutePattern.RawText == ResolveEndpoints.CodePattern));
        app.Use(next => http =>
        {
            GluedPath.Cut(http.Request);
            if (CodeIn(http.Request) is not { } code || reserved.Contains(code) || !opener.Value.IsAtHand(code))
                return next(http);
            http.SetEndpoint(endpoint.Value);
            return opener.Value.OpenAtHandAsync(http, code);
        });
    }

    /// <summary>What may name a link, where nothing else is asked.</summary>
    private static string? CodeIn(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && !request.QueryString.HasValue && request.Path.Value is ['/', .. { Length: > 0 } code] && !code.Contains('/', StringComparison.Ordinal) ? code : null;
}
