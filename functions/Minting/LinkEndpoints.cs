using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Security;

namespace ShareLinks.Minting;

/// <summary><c>/api/links</c>.</summary>
public static class LinkEndpoints
{
    private const int PageSize = 100;

    public static void Map(IEndpointRouteBuilder routes, bool allowHttp)
    {
        var group = routes.MapGroup("/api/links").RequireAuthorization(Scopes.Mint).WithTags("Links");

        group.MapPost("", async Task<IResult> (HttpContext http, MintCall call, LinkViews views) =>
        {
            var (bytes, problem) = await JsonBody.ReadBytesAsync(http.Request);
            if (problem is not null)
                return problem.ToResult();
            (var request, problem) = JsonBody.Parse(bytes, MintingJson.Instance.MintRequest);
            if (problem is not null)
                return problem.ToResult();
            (var key, problem) = MintCall.ReadKey(http, bytes);
            if (problem is not null)
                return problem.ToResult();
            (var outcomes, problem) = await call.MintAsync([request!], key, allowHttp, http.RequestAborted);
            if (problem is not null)
                return problem.ToResult();
            var (link, listing, linkProblem) = outcomes![0];
            if (link is null)
                return linkProblem!.ToResult();
            var view = await views.OfAsync(link, listing);
            http.Response.Headers.Location = $"/api/links/{view.Code}";
            return Results.Json(view, MintingJson.Instance.LinkView, statusCode: StatusCodes.Status201Created);
        })
            .WithSummary("Mint a link; with an Idempotency-Key header a retry gives the same link").Accepts<MintRequest>("application/json").Produces<LinkView>(StatusCodes.Status201Created);

        group.MapPost("/batch", async Task<IResult> (HttpContext http, MintCall call, LinkViews views) =>
        {
            var (bytes, problem) = await JsonBody.ReadBytesAsync(http.Request);
            if (problem is not null)
                return problem.ToResult();
            (var requests, problem) = JsonBody.ParseBatch<MintRequest>(bytes, MintingJson.Instance.MintBatchRequest, LinkMinter.MaxLinks);
            if (problem is not null)
                return problem.ToResult();
            (var key, problem) = MintCall.ReadKey(http, bytes);
            if (problem is not null)
                return problem.ToResult();
            (var outcomes, problem) = await call.MintAsync(requests!, key, allowHttp, http.RequestAborted);
            if (problem is not null)
                return problem.ToResult();
            var results = await Task.WhenAll(outcomes!.Select(async outcome => outcome.Link is { } link
                ? new MintBatchResult(StatusCodes.Status201Created, await views.OfAsync(link, outcome.Listing), null)
                : new MintBatchResult(outcome.Problem!.Status, null, outcome.Problem)));
            return Results.Json(new MintBatchResponse(results), MintingJson.Instance.MintBatchResponse);
        })
            .WithSummary("Mint up to 1,000 links, each with a result of its own").Accepts<MintBatchRequest>("application/json").Produces<MintBatchResponse>();

        group.MapGet("", ListAsync).WithSummary("List the links of a listing or a sharer, the newest first").Produces<LinkPage>();

        group.MapGet("/{code}", async Task<IResult> (string code, LinkFinder finder, LinkViews views) =>
            await finder.FindAsync(code, LookupPermit.Free) is { } link ? Results.Json(await views.OfAsync(link), MintingJson.Instance.LinkView) : NoSuchLink())
            .WithSummary("Read a link, by its code, alias or token").Produces<LinkView>();

        group.MapPatch("/{code}", async Task<IResult> (string code, HttpContext http, LinkFinder finder, LinkMinter minter, LinkViews views, Destinations destinations, TimeProvider time) =>
        {
            var (request, problem) = await JsonBody.ReadAsync(http.Request, MintingJson.Instance.LinkChangeRequest);
            if (problem is not null)
                return problem.ToResult();
            var errors = request!.Validate(destinations, time.GetUtcNow());
            if (errors.Count > 0)
                return Problem.Invalid(errors).ToResult();
            if (await finder.FindAsync(code, LookupPermit.Free) is not { } found)
                return NoSuchLink();
            (var link, problem) = await minter.ChangeAsync(found.Id, request, destinations, http.RequestAborted);
            if (problem is not null)
                return problem.ToResult();
            return link is null ? NoSuchLink() : Results.Json(await views.OfAsync(link), MintingJson.Instance.LinkView);
        })
            .WithSummary("Change a link; seen everywhere within 30 s, by later clicks alone").Accepts<LinkChangeRequest>("application/json").Produces<LinkView>();
    }

    private static async Task<IResult> ListAsync(
        string? listingId, string? sharerId, string? cursor, HttpContext http, ShortCodes codes, ListingTable listings, PersonTable people, LinkTable links,
        LinkViews views)
    {
        LinkId? after = null;
        if (cursor is not null)
        {
            if (!codes.TryDecode(cursor, out var last))
                return Problem.InvalidQuery("cursor", "must be the cursor of an earlier page").ToResult();
            after = last;
        }
        IAsyncEnumerable<LinkId> ids;
        switch (listingId, sharerId)
        {
            case ({ Length: > 0 and <= FieldRules.MaxIdLength }, null):
                ids = listings.LinksAsync(listingId, after, PageSize);
                break;
            case (null, { Length: > 0 and <= FieldRules.MaxIdLength }):
                ids = await people.FindAsync(sharerId) is { } person ? people.LinksAsync(person, after, PageSize) : AsyncEnumerable.Empty<LinkId>();
                break;
            default:
                return Problem.InvalidQuery("listingId", $"or sharerId must be given, not both, with 1 to {FieldRules.MaxIdLength} characters").ToResult();
        }

        var page = await ids.Take(PageSize).ToListAsync(http.RequestAborted);
        var found = await Task.WhenAll(page.Select(id => links.GetAsync(id).AsTask()));
        // An index row may be left over from an interrupted mint, or from before the link was pointed at another listing.
        var shown = found.OfType<Link>().Where(link => listingId is null || link.Attributes.ListingId == listingId);
        return Results.Json(
            new LinkPage(await views.OfAsync(shown), page.Count == PageSize ? codes.Encode(page[^1]) : null), MintingJson.Instance.LinkPage);
    }

    private static IResult NoSuchLink() => Problem.NotFound("There is no link with this code or alias.").ToResult();
}
