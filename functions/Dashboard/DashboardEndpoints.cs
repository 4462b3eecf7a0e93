using System.Globalization;
using Microsoft.Extensions.Primitives;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Reporting;
using ShareLinks.Security;

namespace ShareLinks.Dashboard;

/// <summary><c>/dashboard</c>: the growth team's pages, for people who would rather look than call an API.</summary>
/// <remarks>Nobody sees any of it but who signed in with an API key of scope <c>query</c>. Every page works without script.</remarks>
internal static class DashboardEndpoints
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder routes, bool allowHttp)
    {
        Assets.Map(routes);
        var pages = routes.MapGroup("/dashboard").ExcludeFromDescription();
        // Also to sign in: another site could sign people in with a key of its own and see what they then do.
        pages.AddEndpointFilter(async (invocation, next) => HttpMethods.IsPost(invocation.HttpContext.Request.Method) && !MaySend(invocation.HttpContext) ? SameOrigin.Refusal.ToResult() : await next(invocation));

        pages.MapGet("", (HttpContext http, Reports reports, ReportingZone zone, TimeProvider time) => PageAsync(http, "overview", async visit =>
        {
            var range = PageRange.Of(visit.Query, zone, time.GetUtcNow());
            return Results.RazorSlice<Slices.Report, ReportModel>((await reports.OfAsync(visit.Frame, "all", range, http.RequestAborted))!);
        }));

        pages.MapGet("/subject", (HttpContext http, Reports reports, LinksPage links, ReportingZone zone, TimeProvider time) => PageAsync(http, "overview", async visit =>
        {
            var range = PageRange.Of(visit.Query, zone, time.GetUtcNow());
            if (visit.Query["subject"] is not { } subject)
                return NotFound(visit);
            if (!await reports.IsKnownAsync(subject, http.RequestAborted))
                return NotFound(visit, words => string.Format(CultureInfo.InvariantCulture, words["notfound.subject"], Reports.HeadingOf(words, subject)));
            return await reports.OfAsync(visit.Frame, subject, range, http.RequestAborted) is { } report
                ? Results.RazorSlice<Slices.Report, ReportModel>(report with { Links = await links.OfSubjectAsync(report.Frame, subject, range.Days, http.RequestAborted) })
                : NotFound(visit);
        }));

        pages.MapGet("/attribution", (HttpContext http, AttributionPage attribution, ReportingZone zone, TimeProvider time) => PageAsync(http, "attribution", async visit =>
        {
            var range = PageRange.Of(visit.Query, zone, time.GetUtcNow());
            return Results.RazorSlice<Slices.Attribution, AttributionModelView>(await attribution.OfAsync(visit.Frame, visit.Query, range, http.RequestAborted));
        }));

        pages.MapGet("/event", (HttpContext http, AttributionPage attribution) => PageAsync(http, "attribution", async visit =>
            visit.Query["type"] is { } type && visit.Query["id"] is { } id && await attribution.ExplainAsync(visit.Frame, type.Trim(), id.Trim(), visit.Query, http.RequestAborted) is { } model
                ? Results.RazorSlice<Slices.Event, EventModel>(model)
                : NotFound(visit)));

        pages.MapGet("/links", (HttpContext http, LinksPage links) => PageAsync(http, "links", async visit =>
            Results.RazorSlice<Slices.Links, LinksModel>(await LinksOfAsync(visit, links, new Dictionary<string, string>(), []))));

        pages.MapPost("/links", (HttpContext http, LinksPage links) => PageAsync(http, "links", async visit =>
        {
            if (await OwnFormAsync(http) is not { } form || !visit.Frame("", null).CanMint)
                return Results.BadRequest();
            var fields = LinksPage.Fields.ToDictionary(field => field, field => form[field].ToString().Trim());
            var (code, problems) = await links.MintAsync(fields, allowHttp, http.RequestAborted);
            return code is not null
                ? Results.LocalRedirect(visit.Query.To("/dashboard/subject", ("subject", $"link:{code}")))
                : Results.RazorSlice<Slices.Links, LinksModel>(await LinksOfAsync(visit, links, fields, problems), StatusCodes.Status400BadRequest);
        }));

        pages.MapPost("/links/change", (HttpContext http, LinksPage links) => PageAsync(http, "links", async visit =>
        {
            if (await OwnFormAsync(http) is not { } form || !visit.Frame("", null).CanMint
                || await links.ChangeAsync(form["code"].ToString(), form["change"].ToString(), form["listingId"].ToString().Trim(), http.RequestAborted) is not { } problems)
            {
                return Results.BadRequest();
            }
            return problems.Count == 0
                ? Results.LocalRedirect(visit.Query.To("/dashboard/subject", ("subject", $"link:{form["code"]}")))
                : Results.RazorSlice<Slices.Links, LinksModel>(await LinksOfAsync(visit, links, new Dictionary<string, string>(), problems), StatusCodes.Status400BadRequest);
        }));

        PosterEndpoints.Map(pages, allowHttp);

        pages.MapGet("/sign-in", (HttpContext http, ReportingZone zone, PublicAddress address) => SignIn(http, zone, address, http.Request.Query["to"], null, StatusCodes.Status200OK));

        pages.MapPost("/sign-in", async Task<IResult> (HttpContext http, Sessions sessions, ReportingZone zone, PublicAddress address, KeyFailureLimiter failures) =>
        {
            var (form, problem) = await FormBody.ReadAsync(http.Request);
            if (form is null)
                return problem!.ToResult();
            var permit = failures.PermitFor(http);
            if (await sessions.SignInAsync(http, form["key"].ToString().Trim(), address.IsHttps, permit) is not { } key)
            {
                if (!permit.IsRefused)
                    return SignIn(http, zone, address, form["to"], "sign.unknown", StatusCodes.Status401Unauthorized);
                _ = permit.Refuse(http);
                return SignIn(http, zone, address, form["to"], "sign.wait", StatusCodes.Status429TooManyRequests);
            }
            if (key.Scopes.Contains(Scopes.Query))
                return Results.LocalRedirect(LocalPage(form["to"]));
            Sessions.SignOut(http, address.IsHttps);
            return SignIn(http, zone, address, form["to"], "sign.scope", StatusCodes.Status403Forbidden);
        });

        pages.MapPost("/sign-out", async Task<IResult> (HttpContext http, PublicAddress address) =>
        {
            if (await OwnFormAsync(http) is null)
                return Results.BadRequest();
            Sessions.SignOut(http, address.IsHttps);
            return Results.LocalRedirect("/dashboard/sign-in");
        });

        pages.MapGet("/{**rest}", Task<IResult> (string? rest, HttpContext http) => PageAsync(http, "", visit => Task.FromResult(NotFound(visit))));
    }

    /// <summary>A page of this dashboard to continue to, whatever was requested.</summary>
    private static string LocalPage(string? to) =>
        to is not null && to.StartsWith("/dashboard", StringComparison.Ordinal) && !to.Contains('\\', StringComparison.Ordinal) && !to.Any(char.IsControl) ? to : "/dashboard";

    private static bool MaySend(HttpContext http) => SameOrigin.MaySend(http.Request.Headers, http.RequestServices.GetRequiredService<PublicAddress>().ToString());

    /// <summary>Shows a page to who is signed in, and the sign-in to everybody else.</summary>
    internal static async Task<IResult> PageAsync(HttpContext http, string page, Func<Visit, Task<IResult>> show)
    {
        var services = http.RequestServices;
        var (sessions, zone, address) = (services.GetRequiredService<Sessions>(), services.GetRequiredService<ReportingZone>(), services.GetRequiredService<PublicAddress>());
        if (await sessions.FindAsync(http.Request) is not { } key || !key.Scopes.Contains(Scopes.Query))
            return Results.LocalRedirect("/dashboard/sign-in?to=" + Uri.EscapeDataString(http.Request.Path + http.Request.QueryString));
        var (query, words) = (PageQuery.Of(http.Request), DashboardWords.For(http, address.IsHttps));
        Protect(http);
        var visit = new Visit(query, (title, complete) => new Frame
        {
            Words = words,
            Zone = zone,
            Query = query,
            Page = page,
            Title = title,
            IsSignedIn = true,
            CanMint = key.Scopes.Contains(Scopes.Mint),
            FormToken = sessions.FormToken(http.Request),
            CompleteThrough = complete,
        });
        return await show(visit);
    }

    private static Task<LinksModel> LinksOfAsync(Visit visit, LinksPage links, IReadOnlyDictionary<string, string> form, IReadOnlyList<string> problems)
    {
        var frame = visit.Frame("", null);
        return links.OfAsync(frame with { Title = frame.Words["nav.links"] }, frame.CanMint, form, problems);
    }

    /// <summary>A form of this dashboard's own; null when another site sent it.</summary>
    internal static async Task<IFormCollection?> OwnFormAsync(HttpContext http) =>
        await FormBody.ReadAsync(http.Request) is { Form: { } form } && http.RequestServices.GetRequiredService<Sessions>().IsOwnForm(http.Request, form["token"]) ? form : null;

    /// <summary>The page in the place of one that there is not.</summary>
    /// <param name="visit">The request for it.</param>
    /// <param name="text">What there is not, in the words of a language.</param>
    internal static IResult NotFound(Visit visit, Func<DashboardWords, string>? text = null)
    {
        var frame = visit.Frame("", null);
        return Results.RazorSlice<Slices.NotFound, NotFoundModel>(
            new NotFoundModel(frame with { Title = frame.Words["notfound"] }, text?.Invoke(frame.Words) ?? frame.Words["notfound.text"]), StatusCodes.Status404NotFound);
    }

    private static IResult SignIn(HttpContext http, ReportingZone zone, PublicAddress address, StringValues to, string? problem, int status)
    {
        Protect(http);
        var words = DashboardWords.For(http, address.IsHttps);
        var frame = new Frame { Words = words, Zone = zone, Query = PageQuery.Of(http.Request), Page = "", Title = words["sign.in"], IsSignedIn = false, FormToken = "" };
        return Results.RazorSlice<Slices.SignIn, SignInModel>(new SignInModel(frame, LocalPage(to), problem, http.RequestServices.GetRequiredService<DevelopmentKey>().IsEnabled ? DevelopmentKey.Value : null), status);
    }

    private static void Protect(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "same-origin";
        headers.Vary = "Accept-Language, Cookie";
    }

    /// <summary>A request for a page.</summary>
    /// <param name="Query">Its address.</param>
    /// <param name="Frame">Makes what stands around it, of a title and the moment that all is counted through.</param>
    internal sealed record Visit(PageQuery Query, Func<string, DateTimeOffset?, Frame> Frame);
}
