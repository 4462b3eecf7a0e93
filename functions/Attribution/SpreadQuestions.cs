using System.Runtime.CompilerServices;
using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>A question about a share tree.</summary>
/// <param name="Root">The link at its top.</param>
/// <param name="Event">The type of conversions.</param>
/// <param name="Range">The days whose clicks and conversions are counted.</param>
internal sealed record SpreadQuestion(LinkId Root, string Event, DayRange Range);

/// <summary>Tells how far sharing carried a link, after counting what is new.</summary>
/// <remarks>
/// <para>A tree costs a query for each thousand of its links, one for its clicks, two rows for each requested month, and one for each sharer on the page
/// whose name was not read lately.</para>
/// <para>A first page is made of what there is then. Further ones come from the same for 30 s, and afterwards from what there is by then: a cursor names
/// the last link, and links keep their order whatever is added, so each that was there at the first page is on one page. Thread-safe.</para>
/// </remarks>
internal sealed class SpreadQuestions(
    FreshFold fold, StatsTable stats, TreeTable trees, PathTable paths, LinkTable links, PersonTable people, ShortCodes codes, ReportingZone zone, TimeProvider time)
{
    /// <summary>Nodes of a page that has them all.</summary>
    public const int NoLimit = int.MaxValue;

    private const int TopBranches = 10;
    private const int NamesAtOnce = 20;

    /// <summary>Trees that are kept for further pages; one of 100,000 links takes some 16 MB.</summary>
    private const int KeptTrees = 3;

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly List<Counted> kept = [];

    /// <param name="root">The link at the top.</param>
    /// <param name="question">What is asked of its tree.</param>
    /// <param name="after">The last node of the page before; null for the first page.</param>
    /// <param name="limit">Nodes at most, from 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>null when <paramref name="after"/> is no link of the tree.</returns>
    public async Task<SpreadAnswer?> AnswerAsync(Link root, SpreadQuestion question, LinkId? after, int limit, CancellationToken cancellationToken)
    {
        var counted = (after is null ? null : Recall(question)) ?? await CountAsync(root, question, cancellationToken);
        var (spread, nodes) = (counted.Spread, counted.Spread.Tree.Nodes);
        var start = after is { } last ? PlaceOf(nodes, last) + 1 : 0;
        if (after is not null && start == 0)
            return null;
        var end = (int)Math.Min(nodes.Count, (long)start + limit);
        if (end < nodes.Count)
            Keep(counted);
        var branches = spread.Tree.TopBranches(TopBranches);
        var page = nodes.Skip(start).Take(end - start).ToArray();
        var names = await NamesAsync(branches.Concat(page).Select(spread.SharerOf).OfType<PersonId>().Distinct(), cancellationToken);
        return new SpreadAnswer(
            Code(question.Root.Value), spread.Tree.Links, spread.Tree.Depth, spread.Tree.BranchingRatio, spread.Tree.BranchingFactor, spread.Tree.StructuralVirality,
            spread.Crossings, spread.Clicks, spread.Forwards, spread.Conversions, spread.Value, spread.KFactor, spread.Users, question.Event, question.Range.From, question.Range.To, zone.Id,
            counted.CompleteThrough,
            [.. branches.Select(branch => new SpreadBranch(Code(branch.Id), NameOf(branch), branch.BranchLinks, branch.BranchClicks, branch.BranchConversions))],
            [.. page.Select(node => new SpreadNode(
                Code(node.Id), node.Parent is { } parent ? Code(parent) : null, node.Depth, NameOf(node), spread.ChannelOf(node), node.Clicks, spread.ForwardsOf(node), node.Conversions))],
            end < nodes.Count ? Code(page[^1].Id) : null, counted.Notes);

        string Code(long id) => codes.Encode(new LinkId(id));

        string? NameOf(ShareTreeNode node) => spread.SharerOf(node) is { } sharer ? names[sharer] : null;
    }

    private static int PlaceOf(IReadOnlyList<ShareTreeNode> nodes, LinkId link)
    {
        for (var place = 0; place < nodes.Count; place++)
        {
            if (nodes[place].Id == link.Value)
                return place;
        }
        return -1;
    }

    /// <summary>The conversions of a type and time whose last click was on a link of the tree.</summary>
    private async IAsyncEnumerable<LinkConversion> ConversionsAsync(
        int generation, LinkId root, string type, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (conversion, touches) in paths.ReadAsync(generation, type, from, to, cancellationToken))
        {
            if (!conversion.IsCancelled && touches.LastOrDefault(touch => touch.Click is not null)?.Click is { } last && last.Link.Root == root)
                yield return new LinkConversion(last.Link.Id, conversion.Currency, conversion.NetValue);
        }
    }

    private async Task<Counted> CountAsync(Link root, SpreadQuestion question, CancellationToken cancellationToken)
    {
        var (from, to) = question.Range;
        // The clicks before the links, so that each click's link is there.
        var state = await fold.StateAsync(cancellationToken);
        var parts = state is null ? [] : await trees.ReadAsync(state.Generation, root.Id, cancellationToken);
        var opened = await ReadAsync(SubjectKind.Link);
        var visited = await ReadAsync(SubjectKind.Root);
        IReadOnlyList<LinkConversion> conversions = state is null
            ? []
            : await ConversionsAsync(state.Generation, root.Id, question.Event, zone.Day(from).StartsAt, zone.Day(to).StartsAt, cancellationToken).ToListAsync(cancellationToken);
        var below = await links.BelowAsync(root.Id, cancellationToken).ToListAsync(cancellationToken);
        var spread = new Spread(
            new TreeLink(root.Id, root.Id, root.Attributes.Sharer, root.Attributes.Channel), below,
            parts.SelectMany(part => part.Between(from, to)).Append(new LinkDay(root.Id, from, opened.Sum(day => day.Stats.Clicks), 0)),
            (parts.Sum(part => part.Others.Clicks), parts.Sum(part => part.Others.Forwards)), conversions, visited.Sum(day => day.Stats.VisitorCount));
        return new Counted(question, spread, [.. NotesOn(spread, parts, question.Range)], state?.CompleteThrough, time.GetTimestamp());

        async Task<IReadOnlyList<(DateOnly Day, DayStats Stats)>> ReadAsync(SubjectKind kind) =>
            state is null ? [] : await stats.ReadAsync(state.Generation, new Subject(kind, root.Id.ToString()), from, to, withVisitors: false, cancellationToken);
    }

    private static IEnumerable<string> NotesOn(Spread spread, IReadOnlyList<TreeClicks> parts, DayRange range)
    {
        yield return "A conversion counts for the link of the last click on its path, of up to 90 days.";
        yield return "Users are visitors, each once a day, and sharers, each once; who is both counts as both.";
        if (spread.Tree.Reattached > 0)
            yield return $"{spread.Tree.Reattached} links whose parent is missing stand below the root.";
        var since = parts.Select(part => part.Since).DefaultIfEmpty().Max();
        if (since == DateOnly.MaxValue)
            yield return "The tree is so large that days are not kept apart: the clicks of many links are those of all time.";
        else if (since > range.From)
            yield return $"The tree is so large that days before {DayRange.Format(since)} are not kept apart: for many links, clicks from before are counted on the day before it.";
        if (parts.Sum(part => part.Others.Clicks) is > 0 and var others)
            yield return $"{others} clicks are in the total alone: their links are too many to be kept apart.";
    }

    private async Task<Dictionary<PersonId, string?>> NamesAsync(IEnumerable<PersonId> persons, CancellationToken cancellationToken)
    {
        var names = new Dictionary<PersonId, string?>();
        foreach (var some in persons.Chunk(NamesAtOnce))
        {
            foreach (var (person, name) in some.Zip(await Task.WhenAll(some.Select(people.NameAsync)).WaitAsync(cancellationToken)))
                names.Add(person, name);
        }
        return names;
    }

    private Counted? Recall(SpreadQuestion question)
    {
        lock (gate)
            return kept.Find(counted => counted.Question == question && time.GetElapsedTime(counted.At) < KeptFor);
    }

    private void Keep(Counted counted)
    {
        lock (gate)
        {
            kept.RemoveAll(other => other.Question == counted.Question || time.GetElapsedTime(other.At) >= KeptFor);
            if (kept.Count == KeptTrees)
                kept.RemoveAt(0);
            kept.Add(counted);
        }
    }

    /// <summary>A tree that was counted for a question.</summary>
    private sealed record Counted(SpreadQuestion Question, Spread Spread, IReadOnlyList<string> Notes, DateTimeOffset? CompleteThrough, long At);
}
