using System.Text.Json.Serialization;
using ShareLinks.Codes;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>A listing as schema.org's <c>Product</c> with its <c>Offer</c> (JSON-LD), for programs that preview links.</summary>
internal sealed record ProductData
{
    [JsonPropertyName("@context")]
    public string Context { get; } = "https://schema.org";

    [JsonPropertyName("@type")]
    public string Type { get; } = "Product";

    [JsonPropertyName("name")]
    public required string Name { get; init; }

    [JsonPropertyName("url")]
    public required string Url { get; init; }

    [JsonPropertyName("image")]
    public string? Image { get; init; }

    [JsonPropertyName("offers")]
    public OfferData? Offers { get; init; }

    public static ProductData Of(string title, string url, string? image, Listing? listing) => new()
    {
        Name = title,
        Url = url,
        Image = image,
        Offers = listing is { Price: { } price, Currency: { } currency } ? new OfferData(price, currency, listing.State) : null,
    };
}

/// <summary>What the listing costs, and whether it can still be had.</summary>
internal sealed record OfferData
{
    public OfferData(decimal price, string currency, ListingState state) =>
        (Price, Currency, Availability) = (Currencies.Round(price, currency), currency, state == ListingState.Available ? "https://schema.org/InStock" : "https://schema.org/SoldOut");

    [JsonPropertyName("@type")]
    public string Type { get; } = "Offer";

    [JsonPropertyName("price")]
    public decimal Price { get; }

    [JsonPropertyName("priceCurrency")]
    public string Currency { get; }

    [JsonPropertyName("availability")]
    public string Availability { get; }

    [JsonPropertyName("itemCondition")]
    public string Condition { get; } = "https://schema.org/UsedCondition";
}

[JsonSerializable(typeof(ProductData))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ProductJson : JsonSerializerContext;
