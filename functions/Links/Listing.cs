namespace ShareLinks.Links;

/// <summary>What the core marketplace has reported of a listing.</summary>
public sealed record Listing
{
    public required string Id { get; init; }

    public string? Title { get; init; }

    public decimal? Price { get; init; }

    /// <summary>ISO 4217, three capital letters.</summary>
    public string? Currency { get; init; }

    public string? ImageUrl { get; init; }

    public ListingState State { get; init; }

    /// <summary>The listing that links go on to once this one is sold or removed.</summary>
    public string? SuccessorId { get; init; }

    /// <summary>When the marketplace last changed it; a change that is older is ignored.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

public enum ListingState
{
    Available,
    Sold,
    Removed,
}

/// <summary>States by the names that callers know.</summary>
public static class ListingStates
{
    /// <summary><c>available</c>, <c>sold</c> or <c>removed</c>.</summary>
    public static string Name(this ListingState state) => state switch
    {
        ListingState.Sold => "sold",
        ListingState.Removed => "removed",
        _ => "available",
    };

    /// <summary>The state of that name; null when there is none.</summary>
    public static ListingState? Parse(string? name) => name switch
    {
        "available" => ListingState.Available,
        "sold" => ListingState.Sold,
        "removed" => ListingState.Removed,
        _ => null,
    };
}
