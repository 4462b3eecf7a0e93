using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.Minting;

/// <summary><c>/api/listings</c>.</summary>
public static class ListingEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, bool allowHttp)
    {
        var group = routes.MapGroup("/api/listings").RequireAuthorization(Scopes.Mint).WithTags("Listings");

        group.MapPut("/{id}", async Task<IResult> (string id, HttpContext http, ListingTable listings, TimeProvider time) =>
        {
            var (request, problem) = await JsonBody.ReadAsync(http.Request, MintingJson.Instance.ListingRequest);
            if (problem is not null)
                return problem.ToResult();
            var now = time.GetUtcNow();
            var errors = new List<FieldError>();
            FieldRules.Id(errors, "/id", id);
            request!.Validate(errors, "", id, now, allowHttp);
            if (errors.Count > 0)
                return Problem.Invalid(errors).ToResult();
            var listing = await listings.ChangeAsync(id, present => request.Apply(id, present, now), [], http.RequestAborted);
            return Results.Json(ListingView.Of(listing), MintingJson.Instance.ListingView);
        })
            .WithSummary("Tell of a listing: merges; a change older than the last is ignored").Accepts<ListingRequest>("application/json").Produces<ListingView>();

        group.MapGet("/{id}", async Task<IResult> (string id, ListingTable listings) =>
            id.Length <= FieldRules.MaxIdLength && await listings.GetAsync(id) is { } listing
                ? Results.Json(ListingView.Of(listing), MintingJson.Instance.ListingView)
                : Problem.NotFound("The marketplace never told of this listing.").ToResult())
            .WithSummary("Read a listing").Produces<ListingView>();
    }
}
