using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary>Opens what an address names: finds the link and answers. Thread-safe.</summary>
public sealed class LinkOpener(LinkResolver resolver, VisitAnswer answer, MissLimiter misses, TimeProvider time)
{
    /// <param name="http">The request.</param>
    /// <param name="code">A code or an alias, with a visit's id behind it or without.</param>
    /// <param name="format">As <see cref="VisitAnswer.WriteAsync"/> takes it.</param>
    public Task OpenCodeAsync(HttpContext http, string code, string? format)
    {
        var permit = misses.PermitFor(http);
        return AnswerAsync(http, resolver.ResolveAsync(code, time.GetUtcNow(), permit), permit, format);
    }

    /// <summary>Whether a code or an alias names a link that is in the caches.</summary>
    public bool IsAtHand(string code) => resolver.IsAtHand(code);

    /// <summary>Opens what <see cref="IsAtHand"/>, which counts against nobody.</summary>
    public Task OpenAtHandAsync(HttpContext http, string code) =>
        AnswerAsync(http, resolver.ResolveAsync(code, time.GetUtcNow(), LookupPermit.Free), LookupPermit.Free, format: null);

    /// <param name="http">The request.</param>
    /// <param name="token">The token of a QR picture.</param>
    /// <param name="format">As <see cref="VisitAnswer.WriteAsync"/> takes it.</param>
    public Task OpenTokenAsync(HttpContext http, string token, string? format)
    {
        var permit = misses.PermitFor(http);
        return AnswerAsync(http, resolver.ResolveTokenAsync(token, time.GetUtcNow(), permit), permit, format);
    }

    /// <summary>Tells who guessed too often to come again later.</summary>
    public static Task RefuseAsync(HttpContext http, LookupPermit permit)
    {
        var refusal = permit.Refuse(http);
        return VisitorHeaders.WantsHtml(http.Request.Headers) ? Pages.TooManyFailuresAsync(http) : refusal.WriteAsync(http);
    }

    private Task AnswerAsync(HttpContext http, ValueTask<Resolution> resolving, LookupPermit permit, string? format) =>
        resolving.IsCompletedSuccessfully ? AnswerAsync(http, resolving.Result, permit, format) : AnswerLateAsync(http, resolving, permit, format);

    private async Task AnswerLateAsync(HttpContext http, ValueTask<Resolution> resolving, LookupPermit permit, string? format) =>
        await AnswerAsync(http, await resolving, permit, format);

    private Task AnswerAsync(HttpContext http, Resolution resolution, LookupPermit permit, string? format) =>
        permit.IsRefused ? RefuseAsync(http, permit) : answer.WriteAsync(http, resolution, format);
}
