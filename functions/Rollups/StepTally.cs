using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Reporting;

namespace ShareLinks.Rollups;

/// <summary>Counts the clicks of a step: first by link and day, then for every subject and share tree that the links belong to.</summary>
/// <remarks>
/// Memory grows with the links and days that were clicked, not with the clicks: about 1 KB for each, and ten times that for the subjects, which are asked for
/// in <see cref="Parts"/>. Pure; not thread-safe.
/// </remarks>
/// <param name="zone">Whose days are counted by.</param>
/// <param name="reportedTags">Tags that are subjects.</param>
/// <param name="firstDay">Days before this one are left out.</param>
internal sealed class StepTally(ReportingZone zone, IReadOnlyList<string> reportedTags, DateOnly firstDay)
{
    /// <summary>Links and days whose subjects are in memory at once, about; each has some ten subjects.</summary>
    private const int LinkDaysAtOnce = 5000;

    private const byte CookieKind = 1;
    private const byte NetworkKind = 2;
    private const byte PersonKind = 3;

    private readonly Dictionary<(LinkAttributes Link, int Day), DayTally> links = new(LinkOnDay.Comparer);
    private readonly Dictionary<int, DayTally> unknownLinks = [];
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly List<ReportingDay> days = [];

    /// <summary>The values of dimensions by their numbers.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Clicks so far.</summary>
    public int Clicks { get; private set; }

    public void Add(FeedBlock block)
    {
        for (var place = 0; place < block.Clicks.Count; place++)
        {
            if (!block.Uncounted.Contains(place))
                Add(block.Clicks[place]);
        }
    }

    /// <summary>Links, each counted once for every day that it was clicked on.</summary>
    public int LinkDays => links.Count;

    /// <summary>In how many parts <see cref="BySubject"/> gives the subjects, so that few are in memory at once: known after the last click.</summary>
    public int Parts => Math.Clamp((links.Count + LinkDaysAtOnce - 1) / LinkDaysAtOnce, 1, Subject.Buckets);

    /// <summary>What the subjects of a part got on every day. Call it once for each part, after the last click.</summary>
    /// <param name="part">From 0 to <see cref="Parts"/> − 1.</param>
    public Dictionary<(Subject Subject, DateOnly Day), DayTally> BySubject(int part)
    {
        var parts = Parts;
        var subjects = new Dictionary<(Subject, DateOnly), DayTally>();
        foreach (var ((link, dayNumber), tally) in links)
        {
            var day = DateOnly.FromDayNumber(dayNumber);
            var (channel, campaign, placement) = (NumberOf(link.Channel), NumberOf(link.Campaign), NumberOf(link.Placement));
            foreach (var subject in SubjectsOf(link))
            {
                if (parts == 1 || subject.Bucket % parts == part)
                    TallyOf(subjects, (subject, day)).Add(tally, channel, campaign, placement);
            }
        }
        if (Subject.All.Bucket % parts != part)
            return subjects;
        foreach (var (dayNumber, tally) in unknownLinks)
            TallyOf(subjects, (Subject.All, DateOnly.FromDayNumber(dayNumber))).Add(tally, NumberOf(null), NumberOf(null), NumberOf(null));
        return subjects;
    }

    /// <summary>What the links below a root got on every day, and the forwards, but not the clicks, of roots. Call it after the last click.</summary>
    public IEnumerable<(LinkId Root, LinkDay Day)> ByTree()
    {
        foreach (var ((link, dayNumber), tally) in links)
        {
            var clicks = link.Root == link.Id ? 0 : tally.Clicks;
            if (clicks > 0 || tally.Forwards > 0)
                yield return (link.Root, new LinkDay(link.Id, DateOnly.FromDayNumber(dayNumber), clicks, tally.Forwards));
        }
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
        Clicks++;
        var at = click.At.ToUnixTimeMilliseconds();
        var day = DayOf(click.At, at);
        if (day.Date < firstDay)
            return;
        // A code that was never minted has nothing to be counted for, and whoever tries many must not fill the tables.
        var tally = click.Action == ClickAction.MissUnknown
            ? TallyOf(unknownLinks, day.Date.DayNumber)
            : TallyOf(links, (click.Link, day.Date.DayNumber));
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

    /// <summary>Whoever goes on with a visit in another app was counted there; nobody is known behind a click that has none of the three.</summary>
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
        yield return new Subject(SubjectKind.Root, link.Root.ToString());
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

    /// <summary>Links by all that is counted by; each block holds copies of its links.</summary>
    private sealed class LinkOnDay : IEqualityComparer<(LinkAttributes Link, int Day)>
    {
        public static LinkOnDay Comparer { get; } = new();

        public bool Equals((LinkAttributes Link, int Day) x, (LinkAttributes Link, int Day) y) => x.Day == y.Day && LinkAttributes.ByValue.Equals(x.Link, y.Link);

        public int GetHashCode((LinkAttributes Link, int Day) key) => HashCode.Combine(key.Link.Id.Value, key.Day);
    }
}
