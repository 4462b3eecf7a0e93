using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Minting;

namespace ShareLinks.Posters;

/// <summary>Makes lots of posters, and points them at other listings.</summary>
/// <remarks>A lot's row has its links' ids before any is minted, and minting under the same ids gives the same links: another try, or the completion of what was cut off, makes nothing twice. Thread-safe.</remarks>
public sealed class PosterLots(LotTable lots, LinkTable links, ListingTable listings, LinkIdLeases leases, LinkMinter minter, Destinations destinations, TimeProvider time)
{
    private const int ChangesAtOnce = 8;

    /// <summary>Makes a lot; the same one when it was made by the same call before.</summary>
    /// <returns>The lot, or what is wrong.</returns>
    public async Task<(PosterLot? Lot, Problem? Problem)> MakeAsync(LotRequest request, bool allowHttp, CancellationToken cancellationToken)
    {
        var errors = request.Validate();
        if (errors.Count > 0)
            return (null, Problem.Invalid(errors));
        if (await lots.FindAsync(request.Name!, cancellationToken) is { } present)
            return await TakeUpAsync(request, present);
        if ((await lots.ListAsync(cancellationToken)).FirstOrDefault(lot => PosterLot.IsWithin(lot.Name, request.Name!) || PosterLot.IsWithin(request.Name!, lot.Name)) is { } near)
            return (null, Problem.Invalid([new("/name", $"must not be within, or around, {near.Name}, which is a lot already: what one brought would count for the other")]));
        var now = time.GetUtcNow();
        var lot = new PosterLot
        {
            Name = request.Name!,
            ListingId = request.ListingId,
            Web = request.Web,
            Channel = request.Channel,
            Campaign = request.Campaign,
            Title = request.Title,
            Price = request.Price,
            Key = request.Key!,
            CreatedAt = now,
            Links = [],
        };
        errors = LinkOf(lot, request.Count!.Value).Validate(destinations, allowHttp, now);
        if (errors.Count > 0)
            return (null, Problem.Invalid(errors));
        if (lot.ListingId is { } listingId && !await listings.IsToldOfAsync(listingId, cancellationToken))
            return (null, UnknownListing(listingId));
        lot = lot with { Links = await leases.TakeAsync(request.Count.Value, cancellationToken) };
        if (!await lots.AddAsync(lot, cancellationToken))
            return await TakeUpAsync(request, (await lots.FindAsync(lot.Name, cancellationToken))!);
        await MintAsync(lot);
        return (lot, null);
    }

    /// <summary>Mints the links of a lot that are not there; those that are stay as they are.</summary>
    public Task MintAsync(PosterLot lot) => minter.MintAsync([.. Enumerable.Range(1, lot.Count).Select(number => LinkOf(lot, number))], new Reservation(lot.Links, lot.CreatedAt));

    /// <summary>The links of a lot, by serial; null for one whose mint was cut off.</summary>
    public async Task<IReadOnlyList<Link?>> LinksAsync(PosterLot lot) => await Task.WhenAll(lot.Links.Select(id => links.GetAsync(id).AsTask()));

    /// <summary>Points the posters of a lot, from one serial to another, at another listing; what is wrong, or null. Cut off, it can be done again.</summary>
    public async Task<Problem?> RepointAsync(PosterLot lot, int from, int to, string listingId, CancellationToken cancellationToken)
    {
        var request = LinkChangeRequest.ToListing(listingId);
        if (request.Validate(destinations, time.GetUtcNow()) is { Count: > 0 } errors)
            return Problem.Invalid(errors);
        if (from < 1 || to > lot.Count || from > to)
            return Problem.Invalid([new("/serial", $"must be 1 to {lot.Count}")]);
        if (!await listings.IsToldOfAsync(listingId, cancellationToken))
            return UnknownListing(listingId);
        Problem? wrong = null;
        await Parallel.ForEachAsync(lot.Links.Skip(from - 1).Take(to - from + 1), new ParallelOptions { MaxDegreeOfParallelism = ChangesAtOnce, CancellationToken = cancellationToken }, async (id, cancellation) =>
        {
            if (await minter.ChangeAsync(id, request, destinations, cancellation) is (_, { } problem))
                wrong = problem;
        });
        return wrong;
    }

    /// <summary>The answer to a listing that the marketplace never reported: its id is most likely mistyped, and posters of it would be blank.</summary>
    internal static Problem UnknownListing(string id) => Problem.Invalid([new("/listingId", $"names no listing: the marketplace has not reported {id}")]);

    /// <summary>A second try of the same call finishes what the first began; another call finds the name taken.</summary>
    private async Task<(PosterLot? Lot, Problem? Problem)> TakeUpAsync(LotRequest request, PosterLot present)
    {
        if (!request.Made(present))
            return (null, Problem.Invalid([new("/name", $"is taken: {present.Name} has {present.Count} posters; name the next lot {present.Name}-2, for example")]));
        await MintAsync(present);
        return (present, null);
    }

    private static MintRequest LinkOf(PosterLot lot, int number) => new()
    {
        ListingId = lot.ListingId,
        Channel = lot.Channel,
        Campaign = lot.Campaign,
        Placement = lot.PlacementOf(number),
        Destinations = lot.Web is null ? null : new LinkDestinations { Web = lot.Web },
    };
}
