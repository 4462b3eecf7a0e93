using ShareLinks.Clicks;
using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary>Opens what an address names: finds the link, answers, and counts what is none against whoever guesses. Thread-safe.</summary>
public sealed class LinkOpener(LinkResolver resolver, VisitAnswer answer, MissLimiter limiter, TimeProvider time)
{
    /// <param name="http">The request.</param>
    /// <param name="code">A code or an alias, with a visit's id behind it or without.</param>
    /// <param name="format">As <see cref="VisitAnswer.WriteAsync"/> takes it.</param>
    public Task OpenCodeAsync(HttpContext http, string code, string? format) =>
        resolver.IsAtHand(code) || limiter.MayLook(http) ? AnswerAsync(http, resolver.ResolveAsync(code, time.GetUtcNow()), format) : RefuseAsync(http);

    /// <summary>Whether a code or an alias names a link that is in the caches.</summary>
    public bool IsAtHand(string code) => resolver.IsAtHand(code);

    /// <summary>Opens what is at hand, which counts against nobody.</summary>
    public Task OpenAtHandAsync(HttpContext http, string code) => AnswerAsync(http, resolver.ResolveAsync(code, time.GetUtcNow()), format: null);

    /// <param name="http">The request.</param>
    /// <param name="token">The token of a QR picture.</param>
    /// <param name="format">As <see cref="VisitAnswer.WriteAsync"/> takes it.</param>
    public Task OpenTokenAsync(HttpContext http, string token, string? format) =>
        resolver.IsAtHandByToken(token) || limiter.MayLook(http) ? AnswerAsync(http, resolver.ResolveTokenAsync(token, time.GetUtcNow()), format) : RefuseAsync(http);

    /// <summary>Tells who guessed too often to come again later.</summary>
    public static Task RefuseAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        return VisitorHeaders.WantsHtml(http.Request.Headers) ? Pages.TooManyFailuresAsync(http) : FailureLimiter.Refusal.WriteAsync(http);
    }

    private Task AnswerAsync(HttpContext http, ValueTask<Resolution> resolving, string? format) =>
        resolving.IsCompletedSuccessfully ? AnswerAsync(http, resolving.Result, format) : AnswerLateAsync(http, resolving, format);

    private async Task AnswerLateAsync(HttpContext http, ValueTask<Resolution> resolving, string? format) => await AnswerAsync(http, await resolving, format);

    private Task AnswerAsync(HttpContext http, Resolution resolution, string? format)
    {
        if (resolution is Resolution.NoCode or Resolution.Miss { Action: ClickAction.MissUnknown })
            limiter.Missed(http);
        return answer.WriteAsync(http, resolution, format);
    }
}
