using System.Text;
using ShareLinks.Codes;
using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary><c>GET /</c>, <c>GET /{code}</c> and <c>GET /find</c>: what people open.</summary>
public static class ResolveEndpoints
{
    /// <summary>Where links are opened by their codes.</summary>
    internal const string CodePattern = "/{code}";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", GetAndHead, (HttpContext http) => Pages.HomeAsync(http)).ExcludeFromDescription();
        // Asked for once, since a request that asks for services pays for a scope of its own, and these are what happens most.
        var opener = new Lazy<LinkOpener>(routes.ServiceProvider.GetRequiredService<LinkOpener>);
        routes.MapMethods(CodePattern, GetAndHead, (string code, string? format, HttpContext http) => opener.Value.OpenCodeAsync(http, code, format))
            .WithTags("Resolving")
            .WithSummary("Open a link, by its code or alias; with format=json the decision is told and nothing recorded")
            .Produces(StatusCodes.Status302Found).Produces<DecisionView>();
        routes.MapMethods("/Q/{token}", GetAndHead, (string token, string? format, HttpContext http) => opener.Value.OpenTokenAsync(http, token, format))
            .WithTags("Resolving")
            .WithSummary("Open a link by the token in its QR picture, in any case")
            .Produces(StatusCodes.Status302Found).Produces<DecisionView>();
        routes.MapGet("/find", FindAsync)
            .WithTags("Resolving")
            .WithSummary("Open the link whose code is found in a pasted text")
            .Produces(StatusCodes.Status302Found);
    }

    private static async Task FindAsync(string? text, HttpContext http, LinkResolver resolver, VisitAnswer answer, FailureLimiter limiter, TimeProvider time)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (string.IsNullOrWhiteSpace(text))
        {
            await Pages.HomeAsync(http);
            return;
        }
        if (Encoding.UTF8.GetByteCount(text) > CodeScanner.MaxBytes)
        {
            await (VisitorHeaders.WantsHtml(http.Request.Headers) ? Pages.TextTooLongAsync(http) : Misses.TextTooLong.WriteAsync(http));
            return;
        }
        var (now, permit) = (time.GetUtcNow(), limiter.PermitFor(http));
        var matches = await resolver.ResolveTextAsync(text, now, now, permit);
        if (permit.IsRefused)
        {
            await LinkOpener.RefuseAsync(http, permit);
            return;
        }
        if (TextMatch.Best(matches) is { } match)
        {
            await answer.WriteAsync(http, match.Resolution, format: null, pasted: text);
            return;
        }
        await (VisitorHeaders.WantsHtml(http.Request.Headers) ? Pages.NotFoundInTextAsync(http, text) : Misses.NoCodeInText.WriteAsync(http));
    }
}
