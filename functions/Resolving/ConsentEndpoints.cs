using System.Text.RegularExpressions;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary><c>POST /visitor-consent</c>: the form in which a visitor allows or refuses the cookie, with <c>answer=yes</c> or <c>no</c> and the page to go <c>back</c> to.</summary>
public static partial class ConsentEndpoints
{
    public const string Path = "/visitor-consent";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, AnswerAsync).ExcludeFromDescription();

    /// <summary>The address to go back to, if it is one of this host's: <c>/</c> and up to 199 visible ASCII characters that no browser takes for another host.</summary>
    internal static string LocalOrRoot(string? back) => back is not null && LocalPath().IsMatch(back) ? back : "/";

    private static async Task<IResult> AnswerAsync(HttpContext http, VisitorCookies cookies, PublicAddress address)
    {
        http.Response.Headers.CacheControl = "no-store";
        // The cookies are Lax besides.
        if (!SameOrigin.MaySend(http.Request.Headers, address.ToString()))
            return SameOrigin.Refusal.ToResult();
        var (form, problem) = await FormBody.ReadAsync(http.Request);
        if (form is null)
            return problem!.ToResult();
        var answer = form["answer"].ToString();
        if (answer is not ("yes" or "no"))
            return Problem.Invalid([new("/answer", "must be yes or no")]).ToResult();
        cookies.Answer(http, mayRemember: answer == "yes");
        http.Response.Headers.Location = LocalOrRoot(form["back"]);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    [GeneratedRegex(@"\A/(?!/)[!-\[\]-~]{0,199}\z")]
    private static partial Regex LocalPath();
}
