using ShareLinks.Links;

namespace ShareLinks.Simulation;

/// <summary>The listings of a history, the most popular first: demand falls with the rank by Zipf's law. Not thread-safe.</summary>
internal sealed class Catalogue
{
    private const double ZipfExponent = 0.9;

    /// <summary>The part that exists from the start or from the first hours.</summary>
    private const double Early = 0.55;

    private static readonly TimeSpan Life = TimeSpan.FromDays(16);

    private readonly Queue<SimulatedListing> coming;

    public Catalogue(SimulationPlan plan, DateTimeOffset start, Dice dice)
    {
        var length = plan.End - start;
        var demand = Enumerable.Range(0, plan.Listings).Sum(DemandFor);
        All = [.. Enumerable.Range(0, plan.Listings).Select(rank =>
        {
            var (title, price) = Goods.Next(dice);
            var listedAt = start + length * (dice.Chance(Early) ? Math.Max(0, dice.Between(-0.05, 0.02)) : dice.Between(0, 0.97));
            var (endsAt, isRemoved) = (listedAt + dice.LogNormal(Life, 0.9), dice.Chance(0.3));
            // Popular listings come from shops with several pieces; one sells out when it gets more clicks than its shop expected.
            var stock = (int)Math.Clamp(dice.LogNormal(plan.Clicks * DemandFor(rank) / demand * Trade.Orders, 0.8), 1, int.MaxValue);
            // The least popular listing is always available.
            return rank == plan.Listings - 1
                ? new SimulatedListing(rank, title, price, start, DateTimeOffset.MaxValue, false) { Stock = int.MaxValue }
                : new SimulatedListing(rank, title, price, listedAt, endsAt, isRemoved) { Stock = stock };
        })];
        coming = new([.. All.OrderBy(listing => listing.ListedAt).ThenByDescending(listing => listing.Rank)]);
    }

    public IReadOnlyList<SimulatedListing> All { get; }

    /// <summary>The listings that start before a moment and were not returned by an earlier call.</summary>
    public IEnumerable<SimulatedListing> ListedBefore(DateTimeOffset moment)
    {
        while (coming.TryPeek(out var next) && next.ListedAt < moment)
            yield return coming.Dequeue();
    }

    /// <summary>The listings that are available now, weighted by demand.</summary>
    public Weighted<SimulatedListing> Available() => new(All.Where(listing => listing.IsAvailable), listing => DemandFor(listing.Rank));

    private static double DemandFor(int rank) => Math.Pow(rank + 1, -ZipfExponent);
}

/// <summary>A listing and its future.</summary>
/// <param name="rank">Its rank by demand, from 0.</param>
/// <param name="title">Its title.</param>
/// <param name="price">In CNY.</param>
/// <param name="listedAt">When it starts.</param>
/// <param name="endsAt">When it ends, if it is not sold by then.</param>
/// <param name="isRemoved">Whether its seller then removes it; otherwise it was sold elsewhere.</param>
internal sealed class SimulatedListing(int rank, string title, decimal price, DateTimeOffset listedAt, DateTimeOffset endsAt, bool isRemoved)
{
    public int Rank { get; } = rank;

    public string Id { get; } = $"sim-item-{rank + 1}";

    public string Title { get; } = title;

    public decimal Price { get; set; } = price;

    public DateTimeOffset ListedAt { get; } = listedAt;

    public DateTimeOffset EndsAt { get; } = endsAt;

    public bool IsRemoved { get; } = isRemoved;

    /// <summary>Pieces left.</summary>
    public int Stock { get; set; }

    public DateTimeOffset? SoldOutAt { get; set; }

    /// <summary>The listing as the service stores it; null before its first link.</summary>
    public Listing? Stored { get; set; }

    /// <summary>The listing that its links lead to after its end.</summary>
    public SimulatedListing? Successor { get; set; }

    public bool IsAvailable => Stored is { State: ListingState.Available };
}
