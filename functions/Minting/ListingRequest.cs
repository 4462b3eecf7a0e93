using System.Text.RegularExpressions;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Minting;

/// <summary>What the marketplace tells of a listing. Fields that are absent stay as they are; those that are null are cleared.</summary>
public partial class ListingRequest
{
    private const int MaxTitleLength = 500;
    private const decimal MaxPrice = 1_000_000_000_000m;
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(5);

    private Fields given;

    public string? Title { get; set => field = Given(Fields.Title, value); }

    /// <summary>0 to 10¹², with its currency.</summary>
    public decimal? Price { get; set => field = Given(Fields.Price, value); }

    /// <summary>ISO 4217: three capital letters.</summary>
    public string? Currency { get; set => field = Given(Fields.Currency, value); }

    public string? ImageUrl { get; set => field = Given(Fields.ImageUrl, value); }

    /// <summary><c>available</c>, <c>sold</c> or <c>removed</c>.</summary>
    public string? State { get; set => field = Given(Fields.State, value); }

    public string? SuccessorId { get; set => field = Given(Fields.SuccessorId, value); }

    /// <summary>When the marketplace changed it; now when absent. A change older than the last is ignored.</summary>
    public DateTimeOffset? UpdatedAt { get; set; }

    internal void Validate(List<FieldError> errors, string pointer, string? id, DateTimeOffset now, bool allowHttp)
    {
        FieldRules.Text(errors, pointer + "/title", Title, MaxTitleLength);
        if (Price is { } price)
        {
            if (price is < 0 or > MaxPrice)
                errors.Add(new(pointer + "/price", "must be 0 to 1000000000000"));
            if (Currency is null)
                errors.Add(new(pointer + "/currency", "must be given with the price"));
        }
        if (Currency is not null && !CurrencyForm().IsMatch(Currency))
            errors.Add(new(pointer + "/currency", "must be three capital letters (ISO 4217), such as CNY"));
        if (ImageUrl is not null && DestinationTemplate.TryParse(ImageUrl, allowHttp, out var error) is null)
            errors.Add(new(pointer + "/imageUrl", error));
        if (given.HasFlag(Fields.State) && ListingStates.Parse(State) is null)
            errors.Add(new(pointer + "/state", "must be available, sold or removed"));
        FieldRules.Id(errors, pointer + "/successorId", SuccessorId);
        if (SuccessorId is not null && SuccessorId == id)
            errors.Add(new(pointer + "/successorId", "must be another listing"));
        if (UpdatedAt > now + MaxClockSkew || UpdatedAt < Earliest)
            errors.Add(new(pointer + "/updatedAt", "must be a time from the year 2000 on and not in the future"));
    }

    /// <summary>The listing after this change, which counts as the newest when it has no time of its own.</summary>
    internal Listing ApplyNow(string id, Listing? present, DateTimeOffset now) => Apply(id, present, present?.UpdatedAt > now ? present.UpdatedAt : now);

    /// <summary>The listing after this change, made at <paramref name="at"/> when it has no time of its own; the present one when the change is older or brings nothing new.</summary>
    internal Listing Apply(string id, Listing? present, DateTimeOffset at)
    {
        var updatedAt = UpdatedAt ?? at;
        if (present is not null && updatedAt < present.UpdatedAt)
            return present;
        var before = present ?? new Listing { Id = id, UpdatedAt = updatedAt };
        var after = before with
        {
            Title = given.HasFlag(Fields.Title) ? Title : before.Title,
            Price = given.HasFlag(Fields.Price) ? Price : before.Price,
            Currency = given.HasFlag(Fields.Currency) ? Currency : before.Currency,
            ImageUrl = given.HasFlag(Fields.ImageUrl) ? ImageUrl : before.ImageUrl,
            State = given.HasFlag(Fields.State) ? ListingStates.Parse(State)!.Value : before.State,
            SuccessorId = given.HasFlag(Fields.SuccessorId) ? SuccessorId : before.SuccessorId,
        };
        return UpdatedAt is null && after == present ? present : after with { UpdatedAt = updatedAt };
    }

    [GeneratedRegex(@"\A[A-Z]{3}\z")]
    private static partial Regex CurrencyForm();

    private T Given<T>(Fields field, T value)
    {
        given |= field;
        return value;
    }

    [Flags]
    private enum Fields
    {
        None = 0,
        Title = 1,
        Price = 2,
        Currency = 4,
        ImageUrl = 8,
        State = 16,
        SuccessorId = 32,
    }
}

/// <summary>A listing as callers see it.</summary>
public sealed record ListingView(
    string Id, string? Title, decimal? Price, string? Currency, string? ImageUrl, string State, string? SuccessorId, DateTimeOffset UpdatedAt)
{
    public static ListingView Of(Listing listing) => new(
        listing.Id, listing.Title, listing.Price, listing.Currency, listing.ImageUrl, listing.State.Name(), listing.SuccessorId,
        listing.UpdatedAt);
}
