using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Minting;

/// <summary>A change to a link. Fields that are absent stay as they are; those that are null are cleared. Later clicks alone are affected.</summary>
public sealed class LinkChangeRequest
{
    private Fields given;

    public bool? Disabled { get; set => field = Given(Fields.Disabled, value); }

    public DateTimeOffset? ExpiresAt { get; set => field = Given(Fields.ExpiresAt, value); }

    /// <summary>Points the link at another listing, so that a printed poster can serve again.</summary>
    public string? ListingId { get; set => field = Given(Fields.ListingId, value); }

    public string? Channel { get; set => field = Given(Fields.Channel, value); }

    public string? Campaign { get; set => field = Given(Fields.Campaign, value); }

    public string? Placement { get; set => field = Given(Fields.Placement, value); }

    public IReadOnlyDictionary<string, string?>? Tags { get; set => field = Given(Fields.Tags, value); }

    public LinkDestinations? Destinations { get; set => field = Given(Fields.Destinations, value); }

    /// <summary>Points a link at a listing; an address of its own would go before any, so it is cleared.</summary>
    internal static LinkChangeRequest ToListing(string listingId) => new() { ListingId = listingId, Destinations = null };

    internal List<FieldError> Validate(Destinations destinations, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        if (given.HasFlag(Fields.Disabled) && Disabled is null)
            errors.Add(new("/disabled", "must be true or false"));
        FieldRules.Future(errors, "/expiresAt", ExpiresAt, now);
        FieldRules.Id(errors, "/listingId", ListingId);
        FieldRules.Name(errors, "/channel", Channel, "wechat_moments");
        FieldRules.Text(errors, "/campaign", Campaign, FieldRules.MaxCampaignLength);
        FieldRules.Placement(errors, "/placement", Placement);
        FieldRules.Tags(errors, "/tags", Tags);
        Destinations?.Validate(errors, "/destinations", destinations);
        return errors;
    }

    /// <summary>The link after this change.</summary>
    internal Link Apply(Link link, DateTimeOffset now) => link with
    {
        Attributes = link.Attributes with
        {
            ListingId = given.HasFlag(Fields.ListingId) ? ListingId : link.Attributes.ListingId,
            Channel = given.HasFlag(Fields.Channel) ? Channel : link.Attributes.Channel,
            Campaign = given.HasFlag(Fields.Campaign) ? Campaign : link.Attributes.Campaign,
            Placement = given.HasFlag(Fields.Placement) ? Placement : link.Attributes.Placement,
            Tags = given.HasFlag(Fields.Tags) ? LinkMinter.TagsOf(Tags) : link.Attributes.Tags,
        },
        DisabledAt = given.HasFlag(Fields.Disabled) ? (Disabled == true ? link.DisabledAt ?? now : null) : link.DisabledAt,
        ExpiresAt = given.HasFlag(Fields.ExpiresAt) ? ExpiresAt : link.ExpiresAt,
        WebDestination = given.HasFlag(Fields.Destinations) ? Destinations?.Web : link.WebDestination,
    };

    private T Given<T>(Fields field, T value)
    {
        given |= field;
        return value;
    }

    [Flags]
    private enum Fields
    {
        None = 0,
        Disabled = 1,
        ExpiresAt = 2,
        ListingId = 4,
        Channel = 8,
        Campaign = 16,
        Placement = 32,
        Tags = 64,
        Destinations = 128,
    }
}
