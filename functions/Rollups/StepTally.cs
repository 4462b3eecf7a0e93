using System.Runtime.InteropServices;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Reporting;
using ShareLinks.Storage;

namespace ShareLinks.Rollups;

/// <summary>Counts the clicks of a step: first by link and day, then for every subject and share tree that the links belong to.</summary>
/// <remarks>
/// Memory grows with the links and days that were clicked, not with the clicks: about 1 KB for each, and ten times that for their subjects. So
/// <see cref="BySubject"/> gives the subjects in parts; and where the tally is one slice of a step, only the subjects and trees of the slice stay in memory.
/// Pure; not thread-safe.
/// </remarks>
/// <param name="zone">Whose days are counted by.</param>
/// <param name="reportedTags">Tags that are subjects.</param>
/// <param name="firstDay">Days before this one are left out.</param>
/// <param name="slice">Whose subjects and trees are counted.</param>
internal sealed class StepTally(ReportingZone zone, IReadOnlyList<string> reportedTags, DateOnly firstDay, StepSlice slice)
{
    /// <summary>Links and days whose subjects are in memory at once, about; each has some ten subjects.</summary>
    private const int LinkDaysAtOnce = 10_000;

    /// <summary>Subjects of a slice, on one day each, that take as much memory as a link on a day does with its share of the subjects that are in memory at once.</summary>
    private const int SubjectsForLinkDay = 2;

    private const byte CookieKind = 1;
    private const byte NetworkKind = 2;
    private const byte PersonKind = 3;

    private readonly Dictionary<(LinkAttributes Link, int Day), LinkTally> links = new(LinkOnDay.Comparer);
    private readonly Dictionary<int, DayTally> unknownLinks = [];
    private readonly Dictionary<(Subject, DateOnly), DayTally> subjectsOfSlice = [];
    private readonly Dictionary<(LinkId Root, LinkId Link, DateOnly Day), (long Clicks, long Forwards)> treesOfSlice = [];
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly List<ReportingDay> days = [];

    /// <summary>The values of dimensions by their numbers.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Links, each counted once for every day that it was clicked on; of a slice, about as many as would take the same memory.</summary>
    public int LinkDays => slice.IsWhole ? links.Count : subjectsOfSlice.Count / SubjectsForLinkDay;

    public void Add(FeedBlock block)
    {
        for (var place = 0; place < block.Clicks.Count; place++)
        {
            if (!block.Uncounted.Contains(place))
                Add(block.Clicks[place]);
        }
        if (!slice.IsWhole && links.Count >= LinkDaysAtOnce)
            MergeIntoSlice();
    }

    /// <summary>What the subjects got on every day, in parts, so that few are in memory at once; a subject is in one part. Call it after the last click.</summary>
    public IEnumerable<Dictionary<(Subject Subject, DateOnly Day), DayTally>> BySubject()
    {
        if (!slice.IsWhole)
        {
            MergeIntoSlice();
            AddUnknownLinks(subjectsOfSlice, slice);
            yield return subjectsOfSlice;
            yield break;
        }
        foreach (var part in StepSlice.Of(Math.Clamp((links.Count + LinkDaysAtOnce - 1) / LinkDaysAtOnce, 1, TableKey.SmallBuckets)))
        {
            var subjects = new Dictionary<(Subject, DateOnly), DayTally>();
            AddLinks(subjects, part);
            AddUnknownLinks(subjects, part);
            yield return subjects;
        }
    }

    /// <summary>What the links below a root got on every day, and the forwards, but not the clicks, of roots. Call it after the last click.</summary>
    public IEnumerable<(LinkId Root, LinkDay Day)> ByTree()
    {
        if (slice.IsWhole)
            return ByTreeOfLinks();
        MergeIntoSlice();
        return treesOfSlice.Select(entry => (entry.Key.Root, new LinkDay(entry.Key.Link, entry.Key.Day, entry.Value.Clicks, entry.Value.Forwards)));
    }

    private IEnumerable<(LinkId Root, LinkDay Day)> ByTreeOfLinks()
    {
        foreach (var ((link, dayNumber), ofLink) in links)
        {
            var tally = ofLink.Tally;
            var clicks = link.Root == link.Id ? 0 : tally.Clicks;
            if (clicks > 0 || tally.Forwards > 0)
                yield return (link.Root, new LinkDay(link.Id, DateOnly.FromDayNumber(dayNumber), clicks, tally.Forwards));
        }
    }

    /// <summary>Adds the clicks of links to the subjects of a part.</summary>
    private void AddLinks(Dictionary<(Subject, DateOnly), DayTally> subjects, StepSlice part)
    {
        foreach (var ((link, dayNumber), ofLink) in links)
        {
            var day = DateOnly.FromDayNumber(dayNumber);
            var (channel, campaign, placement) = (NumberOf(link.Channel), NumberOf(link.Campaign), NumberOf(link.Placement));
            if (part.IsWhole)
            {
                foreach (var subject in SubjectsOf(link))
                    TallyOf(subjects, (subject, day)).Add(ofLink.Tally, channel, campaign, placement);
                continue;
            }
            foreach (var (subject, bucket) in ofLink.Subjects ??= [.. SubjectsOf(link).Select(subject => (subject, subject.Bucket))])
            {
                if (part.Contains(bucket))
                    TallyOf(subjects, (subject, day)).Add(ofLink.Tally, channel, campaign, placement);
            }
        }
    }

    private void AddUnknownLinks(Dictionary<(Subject, DateOnly), DayTally> subjects, StepSlice part)
    {
        if (!part.Contains(Subject.All.Bucket))
            return;
        foreach (var (dayNumber, tally) in unknownLinks)
            TallyOf(subjects, (Subject.All, DateOnly.FromDayNumber(dayNumber))).Add(tally, NumberOf(null), NumberOf(null), NumberOf(null));
    }

    /// <summary>Leaves of the links counted so far only what their subjects and trees of the slice got.</summary>
    private void MergeIntoSlice()
    {
        AddLinks(subjectsOfSlice, slice);
        foreach (var (root, day) in ByTreeOfLinks().Where(entry => slice.Contains(TableKey.SmallBucket(entry.Root.ToString()))))
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(treesOfSlice, (root, day.Link, day.Day), out _);
            sum = (sum.Clicks + day.Clicks, sum.Forwards + day.Forwards);
        }
        links.Clear();
    }

    private static T TallyOf<TKey, T>(Dictionary<TKey, T> tallies, TKey key)
        where TKey : notnull
        where T : new()
    {
        if (!tallies.TryGetValue(key, out var tally))
            tallies.Add(key, tally = new T());
        return tally;
    }

    private void Add(Click click)
    {
        var at = click.At.ToUnixTimeMilliseconds();
        var day = DayOf(click.At, at);
        if (day.Date < firstDay)
            return;
        // A code that was never minted has nothing to be counted for, and somebody who tries many must not fill the tables.
        var tally = click.Action == ClickAction.MissUnknown
            ? TallyOf(unknownLinks, day.Date.DayNumber)
            : TallyOf(links, (click.Link, day.Date.DayNumber)).Tally;
        if (click.IsBot)
        {
            tally.AddBot();
            return;
        }
        if (click.IsPrefetch)
        {
            tally.AddPrefetch();
            return;
        }
        tally.AddValue(Dimension.Action, NumberOf(click.Action.Name()), 1);
        if (click.Action.IsMiss())
        {
            tally.AddMiss();
            return;
        }
        tally.AddClick(day.HourOf(at));
        if (click.ForwardedFrom is not null)
            tally.AddForward();
        tally.AddValue(Dimension.App, NumberOf(click.App), 1);
        tally.AddValue(Dimension.Os, NumberOf(click.Os), 1);
        tally.AddValue(Dimension.Country, NumberOf(click.Country), 1);
        tally.AddValue(Dimension.Entry, NumberOf(click.Entry.Name()), 1);
        if (VisitorOf(click, day.Date.DayNumber) is { } visitor)
            tally.AddVisitor(visitor);
    }

    /// <summary>A visit that continues in another app was counted there; a click with none of the three has no known visitor.</summary>
    private static ulong? VisitorOf(Click click, int day) => click switch
    {
        { Continues: not null } => null,
        { VisitorId: { } cookie } => VisitorSketch.HashOf(CookieKind, cookie, day),
        { VisitorHash: not 0 } => VisitorSketch.HashOf(NetworkKind, (ulong)click.VisitorHash, day),
        { User: { } person } => VisitorSketch.HashOf(PersonKind, person.Value, day),
        _ => null,
    };

    private IEnumerable<Subject> SubjectsOf(LinkAttributes link)
    {
        yield return Subject.All;
        yield return new Subject(SubjectKind.Link, link.Id.ToString());
        yield return Subject.Of(link.Root);
        if (link.ListingId is { } listing)
            yield return new Subject(SubjectKind.Listing, listing);
        if (link.Sharer is { } sharer)
            yield return new Subject(SubjectKind.Sharer, sharer.ToString());
        if (link.Channel is { } channel)
            yield return new Subject(SubjectKind.Channel, channel);
        if (link.Campaign is { } campaign)
            yield return new Subject(SubjectKind.Campaign, campaign);
        foreach (var name in reportedTags)
        {
            if (link.Tags.TryGetValue(name, out var value))
                yield return new Subject(SubjectKind.Tag, $"{name}={value}");
        }
        if (link.Placement is not { } placement)
            yield break;
        yield return new Subject(SubjectKind.Placement, placement);
        var slash = placement.IndexOf('/', StringComparison.Ordinal);
        for (var level = 0; slash > 0 && level < Subject.MaxPlacementLevels; level++, slash = placement.IndexOf('/', slash + 1))
            yield return new Subject(SubjectKind.BelowPlacement, placement[..slash]);
    }

    private int NumberOf(string? name)
    {
        name ??= "";
        if (!numbers.TryGetValue(name, out var number))
        {
            numbers.Add(name, number = names.Count);
            names.Add(name);
        }
        return number;
    }

    private ReportingDay DayOf(DateTimeOffset at, long milliseconds)
    {
        // From the last one that was new: clicks come nearly in order.
        for (var i = days.Count - 1; i >= 0; i--)
        {
            if (days[i].Contains(milliseconds))
                return days[i];
        }
        var day = zone.DayOf(at);
        days.Add(day);
        return day;
    }

    /// <summary>What a link got on a day, and the subjects that get it too, each with its bucket; null until they are counted in parts.</summary>
    private sealed class LinkTally
    {
        public DayTally Tally { get; } = new();

        public (Subject Subject, int Bucket)[]? Subjects { get; set; }
    }

    /// <summary>Links by all that is counted by; each block holds copies of its links.</summary>
    private sealed class LinkOnDay : IEqualityComparer<(LinkAttributes Link, int Day)>
    {
        public static LinkOnDay Comparer { get; } = new();

        public bool Equals((LinkAttributes Link, int Day) x, (LinkAttributes Link, int Day) y) => x.Day == y.Day && LinkAttributes.ByValue.Equals(x.Link, y.Link);

        public int GetHashCode((LinkAttributes Link, int Day) key) => HashCode.Combine(key.Link.Id.Value, key.Day);
    }
}
