using ShareLinks.Clicks;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>Decides what a code that somebody opened leads to. Reads what caches lack and writes nothing.</summary>
public sealed class LinkResolver(LinkFinder finder, LinkTable links, ListingTable listings, Destinations destinations, TimeProvider time)
{
    /// <summary>What the code or alias of an address leads to.</summary>
    public async ValueTask<Resolution> ResolveAsync(string text) => await ResolveAsync(await finder.FindIdAsync(text));

    /// <summary>What the token of a QR picture leads to.</summary>
    public ValueTask<Resolution> ResolveTokenAsync(string token) => ResolveAsync(finder.FindToken(token));

    private async ValueTask<Resolution> ResolveAsync(FoundCode found)
    {
        var (form, id) = found;
        if (form == CodeForm.None)
            return new Resolution.NoCode();
        var entry = form switch
        {
            CodeForm.Alias => ClickEntry.Alias,
            CodeForm.Token => ClickEntry.Qr,
            _ => ClickEntry.Code,
        };
        if (await links.GetAsync(id) is not { } link)
            return new Resolution.Miss(LinkAttributes.Unknown(id), entry, ClickAction.MissUnknown);
        if (link.DisabledAt is not null)
            return new Resolution.Miss(link.Attributes, entry, ClickAction.MissDisabled);
        if (link.ExpiresAt <= time.GetUtcNow())
            return new Resolution.Miss(link.Attributes, entry, ClickAction.MissExpired);
        var listing = link.Attributes.ListingId is { } listingId ? await listings.GetAsync(listingId) : null;
        var successor = listing is { State: not ListingState.Available, SuccessorId: { } successorId } ? await listings.GetAsync(successorId) : null;
        return Route.Choose(link, listing, successor, destinations) is { } route
            ? new Resolution.Found(link.Attributes, entry, route)
            : new Resolution.Miss(link.Attributes, entry, ClickAction.MissRemoved);
    }
}

/// <summary>What a code leads to.</summary>
public abstract record Resolution
{
    private Resolution()
    {
    }

    /// <summary>The text is neither a code nor an alias: nothing is recorded.</summary>
    public sealed record NoCode : Resolution;

    /// <summary>A code that leads nowhere (any more).</summary>
    public sealed record Miss(LinkAttributes Link, ClickEntry Entry, ClickAction Action) : Resolution;

    public sealed record Found(LinkAttributes Link, ClickEntry Entry, Route Route) : Resolution;
}
