using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary>What the marketplace's apps call: <c>POST /api/resolve</c>, <c>POST /api/clicks</c> and <c>GET /api/share-text/grammar</c>.</summary>
public static class TextEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/share-text/grammar", async Task<IResult> (ShareTextGrammar grammar, HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "public, max-age=3600";
            return Results.Json(new GrammarView(grammar.Pattern, ShareTextGrammar.Flags, grammar.Example), ResolvingJson.Instance.GrammarView);
        })
            .WithTags("Apps").WithSummary("The regular expression that finds this service's codes in a share text").Produces<GrammarView>();

        routes.MapPost("/api/resolve", async Task<IResult> (HttpContext http, TextOpener opener, FailureLimiter limiter, TimeProvider time) =>
        {
            var (request, problem) = await JsonBody.ReadAsync(http.Request, ResolvingJson.Instance.ResolveRequest);
            if (problem is not null)
                return problem.ToResult();
            if (request!.IsTooLong)
                return Misses.TextTooLong.ToResult();
            var errors = request.Validate("", time.GetUtcNow());
            if (errors.Count > 0)
                return Problem.Invalid(errors).ToResult();
            // A server of the marketplace's asks for many people from one address.
            var isServer = ApiKeyAuthentication.Has(http.User, Scopes.Ingest);
            var permit = isServer ? limiter.PermitForUser(request.UserId) : limiter.PermitFor(http);
            (var answer, problem) = await opener.OpenAsync(request, isServer, permit, http.RequestAborted);
            if (permit.IsRefused)
                return permit.Refuse(http).ToResult();
            return problem is null ? Results.Json(answer, ResolvingJson.Instance.ResolveAnswer) : problem.ToResult();
        })
            .RequireAuthorization(Scopes.Resolve)
            .WithTags("Apps").WithSummary("Find the links in a text that was pasted or scanned, and record that the first was opened")
            .Accepts<ResolveRequest>("application/json").Produces<ResolveAnswer>();

        routes.MapPost("/api/clicks", async Task<IResult> (HttpContext http, TextOpener opener, FailureLimiter limiter) =>
        {
            var (scans, problem) = await JsonBody.ReadBatchAsync<LateScan>(http.Request, ResolvingJson.Instance.LateScansRequest, LateScansRequest.MaxScans);
            if (problem is not null)
                return problem.ToResult();
            var isServer = ApiKeyAuthentication.Has(http.User, Scopes.Ingest);
            return Results.Json(
                await opener.RecordLateAsync(scans!, isServer, () => isServer ? LookupPermit.Free : limiter.PermitFor(http)), ResolvingJson.Instance.LateScansAnswer);
        })
            .RequireAuthorization(Scopes.ScanOrIngest)
            .WithTags("Apps").WithSummary("Record scans that were made without a network, each once for its scan id")
            .Accepts<LateScansRequest>("application/json").Produces<LateScansAnswer>();
    }
}

/// <summary>An expression that finds codes in texts.</summary>
/// <param name="Pattern">In the syntax that .NET, JavaScript, Java and ICU share; groups <c>code</c>, <c>click</c> and <c>token</c>.</param>
/// <param name="Flags">JavaScript's flags.</param>
/// <param name="Example">A text that it matches.</param>
public sealed record GrammarView(string Pattern, string Flags, string Example);
