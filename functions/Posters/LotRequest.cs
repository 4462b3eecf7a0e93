using ShareLinks.Http;
using ShareLinks.Minting;

namespace ShareLinks.Posters;

/// <summary>What a lot of posters is to be.</summary>
/// <param name="Name">The venue, as a placement: up to 80 characters.</param>
/// <param name="Count">Posters: 1 to <see cref="PosterLot.MaxPosters"/>; null when it was no number.</param>
/// <param name="Key">The maker's name for this call.</param>
public sealed record LotRequest(string? Name, int? Count, string? Key)
{
    private const int MaxNameLength = 80;
    private const int MaxTitleLength = 60;
    private const int MaxPriceLength = 30;

    public string? ListingId { get; init; }

    public string? Web { get; init; }

    public string? Channel { get; init; }

    public string? Campaign { get; init; }

    public string? Title { get; init; }

    public string? Price { get; init; }

    /// <summary>What is wrong with it, besides what is wrong with its links.</summary>
    internal List<FieldError> Validate()
    {
        var errors = new List<FieldError>();
        if (Name is null)
            errors.Add(new("/name", "must be given"));
        FieldRules.Text(errors, "/name", Name, MaxNameLength);
        if (errors.Count == 0)
            FieldRules.Placement(errors, "/name", Name);
        if (Count is not (> 0 and <= PosterLot.MaxPosters))
            errors.Add(new("/count", $"must be 1 to {PosterLot.MaxPosters}"));
        if (Key is null || !IdempotencyTable.IsKey(Key))
            errors.Add(new("/key", $"must have 1 to {IdempotencyTable.MaxKeyLength} visible ASCII characters"));
        FieldRules.Text(errors, "/title", Title, MaxTitleLength);
        FieldRules.Text(errors, "/price", Price, MaxPriceLength);
        return errors;
    }

    /// <summary>Whether a lot was made from the same.</summary>
    internal bool Made(PosterLot lot) =>
        (Name, Count, Key, ListingId, Web, Channel) == (lot.Name, lot.Count, lot.Key, lot.ListingId, lot.Web, lot.Channel)
        && (Campaign, Title, Price) == (lot.Campaign, lot.Title, lot.Price);
}
