using System.Text.Encodings.Web;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.Hosting;

/// <summary>In Development, a page that stands for the marketplace's own, so that a first link has somewhere to lead.</summary>
public static class DemoMarket
{
    private const string Path = "demo-market";
    private const int MaxIdLength = 128;

    /// <summary>Points links at the demo page where the configuration names no web page.</summary>
    public static DestinationOptions Complete(DestinationOptions options, PublicAddress address)
    {
        options.Web ??= address.Url($"{Path}/{{listingId}}?clickId={{clickId}}");
        return options;
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet($"/{Path}/{{listingId}}", async Task<IResult> (string listingId, string? clickId, HttpContext http, ListingTable listings, PublicAddress address) =>
    {
        var listing = listingId.Length <= MaxIdLength ? await listings.GetAsync(listingId) : null;
        var html = HtmlEncoder.Default;
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        return Results.Content(
            $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Demo market</title>
            <style>body{"{"}font:1rem/1.6 system-ui;max-width:44rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark{"}"}pre{"{"}white-space:pre-wrap;overflow-wrap:anywhere{"}"}</style></head>
            <body><p>Demo market (Development only): here the marketplace would show its listing.</p>
            <h1>{html.Encode(listing?.Title ?? listingId)}</h1>
            <p>{html.Encode(listing is { Price: { } price, Currency: { } currency } ? ShareTexts.FormatPrice(price, currency, "en") : "")}</p>
            <p>You came by click <code>{html.Encode(clickId ?? "")}</code>. Read it:</p>
            <pre>curl -s {html.Encode(address.Url("api/clicks/"))}{html.Encode(Uri.EscapeDataString(clickId ?? ""))} -H 'Authorization: Bearer {DevelopmentKey.Value}'</pre>
            </body></html>
            """,
            "text/html; charset=utf-8");
    }).ExcludeFromDescription();
}
