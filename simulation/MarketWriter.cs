using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Minting;

namespace ShareLinks.Simulation;

/// <summary>Mints links and updates listings, as the marketplace would.</summary>
internal sealed class MarketWriter(LinkIdLeases leases, LinkMinter minter, ListingTable listings, Destinations destinations)
{
    private const int WritesAtOnce = 8;

    /// <summary>Mints any number of links.</summary>
    /// <exception cref="SimulationException">A link can't be minted.</exception>
    public async Task<IReadOnlyList<MintOutcome>> MintAsync(IReadOnlyList<MintRequest> requests, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var outcomes = new List<MintOutcome>(requests.Count);
        foreach (var batch in requests.Chunk(LinkMinter.MaxLinks))
        {
            foreach (var request in batch)
                Check(request.Validate(destinations, allowHttp: false, at));
            var minted = await minter.MintAsync(batch, new Reservation(await leases.TakeAsync(batch.Length, cancellationToken), at));
            if (minted.Select(outcome => outcome.Problem).FirstOrDefault(problem => problem is not null) is { } problem)
                throw new SimulationException($"A link could not be minted: {problem.Detail}");
            outcomes.AddRange(minted);
        }
        return outcomes;
    }

    /// <summary>Updates listings.</summary>
    /// <returns>The listings after the update.</returns>
    public async Task<IReadOnlyList<Listing>> UpdateListingsAsync(IReadOnlyList<(string Id, ListingRequest Request)> changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var updated = new Listing[changes.Count];
        await Parallel.ForEachAsync(changes.Index(), new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellationToken }, async (change, cancellation) =>
        {
            var (id, request) = change.Item;
            var errors = new List<FieldError>();
            request.Validate(errors, "", id, now, allowHttp: false);
            Check(errors);
            updated[change.Index] = await listings.ChangeAsync(id, present => request.ApplyNow(id, present, now), [], cancellation);
        });
        return updated;
    }

    /// <summary>Disables a link from now on.</summary>
    public async Task<Link> DisableAsync(LinkId id, CancellationToken cancellationToken) =>
        (await minter.ChangeAsync(id, new LinkChangeRequest { Disabled = true }, destinations, cancellationToken)).Link
        ?? throw new SimulationException("A link could not be disabled.");

    private static void Check(List<FieldError> errors)
    {
        if (errors is [var first, ..])
            throw new SimulationException($"A link or listing could not be made: {first.Pointer} {first.Detail}.");
    }
}
