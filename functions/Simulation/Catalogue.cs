using ShareLinks.Links;

namespace ShareLinks.Simulation;

/// <summary>The listings of a history, the most wanted first: how much in demand one is falls with its rank, after Zipf. Not thread-safe.</summary>
internal sealed class Catalogue
{
    private const double ZipfExponent = 0.9;

    /// <summary>The part that is there from the start, or from the first hours.</summary>
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
            // What is much in demand comes from shops that have more than one; it is sold out when its clicks turn out to be more than they thought.
            var stock = (int)Math.Clamp(dice.LogNormal(plan.Clicks * DemandFor(rank) / demand * Trade.Orders, 0.8), 1, int.MaxValue);
            // Something is always to be had, however little it is wanted.
            return rank == plan.Listings - 1
                ? new SimulatedListing(rank, title, price, start, DateTimeOffset.MaxValue, false) { Stock = int.MaxValue }
                : new SimulatedListing(rank, title, price, listedAt, endsAt, isRemoved) { Stock = stock };
        })];
        coming = new([.. All.OrderBy(listing => listing.ListedAt).ThenByDescending(listing => listing.Rank)]);
    }

    public IReadOnlyList<SimulatedListing> All { get; }

    /// <summary>The listings that come up before a moment and have not been given yet.</summary>
    public IEnumerable<SimulatedListing> ListedBefore(DateTimeOffset moment)
    {
        while (coming.TryPeek(out var next) && next.ListedAt < moment)
            yield return coming.Dequeue();
    }

    /// <summary>Those that are to be had now, by demand.</summary>
    public Weighted<SimulatedListing> Available() => new(All.Where(listing => listing.IsAvailable), listing => DemandFor(listing.Rank));

    private static double DemandFor(int rank) => Math.Pow(rank + 1, -ZipfExponent);
}

/// <summary>A listing and what will become of it.</summary>
/// <param name="rank">Its place by demand, from 0.</param>
/// <param name="title">Its title.</param>
/// <param name="price">In CNY.</param>
/// <param name="listedAt">When it comes up.</param>
/// <param name="endsAt">When it goes, if it is not sold by then.</param>
/// <param name="isRemoved">Whether its seller then takes it back; else it was sold elsewhere.</param>
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

    /// <summary>The listing as the service knows it; null before it was told.</summary>
    public Listing? Told { get; set; }

    /// <summary>What its links go on to once it is gone.</summary>
    public SimulatedListing? Successor { get; set; }

    public bool IsAvailable => Told is { State: ListingState.Available };
}
