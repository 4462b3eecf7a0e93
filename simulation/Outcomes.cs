using ShareLinks.Clicks;
using ShareLinks.Links;
using ShareLinks.Resolving;

namespace ShareLinks.Simulation;

/// <summary>What the service answers to an opening, by the app's own routing. Not thread-safe.</summary>
internal sealed class Outcomes(RouteTable routes, OfferedWays offers, Destinations destinations)
{
    private readonly Dictionary<(ClientApp, ClientOs, string Rule), bool> pages = [];

    /// <summary>Where a link leads at a moment, or why it leads nowhere.</summary>
    public (LinkTarget? Route, ClickAction? Miss) Resolve(SimulatedLink link, DateTimeOffset at)
    {
        if (link.Link.DisabledAt <= at)
            return (null, ClickAction.MissDisabled);
        if (link.Link.ExpiresAt <= at)
            return (null, ClickAction.MissExpired);
        var listing = link.Share.Listing;
        return LinkTarget.Choose(link.Link, listing.Stored, listing.Successor?.Stored, destinations) is { } route ? (route, null) : (null, ClickAction.MissRemoved);
    }

    /// <summary>Whether a client gets a page or a redirect on a route.</summary>
    public ClickAction ActionFor(Client client, LinkTarget route)
    {
        var key = (client.App, client.Os, route.Rule);
        if (!pages.TryGetValue(key, out var isPage))
            pages.Add(key, isPage = offers.IsPage(routes.Find(client), client.Os, route));
        return isPage ? ClickAction.Page : ClickAction.Redirect;
    }
}
