using System.Text;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary><c>GET /</c>, <c>GET /{code}</c> and <c>GET /find</c>: what people open.</summary>
public static class ResolveEndpoints
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", GetAndHead, (HttpContext http) => Pages.HomeAsync(http)).ExcludeFromDescription();
        routes.MapMethods("/{code}", GetAndHead, async Task (string code, string? format, HttpContext http, LinkResolver resolver, VisitAnswer answer, MissLimiter limiter, TimeProvider time) =>
        {
            if (!limiter.MayLook(http) && !resolver.IsAtHand(code))
                await RefuseAsync(http);
            else
                await AnswerAsync(http, await resolver.ResolveAsync(code, time.GetUtcNow()), answer, limiter, format);
        })
            .WithTags("Resolving")
            .WithSummary("Open a link, by its code or alias; with format=json the decision is told and nothing recorded")
            .Produces(StatusCodes.Status302Found).Produces<DecisionView>();
        routes.MapMethods("/Q/{token}", GetAndHead, async Task (string token, string? format, HttpContext http, LinkResolver resolver, VisitAnswer answer, MissLimiter limiter, TimeProvider time) =>
        {
            if (!limiter.MayLook(http) && !resolver.IsAtHandByToken(token))
                await RefuseAsync(http);
            else
                await AnswerAsync(http, await resolver.ResolveTokenAsync(token, time.GetUtcNow()), answer, limiter, format);
        })
            .WithTags("Resolving")
            .WithSummary("Open a link by the token in its QR picture, in any case")
            .Produces(StatusCodes.Status302Found).Produces<DecisionView>();
        routes.MapGet("/find", FindAsync)
            .WithTags("Resolving")
            .WithSummary("Open the link whose code is found in a pasted text")
            .Produces(StatusCodes.Status302Found);
    }

    private static Task AnswerAsync(HttpContext http, Resolution resolution, VisitAnswer answer, MissLimiter limiter, string? format)
    {
        if (resolution is Resolution.NoCode or Resolution.Miss { Action: ClickAction.MissUnknown })
            limiter.Missed(http);
        return answer.WriteAsync(http, resolution, format);
    }

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        return VisitorHeaders.WantsHtml(http.Request.Headers) ? Pages.TooManyFailuresAsync(http) : FailureLimiter.Refusal.WriteAsync(http);
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
        if (!limiter.TryBegin(http))
        {
            await RefuseAsync(http);
            return;
        }
        var now = time.GetUtcNow();
        var matches = await resolver.ResolveTextAsync(text, now, now);
        if (TextMatch.Best(matches) is { } match)
        {
            if (!match.IsUnknown)
                limiter.Succeeded(http);
            await answer.WriteAsync(http, match.Resolution, format: null);
            return;
        }
        await (VisitorHeaders.WantsHtml(http.Request.Headers) ? Pages.NotFoundInTextAsync(http, text) : Misses.NoCodeInText.WriteAsync(http));
    }
}
