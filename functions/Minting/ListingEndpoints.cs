using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.Minting;

/// <summary><c>/api/listings</c>.</summary>
public static class ListingEndpoints
{
    private const int MaxListings = 1000;
    private const int WritesAtOnce = 8;

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
            var listing = await listings.ChangeAsync(id, present => request.ApplyNow(id, present, now), [], http.RequestAborted);
            return Results.Json(ListingView.Of(listing), MintingJson.Instance.ListingView);
        })
            .WithSummary("Create or update a listing: merges; a change older than the last is ignored").Accepts<ListingRequest>("application/json").Produces<ListingView>();

        group.MapPost("/batch", async Task<IResult> (HttpContext http, ListingTable listings, TimeProvider time) =>
        {
            var (items, problem) = await JsonBody.ReadBatchAsync<ListingBatchItem>(http.Request, MintingJson.Instance.ListingBatchRequest, MaxListings);
            if (problem is not null)
                return problem.ToResult();
            var now = time.GetUtcNow();
            var results = new ListingBatchResult[items!.Count];
            // Those of one listing are taken in their order.
            await Parallel.ForEachAsync(
                Enumerable.Range(0, items.Count).GroupBy(i => items[i].Value?.Id), new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce }, async (places, _) =>
                {
                    foreach (var i in places)
                        results[i] = await ChangeAsync(listings, items[i], now, allowHttp);
                });
            return Results.Json(new ListingBatchResponse(results), MintingJson.Instance.ListingBatchResponse);
        })
            .WithSummary("Create or update up to 1,000 listings, each with its own result").Accepts<ListingBatchRequest>("application/json").Produces<ListingBatchResponse>();

        group.MapGet("/{id}", async Task<IResult> (string id, ListingTable listings) =>
            id.Length <= FieldRules.MaxIdLength && await listings.GetAsync(id) is { } listing
                ? Results.Json(ListingView.Of(listing), MintingJson.Instance.ListingView)
                : Problem.NotFound("The marketplace never reported this listing.").ToResult())
            .WithSummary("Read a listing").Produces<ListingView>();
    }

    private static async Task<ListingBatchResult> ChangeAsync(ListingTable listings, BatchEntry<ListingBatchItem> entry, DateTimeOffset now, bool allowHttp)
    {
        if (entry.Check("", item => item.Validate(now, allowHttp)) is { } problem)
            return new ListingBatchResult(problem.Status, null, problem);
        var item = entry.Value!;
        var listing = await listings.ChangeAsync(item.Id!, present => item.ApplyNow(item.Id!, present, now), [], CancellationToken.None);
        return new ListingBatchResult(StatusCodes.Status200OK, ListingView.Of(listing), null);
    }
}
