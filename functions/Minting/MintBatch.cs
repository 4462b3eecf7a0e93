using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Minting;

/// <summary>Up to 1,000 links to mint.</summary>
public sealed record MintBatchRequest
{
    public IReadOnlyList<MintRequest>? Links { get; set; }
}

/// <summary>A result for each link of the request, in its order.</summary>
public sealed record MintBatchResponse(IReadOnlyList<MintBatchResult> Results);

/// <param name="Status">201, or the problem's status.</param>
/// <param name="Link">The link, when it was minted.</param>
/// <param name="Problem">Why it was not.</param>
public sealed record MintBatchResult(
    int Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LinkView? Link,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Problem? Problem);

/// <summary>Up to 1,000 listings to create or update.</summary>
public sealed record ListingBatchRequest
{
    public IReadOnlyList<ListingBatchItem>? Listings { get; set; }
}

/// <summary>A listing with its id.</summary>
public sealed class ListingBatchItem : ListingRequest
{
    public string? Id { get; set; }

    internal List<FieldError> Validate(DateTimeOffset now, bool allowHttp)
    {
        var errors = new List<FieldError>();
        if (Id is null)
            errors.Add(new("/id", "must be given"));
        FieldRules.Id(errors, "/id", Id);
        Validate(errors, "", Id, now, allowHttp);
        return errors;
    }
}

/// <summary>A result for each listing of the request, in its order.</summary>
public sealed record ListingBatchResponse(IReadOnlyList<ListingBatchResult> Results);

/// <param name="Status">200, or the problem's status.</param>
/// <param name="Listing">The listing as it then stands.</param>
/// <param name="Problem">What was wrong.</param>
public sealed record ListingBatchResult(
    int Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ListingView? Listing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Problem? Problem);
