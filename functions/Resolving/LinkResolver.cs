using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary>Decides what a code that somebody opened or pasted leads to. Reads what caches lack and writes nothing.</summary>
public sealed class LinkResolver(LinkFinder finder, ListingTable listings, CodeScanner scanner, Destinations destinations)
{
    /// <summary>
    /// What the last part of an address leads to: a code or an alias, with <c>~</c> and the id of a visit behind it or without, and with whatever a chat glued
    /// behind that. The exact name comes first.
    /// </summary>
    /// <param name="text">As it stands in the address.</param>
    /// <param name="at">When it is opened.</param>
    /// <param name="permit">Pays for the look-up.</param>
    public async ValueTask<Resolution> ResolveAsync(string text, DateTimeOffset at, LookupPermit permit)
    {
        var end = text.IndexOf(CodeScanner.VisitSeparator, StringComparison.Ordinal);
        var named = await finder.OpenAsync(end < 0 ? text : text[..end], permit);
        // A damaged visit is dropped; the link is opened all the same.
        var visit = end < 0 ? null : scanner.ReadVisit(text.AsSpan(end));
        if (named.Form == CodeForm.None)
            (named, visit) = await finder.OpenGluedAsync(text, permit);
        if (named.Form == CodeForm.None)
            return new Resolution.NoCode();
        return await ResolveAsync(named.Id, named.Link, new Arrival(named.Form == CodeForm.Alias ? ClickEntry.Alias : ClickEntry.Code, ClickMatch.Exact, visit, at, at));
    }

    /// <summary>Whether an address names a link that this process has in its caches, and needs no read for it.</summary>
    public bool IsAtHand(string text)
    {
        var end = text.IndexOf(CodeScanner.VisitSeparator, StringComparison.Ordinal);
        return finder.IsAtHand(end < 0 ? text : text[..end], text);
    }

    /// <summary>What the token of a QR picture leads to.</summary>
    public async ValueTask<Resolution> ResolveTokenAsync(string token, DateTimeOffset at, LookupPermit permit)
    {
        var (form, id, link) = await finder.OpenGluedTokenAsync(token, permit);
        return form == CodeForm.None ? new Resolution.NoCode() : await ResolveAsync(id, link, new Arrival(ClickEntry.Qr, ClickMatch.Exact, null, at, at));
    }

    /// <summary>What the codes in a pasted text lead to: each link once, in order of appearance.</summary>
    /// <param name="text">Up to <see cref="CodeScanner.MaxBytes"/>.</param>
    /// <param name="at">When it is opened.</param>
    /// <param name="receivedAt">When this service learned of it.</param>
    /// <param name="permit">Pays for the text.</param>
    public async Task<IReadOnlyList<TextMatch>> ResolveTextAsync(string text, DateTimeOffset at, DateTimeOffset receivedAt, LookupPermit permit)
    {
        var matches = new List<TextMatch>();
        foreach (var found in await finder.FindInTextAsync(text, permit))
        {
            var arrival = new Arrival(EntryOf(found.Form), found.IsRepaired ? ClickMatch.Repaired : ClickMatch.Exact, found.Visit, at, receivedAt);
            matches.Add(new TextMatch(found.Form, await ResolveAsync(found.Id, found.Link, arrival)));
        }
        return matches;
    }

    private static ClickEntry EntryOf(ScannedForm form) => form switch
    {
        ScannedForm.Url => ClickEntry.Code,
        ScannedForm.Token => ClickEntry.Token,
        ScannedForm.Qr => ClickEntry.Qr,
        _ => ClickEntry.Alias,
    };

    private async ValueTask<Resolution> ResolveAsync(LinkId id, Link? link, Arrival arrival)
    {
        if (link is null)
            return new Resolution.Miss(LinkAttributes.Unknown(id), arrival, ClickAction.MissUnknown);
        if (link.DisabledAt <= arrival.At)
            return new Resolution.Miss(link.Attributes, arrival, ClickAction.MissDisabled);
        if (link.ExpiresAt <= arrival.At)
            return new Resolution.Miss(link.Attributes, arrival, ClickAction.MissExpired);
        var listing = link.Attributes.ListingId is { } listingId ? await listings.GetAsync(listingId) : null;
        var successor = listing is { State: not ListingState.Available, SuccessorId: { } successorId } ? await listings.GetAsync(successorId) : null;
        return LinkTarget.Choose(link, listing, successor, destinations) is { } route
            ? new Resolution.Found(link.Attributes, arrival, listing, route)
            : new Resolution.Miss(link.Attributes, arrival, ClickAction.MissRemoved);
    }
}

/// <summary>How somebody came to a link.</summary>
/// <param name="Entry">The form of the code.</param>
/// <param name="Match">Whether it was read as it was written.</param>
/// <param name="Visit">The visit that the address or text was copied from, as it claims.</param>
/// <param name="At">When, by this service's clock or by that of the phone that tells of it later.</param>
/// <param name="ReceivedAt">When this service learned of it.</param>
public sealed record Arrival(ClickEntry Entry, ClickMatch Match, ClickId? Visit, DateTimeOffset At, DateTimeOffset ReceivedAt);

/// <summary>What a code leads to.</summary>
public abstract record Resolution
{
    private Resolution()
    {
    }

    /// <summary>The text is neither a code nor an alias: nothing is recorded.</summary>
    public sealed record NoCode : Resolution;

    /// <summary>A code that leads nowhere (any more).</summary>
    public sealed record Miss(LinkAttributes Link, Arrival Arrival, ClickAction Action) : Resolution;

    /// <param name="Link">The link.</param>
    /// <param name="Arrival">How somebody came to it.</param>
    /// <param name="Listing">The link's listing, if the marketplace reported it.</param>
    /// <param name="Route">Where it leads.</param>
    public sealed record Found(LinkAttributes Link, Arrival Arrival, Listing? Listing, LinkTarget Route) : Resolution;
}

/// <summary>A code in a text, and what it leads to.</summary>
public sealed record TextMatch(ScannedForm Form, Resolution Resolution)
{
    /// <summary>The first that leads somewhere, else the first; null when there is none.</summary>
    public static TextMatch? Best(IReadOnlyList<TextMatch> matches) =>
        matches.FirstOrDefault(match => match.Resolution is Resolution.Found) ?? (matches.Count > 0 ? matches[0] : null);
}
