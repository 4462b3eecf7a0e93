using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Minting;

/// <summary>What a link is to be.</summary>
public sealed record MintRequest
{
    /// <summary>The listing to open; may be null when <see cref="Destinations"/> has a web address.</summary>
    public string? ListingId { get; set; }

    /// <summary>What to keep of the listing, as for <c>PUT /api/listings/{id}</c>.</summary>
    public ListingRequest? Listing { get; set; }

    /// <summary>The marketplace's id of the person who shares it.</summary>
    public string? SharerId { get; set; }

    /// <summary>Where it is shared, such as <c>wechat</c>: 1 to 32 of <c>a-z0-9_-</c>.</summary>
    public string? Channel { get; set; }

    /// <summary>Up to 64 characters.</summary>
    public string? Campaign { get; set; }

    /// <summary>Where it hangs, as a path, such as <c>hz-market/stall-7</c>: up to 128 characters.</summary>
    public string? Placement { get; set; }

    /// <summary>What the sharer came from: a link's code, token or alias, or the id of a click. With a click past retention the link is minted without a parent.</summary>
    public string? Parent { get; set; }

    /// <summary>A name that opens the link too: 3 to 64 of <c>A-Za-z0-9_-</c>, case-sensitive.</summary>
    public string? Alias { get; set; }

    /// <summary>From then on the link answers 410.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Up to 8 names (a letter, then <c>a-z0-9_</c>) with values of up to 64 characters.</summary>
    public IReadOnlyDictionary<string, string?>? Tags { get; set; }

    public LinkDestinations? Destinations { get; set; }

    internal List<FieldError> Validate(Destinations destinations, bool allowHttp, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        FieldRules.Id(errors, "/listingId", ListingId);
        if (ListingId is null && Destinations?.Web is null)
            errors.Add(new("/listingId", "must be given when destinations.web is not"));
        if (ListingId is null && Listing is not null)
            errors.Add(new("/listing", "must not be given without listingId"));
        if (Destinations?.Web is null && ListingId is not null && destinations.Web is null)
            errors.Add(new("/destinations/web", "must be given: this deployment sets no ShareLinks:Destinations:Web"));
        Listing?.Validate(errors, "/listing", ListingId, now, allowHttp);
        FieldRules.Id(errors, "/sharerId", SharerId);
        FieldRules.Name(errors, "/channel", Channel, "wechat_moments");
        FieldRules.Text(errors, "/campaign", Campaign, FieldRules.MaxCampaignLength);
        FieldRules.Placement(errors, "/placement", Placement);
        FieldRules.Text(errors, "/parent", Parent, AliasTable.MaxLength);
        if (Alias is not null && !AliasTable.IsWellFormed(Alias))
            errors.Add(new("/alias", $"must be {AliasTable.MinLength} to {AliasTable.MaxLength} of A-Z, a-z, 0-9, _ and -"));
        FieldRules.Future(errors, "/expiresAt", ExpiresAt, now);
        FieldRules.Tags(errors, "/tags", Tags);
        Destinations?.Validate(errors, "/destinations", destinations);
        return errors;
    }
}

/// <summary>Addresses that a link opens in place of the deployment's templates.</summary>
public sealed record LinkDestinations
{
    /// <summary>An https address on one of the deployment's allowed hosts; <c>{listingId}</c> and <c>{clickId}</c> in it are filled in.</summary>
    public string? Web { get; set; }

    internal void Validate(List<FieldError> errors, string pointer, Destinations destinations)
    {
        if (Web is not null && destinations.TryParseOwn(Web, out var error) is null)
            errors.Add(new(pointer + "/web", error));
    }
}
