using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Tests.Rollups;

public class SubjectTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A funnel takes its clicks from statistics and its events by links: both must mean the same by a subject.</summary>
    [Fact]
    public void A_link_is_covered_by_exactly_those_subjects_that_its_clicks_are_counted_for()
    {
        LinkAttributes[] links =
        [
            Link(1, "wechat", "spring", "hz-market", "g-1"), Link(2, "qq", null, "hz-market/stall-1", "g=2"), Link(3, null, "wechat", "hz-market-2", null),
            Link(4, "direct", "", string.Join('/', Enumerable.Repeat("p", 12)), "g-1"), Link(5, null, null, null, null), Link(6, null, null, "hz-market/stall-1/shelf", null),
        ];
        var counted = links.ToDictionary(link => link, SubjectsOf);
        Subject[] subjects = [.. counted.Values.SelectMany(of => of).Distinct(), new Subject(SubjectKind.BelowPlacement, "p/p/p/p/p/p/p/p/p"), new Subject(SubjectKind.Tag, "other=g-1")];
        Assert.True(subjects.Length > 30);
        foreach (var subject in subjects)
            Assert.All(links, link => Assert.Equal((subject, link.Id, counted[link].Contains(subject)), (subject, link.Id, subject.Covers(link))));
    }

    private static HashSet<Subject> SubjectsOf(LinkAttributes link)
    {
        var tally = new StepTally(ReportingZone.Find(ReportingZone.Default)!, ["group"], default, StepSlice.Whole);
        var click = new Click { Link = link, At = At, ReceivedAt = At, Entry = ClickEntry.Code, Action = ClickAction.Redirect };
        tally.Add(new FeedBlock(1, 0, new BlockKey(1, 0), true, [click], [], new HashSet<int>()));
        return [.. tally.BySubject().SelectMany(part => part).Select(entry => entry.Key.Subject)];
    }

    private static LinkAttributes Link(long id, string? channel, string? campaign, string? placement, string? group) => new(
        new LinkId(id), id % 2 == 0 ? "item-1" : null, id % 3 == 0 ? null : new PersonId((ulong)id), channel, campaign, placement,
        group is null ? LinkAttributes.NoTags : new Dictionary<string, string> { ["group"] = group }, new LinkId(1 + id / 3));
}
