using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Security;

namespace ShareLinks.Minting;

/// <summary>Makes links, and changes them.</summary>
/// <remarks>
/// Everything that points at a link is written before the link itself, so an interrupted mint leaves nothing that resolves. All writes are keyed
/// by the reserved ids, so minting again under the same reservation completes what an earlier try began and gives the same links. Thread-safe.
/// </remarks>
public sealed class LinkMinter(
    LinkTable links, ListingTable listings, AliasTable aliases, PersonTable people, LinkFinder finder, ShortCodes codes, IRecordedClicks clicks,
    ClickIdCodes clickIds, ReservedNames reservedNames, TimeProvider time)
{
    /// <summary>Links that one call mints at most.</summary>
    public const int MaxLinks = 1000;

    private const int WritesAtOnce = 8;

    /// <summary>Mints links from valid requests; a problem stands in the place of one that can't be.</summary>
    /// <param name="requests">What the links are to be.</param>
    /// <param name="reservation">An id for each request, and the time that counts as the links' creation.</param>
    public async Task<IReadOnlyList<MintOutcome>> MintAsync(IReadOnlyList<MintRequest> requests, Reservation reservation)
    {
        // None of this is cancelled by a caller who hangs up: that would leave half-made links behind.
        var drafts = requests.Select((request, i) => new Draft(request, reservation.Ids[i])).ToArray();
        foreach (var draft in drafts.Where(draft => draft.Request.Alias is { } alias && (codes.TryDecode(alias, out _) || reservedNames.Contains(alias))))
            draft.Problem = Problem.Invalid([new("/alias", "reads as a code or an address of this service")]);
        await ForEachAsync(drafts.Where(draft => draft is { Problem: null, Request.Parent: not null }).GroupBy(draft => draft.Request.Parent!), FindParentAsync);
        await ForEachAsync(drafts.Where(draft => draft is { Problem: null, Request.Alias: not null }), ClaimAliasAsync);
        var valid = drafts.Where(draft => draft.Problem is null).ToArray();
        await ForEachAsync(valid.Where(draft => draft.Request.ListingId is not null).GroupBy(draft => draft.Request.ListingId!), group => ListUnderListingAsync(group, reservation.At));
        await ForEachAsync(valid.Where(draft => draft.Request.SharerId is not null).GroupBy(draft => draft.Request.SharerId!), ListUnderSharerAsync);
        var made = valid.ToDictionary(draft => draft.Id, draft => draft.ToLink(reservation.At));
        await links.AddAsync([.. made.Values], CancellationToken.None);
        return [.. drafts.Select(draft => new MintOutcome(made.GetValueOrDefault(draft.Id), draft.Listing, draft.Problem))];
    }

    /// <summary>Changes a link; null when there is none, the problem where the change is not possible.</summary>
    public async Task<(Link? Link, Problem? Problem)> ChangeAsync(LinkId id, LinkChangeRequest request, Destinations destinations, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Problem? problem = null;
        if (request.ListingId is { } listingId)
            await listings.AddLinksAsync(listingId, [id], cancellationToken);
        var link = await links.ChangeAsync(
            id,
            link =>
            {
                var changed = request.Apply(link, now);
                problem = changed.WebDestination is null && (changed.Attributes.ListingId is null || destinations.Web is null)
                    ? Problem.Invalid([new("/destinations/web", "must be given where there is no listing or no web template")])
                    : null;
                return problem is null ? changed : null;
            },
            cancellationToken);
        return (link, problem);
    }

    internal static IReadOnlyDictionary<string, string> TagsOf(IReadOnlyDictionary<string, string?>? tags) =>
        tags is null or { Count: 0 } ? LinkAttributes.NoTags : tags.ToDictionary(tag => tag.Key, tag => tag.Value!, StringComparer.Ordinal);

    private static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce }, async (item, _) => await action(item));

    private async Task FindParentAsync(IGrouping<string, Draft> drafts)
    {
        var parent = await FindParentAsync(drafts.Key);
        // A click past retention does not stop the mint; its link is no longer known.
        var problem = parent is not null || (clickIds.TryDecode(drafts.Key, out var click) && await clicks.IsPastRetentionAsync(click, CancellationToken.None))
            ? null
            : Problem.Invalid([new("/parent", "names no link")]);
        foreach (var draft in drafts)
            (draft.Parent, draft.Problem) = (parent, problem);
    }

    /// <summary>The link that a code, token, alias or click id names. It exists, so it is older than any that is minted now, and no tree has a circle.</summary>
    private async Task<Link?> FindParentAsync(string parent) =>
        clickIds.TryDecode(parent, out var click)
            ? await clicks.FindLinkAsync(click, CancellationToken.None) is { } opened ? await links.GetAsync(opened) : null
            : await finder.FindFreshAsync(parent, LookupPermit.Free);

    private async Task ClaimAliasAsync(Draft draft)
    {
        var alias = draft.Request.Alias!;
        if (!await aliases.AddAsync(alias, draft.Id, links.ExistsAsync, CancellationToken.None))
            draft.Problem = Problem.Of(StatusCodes.Status409Conflict, "alias_taken", $"The alias '{alias}' belongs to another link.");
    }

    private async Task ListUnderListingAsync(IGrouping<string, Draft> drafts, DateTimeOffset at)
    {
        var updates = drafts.Select(draft => draft.Request.Listing).OfType<ListingRequest>().ToArray();
        foreach (var ids in drafts.Select(draft => draft.Id).Chunk(ListingTable.MaxLinksAtOnce))
        {
            if (updates.Length == 0)
                await listings.AddLinksAsync(drafts.Key, ids, CancellationToken.None);
            else
            {
                var listing = await listings.ChangeAsync(drafts.Key, present => updates.Aggregate(present, (listing, update) => update.Apply(drafts.Key, listing, at))!, ids, CancellationToken.None);
                foreach (var draft in drafts)
                    draft.Listing = listing;
            }
            // The first chunk brought the listing up to date.
            updates = [];
        }
    }

    private async Task ListUnderSharerAsync(IGrouping<string, Draft> drafts)
    {
        foreach (var chunk in drafts.Chunk(PersonTable.MaxLinksAtOnce))
        {
            var sharer = await people.AddLinksAsync(drafts.Key, [.. chunk.Select(draft => draft.Id)], CancellationToken.None);
            foreach (var draft in chunk)
                draft.Sharer = sharer;
        }
    }

    /// <summary>A link on its way.</summary>
    private sealed class Draft(MintRequest request, LinkId id)
    {
        public MintRequest Request { get; } = request;

        public LinkId Id { get; } = id;

        public Link? Parent { get; set; }

        public PersonId? Sharer { get; set; }

        public Listing? Listing { get; set; }

        public Problem? Problem { get; set; }

        public Link ToLink(DateTimeOffset createdAt) => new()
        {
            Attributes = new LinkAttributes(
                Id, Request.ListingId, Sharer, Request.Channel, Request.Campaign, Request.Placement, TagsOf(Request.Tags), Parent?.Attributes.Root ?? Id),
            Parent = Parent?.Id,
            Depth = Parent is null ? 0 : Parent.Depth + 1,
            Alias = Request.Alias,
            CreatedAt = createdAt,
            ExpiresAt = Request.ExpiresAt,
            WebDestination = Request.Destinations?.Web,
        };
    }
}

/// <summary>The link, or the problem in its place.</summary>
/// <param name="Link">The link.</param>
/// <param name="Listing">Its listing, where the mint brought it up to date.</param>
/// <param name="Problem">Why there is no link.</param>
public readonly record struct MintOutcome(Link? Link, Listing? Listing, Problem? Problem);

/// <summary>Ids kept for links that are about to be minted.</summary>
/// <param name="Ids">One for each link.</param>
/// <param name="At">The time that counts as their creation.</param>
public sealed record Reservation(IReadOnlyList<LinkId> Ids, DateTimeOffset At);
