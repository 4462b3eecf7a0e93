using System.Text.RegularExpressions;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary><c>POST /visitor-consent</c>: the form in which a visitor allows or refuses the cookie, with <c>answer=yes</c> or <c>no</c> and the page to go <c>back</c> to.</summary>
public static partial class ConsentEndpoints
{
    public const string Path = "/visitor-consent";

    private static readonly Problem Foreign = Problem.Of(StatusCodes.Status403Forbidden, "foreign_page", "Only a page of this service's may answer for its visitor.");

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, AnswerAsync).ExcludeFromDescription();

    /// <summary>The address to go back to, if it is one of this host's: <c>/</c> and up to 199 visible ASCII characters that no browser takes for another host.</summary>
    internal static string LocalOrRoot(string? back) => back is not null && LocalPath().IsMatch(back) ? back : "/";

    private static async Task<IResult> AnswerAsync(HttpContext http, VisitorCookies cookies, PublicAddress address)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!IsFromHere(http.Request.Headers, address))
            return Foreign.ToResult();
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

    /// <summary>By what browsers say of where a request comes from; those too old to say anything can't be told apart, and the cookies are <c>Lax</c>.</summary>
    private static bool IsFromHere(IHeaderDictionary headers, PublicAddress address)
    {
        if (headers["Sec-Fetch-Site"] is { Count: > 0 } site)
            return site == "same-origin";
        return headers.Origin.Count == 0
            || (Uri.TryCreate(headers.Origin, UriKind.Absolute, out var origin) && origin.GetLeftPart(UriPartial.Authority).Equals(address.ToString(), StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"\A/(?!/)[!-\[\]-~]{0,199}\z")]
    private static partial Regex LocalPath();
}
