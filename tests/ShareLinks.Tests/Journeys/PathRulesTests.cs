using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.People;
using ShareLinks.Tests.Clicks;

namespace ShareLinks.Tests.Journeys;

public class PathRulesTests
{
    private static readonly DateTimeOffset At = ClickSamples.Start;

    private static readonly JourneyEvent Order = new("order", "order-1", new ClickId(9, 0, ClickId.FirstEventPlace), At, new PersonId(1), null, null);

    [Fact]
    public void Touches_count_up_to_the_event_and_from_ninety_days_before()
    {
        var late = TimeSpan.FromMilliseconds(5);
        var (touches, leftOut) = PathRules.Of(Order with { At = At + late }, Candidates(
            Click(1, TimeSpan.FromMilliseconds(6)), Click(2, late), Click(3, late - PathRules.MaxLookBack), Click(4, TimeSpan.FromMilliseconds(4) - PathRules.MaxLookBack), Click(5, -TimeSpan.FromDays(1))));
        Assert.Equal([3, 5, 2], touches.Select(Number));
        Assert.Equal([(4, LeftOut.BeforeLookBack), (1, LeftOut.AfterEvent)], leftOut.Select(left => (Number(left.Touch), left.Why)));
    }

    [Fact]
    public void A_touch_in_the_second_of_an_event_told_by_seconds_counts_and_so_does_the_named_click_by_another_clock()
    {
        var (touches, leftOut) = PathRules.Of(Order with { Click = new ClickId(1, 4, 0) }, Candidates(
            Click(1, PathRules.MaxLater), Click(2, TimeSpan.FromSeconds(1)), Click(3, PathRules.MaxClockSkew), Click(4, PathRules.MaxClockSkew)));
        Assert.Equal([1, 4], touches.Select(Number));
        Assert.Equal([2, 3], leftOut.Select(left => Number(left.Touch)));
        Assert.Empty(PathRules.Of(Order with { Click = new ClickId(1, 4, 0) }, Candidates(Click(4, PathRules.MaxClockSkew + TimeSpan.FromMilliseconds(1)))).Touches);
    }

    [Fact]
    public void Those_of_one_moment_stand_in_the_order_of_the_log()
    {
        var same = new[] { Click(3, -TimeSpan.FromDays(1)), Click(1, -TimeSpan.FromDays(1)), Click(2, -TimeSpan.FromDays(1)) };
        Assert.Equal([1, 2, 3], PathRules.Of(Order, Candidates(same)).Touches.Select(Number));
    }

    /// <summary>Streams have random numbers: a history that is written once more, or restored elsewhere, has others.</summary>
    [Fact]
    public void Those_of_one_moment_stand_in_one_order_whatever_the_streams_are_called()
    {
        var random = new Random(7);
        var link = ClickSamples.Links(random, 3);
        Click[] clicks =
        [
            .. from received in new[] { 0, 1 } from one in link from entry in new[] { ClickEntry.Code, ClickEntry.Qr } from app in new[] { null, "qq", "wechat" }
               select ClickSamples.One(one, At.AddDays(-1)) with { ReceivedAt = At.AddDays(-1).AddSeconds(received), Entry = entry, App = app },
        ];
        var orders = new HashSet<string>();
        for (var round = 0; round < 20; round++)
        {
            var touches = clicks.Select(click => Touch.Of(new ClickId(random.NextInt64(1L << 47), random.Next(1000), random.Next(500)), click)).ToArray();
            random.Shuffle(touches);
            var (counted, _) = PathRules.Of(Order, Candidates(touches));
            Assert.Equal(clicks.Length, counted.Count);
            Assert.True(counted.Zip(counted.Skip(1)).All(pair => pair.First.Click!.ReceivedAt <= pair.Second.Click!.ReceivedAt));
            orders.Add(string.Join(' ', counted.Select(touch => $"{touch.Click!.Link.Id}/{touch.Click.Entry}/{touch.Click.App}")));
            Join[] joins = [.. Enumerable.Range(0, 5).Select(user => new Join(Actor.Of(new PersonId((ulong)user)), At, new ClickId(random.NextInt64(1L << 47), 0, 0), true))];
            Assert.Equal(joins, joins.OrderBy(_ => random.Next()).Order(ShareLinks.Journeys.Join.InOrder));
            JourneyEvent[] events = [.. Enumerable.Range(0, 5).Select(i => Order with { Id = $"order-{i}", Position = new ClickId(random.NextInt64(1L << 47), 0, ClickId.FirstEventPlace) })];
            Assert.Equal(events, events.OrderBy(_ => random.Next()).Order(JourneyEvent.InOrder));
        }
        Assert.Single(orders);
    }

    [Fact]
    public void A_visit_that_was_gone_on_with_is_one_touch()
    {
        var (touches, leftOut) = PathRules.Of(Order, Candidates(
            Click(1, -TimeSpan.FromMinutes(9)), Click(2, -TimeSpan.FromMinutes(8), continues: 1), Click(3, -TimeSpan.FromMinutes(7), continues: 2), Click(4, -TimeSpan.FromMinutes(6), continues: 77)));
        Assert.Equal([1, 4], touches.Select(Number));
        Assert.Equal([(2, LeftOut.SameVisit), (3, LeftOut.SameVisit)], leftOut.Select(left => (Number(left.Touch), left.Why)));
        // What went on with a visit that does not count stands for it.
        (touches, _) = PathRules.Of(Order, [new Candidate(Click(1, -TimeSpan.FromMinutes(9)), LeftOut.ClaimedUser), new Candidate(Click(2, -TimeSpan.FromMinutes(8), continues: 1), null)]);
        Assert.Equal([2], touches.Select(Number));
    }

    [Fact]
    public void The_latest_clicks_stay_and_openings_of_the_app_drive_out_none()
    {
        var clicks = Enumerable.Range(1, 200).Select(i => Click(i, TimeSpan.FromMinutes(i - 4000)));
        var openings = Enumerable.Range(1000, 500).Select(i => new Touch(new ClickId(1, i, ClickId.FirstEventPlace), At.AddMinutes(i - 3000), null));
        var (touches, leftOut) = PathRules.Of(Order, Candidates([.. clicks, .. openings]));
        Assert.Equal(Enumerable.Range(51, PathRules.MaxClicks).Concat(Enumerable.Range(1450, PathRules.MaxOpenings)), touches.Select(Number));
        Assert.Equal(500, leftOut.Count);
        Assert.All(leftOut, left => Assert.Equal(LeftOut.TooMany, left.Why));
    }

    [Fact]
    public void A_touch_that_one_vouched_for_counts_whoever_else_claimed_it()
    {
        var touch = Click(1, -TimeSpan.FromDays(1));
        Assert.Single(PathRules.Of(Order, [new Candidate(touch, LeftOut.ClaimedUser), new Candidate(touch, null)]).Touches);
        Assert.Single(PathRules.Of(Order, [new Candidate(touch, null), new Candidate(touch, LeftOut.ClaimedUser)]).Touches);
        Assert.Equal(LeftOut.ClaimedUser, Assert.Single(PathRules.Of(Order, [new Candidate(touch, LeftOut.ClaimedUser)]).LeftOut).Why);
    }

    [Fact]
    public void An_opening_of_the_app_is_no_touch_of_its_own() =>
        Assert.Empty(PathRules.Of(Order with { Type = "open" }, Candidates(new Touch(Order.Position, At, null))).Touches);

    [Fact]
    public void A_visitor_is_the_next_to_sign_in_or_else_the_last_who_did()
    {
        Join[] joins = [Join(1, -10), Join(2, -5), Join(1, -1)];
        Assert.Equal([1, 1, 2, 2, 1, 1, 1], new[] { -20, -10, -9, -5, -4, -1, 3 }.Select(days => (int)Journey.OwnerAt(joins, At.AddDays(days))!.Value.Number));
        Assert.Null(Journey.OwnerAt([], At));
    }

    private static Join Join(int user, int days) => new(Actor.Of(new PersonId((ulong)user)), At.AddDays(days), new ClickId(1, 1, 1), true);

    private static Candidate[] Candidates(params Touch[] touches) => [.. touches.Select(touch => new Candidate(touch, null))];

    private static Touch Click(int number, TimeSpan after, int? continues = null) =>
        Touch.Of(new ClickId(1, number, 0), ClickSamples.One(at: At + after) with { Continues = continues is { } visit ? new ClickId(1, visit, 0) : null });

    private static int Number(Touch touch) => touch.Id.Sequence;
}
