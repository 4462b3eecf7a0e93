using System.Collections.Concurrent;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.People;
using ShareLinks.Rollups;

namespace ShareLinks.Journeys;

/// <summary>Collects what a step adds to journeys and paths. Not thread-safe.</summary>
/// <param name="feed">Reads the visits that are continued, and the clicks that events name.</param>
/// <param name="scans">Knows which click of a scan counts.</param>
/// <param name="events">Knows which event of those with one type and id counts.</param>
/// <param name="people">Knows who was erased: nobody's journey is written anew.</param>
/// <param name="erased">Clicks and events under cookies that are nobody's any more.</param>
/// <param name="journeys">Knows the events that wait for a click.</param>
/// <param name="generation">Which of the journeys are added to.</param>
/// <param name="latestEvent">The latest time of an event of the steps before: touches after it change no path that there is.</param>
/// <param name="awaitsClicks">Whether there are events that name a click which was not in the log and may still come.</param>
/// <param name="completeThrough">Up to when clicks are counted before the step; null when none is.</param>
/// <param name="maxMonths">Months that it should collect at most, some KB each.</param>
/// <param name="slice">Whose months are collected; all else is collected whole.</param>
internal sealed class JourneyTally(
    ClickFeed feed, ScanTable scans, EventTable events, PersonTable people, ErasedClicks erased, JourneyTable journeys, int generation, DateTimeOffset? latestEvent, bool awaitsClicks,
    DateTimeOffset? completeThrough, int maxMonths, StepSlice slice)
{
    /// <summary>Months of journeys that take about as much memory as an event of a step.</summary>
    private const int MonthsForEvent = 4;

    /// <summary>Visits that a chain of handoffs is followed back at most.</summary>
    private const int MaxHandoffs = 4;

    private const int ReadsAtOnce = 16;

    private readonly Dictionary<(Actor Actor, DateOnly Month), JourneyMonth> months = [];
    private readonly Dictionary<PersonId, List<Touch>> users = [];
    private readonly Dictionary<PersonId, DateTimeOffset> lateUsers = [];
    private readonly List<StoredEvent> stored = [];
    private readonly List<ClickId> awaited = [];
    private readonly StepJourneys step = new();

    /// <summary>How much of its memory is used, about; 1 = as much as it should use.</summary>
    public double Fill => Math.Max(months.Count, slice.IsWhole ? stored.Count * MonthsForEvent : 0) / (double)maxMonths;

    public void Add(FeedBlock block)
    {
        for (var i = 0; i < block.Events.Count; i++)
            stored.Add(new StoredEvent(block.Events[i], block.Key.Event(i)));
        foreach (var (id, click, _) in block.Counted())
        {
            if (!IsTouch(click))
                continue;
            var touch = ToTouch(id, click);
            if (awaitsClicks && touch.At <= latestEvent + PathRules.MaxClockSkew)
                awaited.Add(id);
            if (click.VisitorId is { } cookie && !erased.Contains(cookie, click.At))
                Add(Actor.OfCookie(cookie), touch);
            if (click.User is not { } person)
                continue;
            if (!slice.Contains(Actor.Of(person).BucketNumber) && click.Continues is null)
            {
                // Of a journey in another slice only this is needed.
                if (touch.At <= latestEvent + PathRules.MaxLater && !(lateUsers.TryGetValue(person, out var since) && since <= touch.At))
                    lateUsers[person] = touch.At;
                continue;
            }
            if (!users.TryGetValue(person, out var touches))
                users.Add(person, touches = []);
            touches.Add(touch);
        }
    }

    /// <summary>What the step adds. Call it once, after the last block.</summary>
    public async Task<StepJourneys> CompleteAsync(CancellationToken cancellationToken)
    {
        var known = await KnownAsync(cancellationToken);
        var open = new List<Handoff>();
        foreach (var person in known)
        {
            if (lateUsers.TryGetValue(person, out var late))
                NoteLate(Actor.Of(person), late);
            foreach (var touch in users.GetValueOrDefault(person, []))
            {
                Add(Actor.Of(person), touch);
                if (touch.Click!.Continues is { } visit)
                    open.Add(new Handoff(Actor.Of(person), touch.At, touch.Id, touch.Click.IsUserVerified, visit, null));
            }
        }
        var counted = await events.CountAsync(stored, cancellationToken);
        for (var i = 0; i < stored.Count; i++)
        {
            var (happened, position) = stored[i];
            if (counted[i].PositionOf(happened) != position)
                continue;
            if (happened.IsCancelled)
                await CancelAsync(happened, counted[i], cancellationToken);
            else
                AddEvent(happened, position, counted[i], known, open);
        }
        await Parallel.ForEachAsync(awaited, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken }, async (click, cancellation) =>
        {
            foreach (var waiting in (await journeys.ReadAsync(generation, Actor.OfAwaited(click), cancellation)).SelectMany(month => month.Events).Where(waiting => waiting.Click == click))
            {
                lock (open)
                    open.Add(new Handoff(waiting.Actor, waiting.At, waiting.Position, true, click, waiting));
                lock (step.Events)
                    step.Events.Add(waiting);
            }
        });
        // The person in the app is the one who made the visit that the opening continues, under any cookie.
        for (var round = 0; round < MaxHandoffs && open.Count > 0; round++)
            open = await FollowAsync(open, cancellationToken);
        step.Months = months;
        return step;
    }

    /// <summary>Whether a click may have led somebody somewhere.</summary>
    private static bool IsTouch(Click click) => !click.IsBot && !click.IsPrefetch && !click.Action.IsMiss();

    private static Touch ToTouch(ClickId id, Click click) => Touch.Of(id, click with { Language = null, Referrer = null, ScanId = null, Device = null, VisitorHash = 0 });

    private async Task<HashSet<PersonId>> KnownAsync(CancellationToken cancellationToken)
    {
        var known = new ConcurrentBag<PersonId>();
        var named = users.Keys.Concat(lateUsers.Keys).Concat(stored.Select(entry => entry.Event.User).OfType<PersonId>()).Distinct();
        await Parallel.ForEachAsync(named, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken }, async (person, _) =>
        {
            if (await people.NameAsync(person) is not null)
                known.Add(person);
        });
        return [.. known];
    }

    private async Task CancelAsync(MarketEvent happened, CountedEvent counted, CancellationToken cancellationToken)
    {
        // One that comes before its event is noted in the event's row, and counted with it.
        counted = counted.At is null ? await events.FindAsync(happened.Type, happened.Id, cancellationToken) ?? counted : counted;
        if (counted.At is { } at)
            step.Changes.Add(new PathChange(happened.Type, happened.Id, at) { IsCancelled = !happened.IsRefund, Refunds = happened.IsRefund ? [RefundOf(happened)] : [] });
    }

    private static Refund RefundOf(MarketEvent happened) => new(happened.RefundId, happened.RefundedValue!.Value, happened.Currency);

    private void AddEvent(MarketEvent happened, ClickId position, CountedEvent counted, HashSet<PersonId> known, List<Handoff> open)
    {
        step.LatestEvent = Later(step.LatestEvent, happened.At);
        step.Changes.Add(new PathChange(happened.Type, happened.Id, happened.At)
        {
            Event = Conversion.Of(happened),
            IsCancelled = counted.Cancellation is not null,
            Refunds = [.. counted.Refunds.Select(refund => new Refund(refund.Id, refund.Amount, refund.Currency))],
        });
        // Of somebody who was erased only the click is left, which the marketplace itself named.
        var isUserErased = happened.User is { } user && !known.Contains(user);
        var isErased = isUserErased || (happened.VisitorId is { } visitor && erased.Contains(visitor, happened.At));
        var entry = new JourneyEvent(happened.Type, happened.Id, position, happened.At, isUserErased ? null : happened.User, isErased ? null : happened.VisitorId, happened.Click);
        step.Events.Add(entry);
        if (isErased)
            step.Erased.Add(position);
        if (entry.Actor is { } actor)
        {
            MonthOf(actor, entry.At)?.Add(entry);
            if (entry is { Type: MarketEvent.Open, Click: null })
                Add(actor, new Touch(position, entry.At, null));
        }
        if (entry is { User: { } person, Visitor: { } cookie })
            Join(Actor.Of(person), Actor.OfCookie(cookie), entry.At, position, isVerified: true);
        if (entry.Click is { } click)
            open.Add(new Handoff(entry.Actor, entry.At, position, true, click, entry));
    }

    /// <summary>
    /// Makes the visits that users go on from, and clicks that events name, touches of those who do, and joins users to the visitors that made them;
    /// gives those whose visit went on with another itself.
    /// </summary>
    private async Task<List<Handoff>> FollowAsync(List<Handoff> open, CancellationToken cancellationToken)
    {
        var visited = new ConcurrentDictionary<ClickId, (Click Click, ClickId Counted)>();
        await Parallel.ForEachAsync(
            open.GroupBy(handoff => new BlockKey(handoff.Visit.Stream, handoff.Visit.Sequence)),
            new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (block, cancellation) =>
            {
                var clicks = await feed.FindBlockAsync(block.Key, cancellation);
                foreach (var visit in block.Select(handoff => handoff.Visit).Where(visit => visit.Place < clicks.Count).Distinct())
                {
                    var click = clicks[visit.Place];
                    visited[visit] = (click, click.ScanId is { } scan ? await scans.FindAsync(scan, cancellation) ?? visit : visit);
                }
            });
        var further = new List<Handoff>();
        foreach (var handoff in open)
        {
            if (!visited.TryGetValue(handoff.Visit, out var found))
            {
                // What has not come a day after the event does not come any more: most often, it is past retention.
                if (handoff.Event is { } waiting && waiting.Click == handoff.Visit && !(waiting.At + FoldState.MaxClickWait <= completeThrough))
                {
                    MonthOf(Actor.OfAwaited(handoff.Visit), waiting.At)?.Add(waiting);
                    step.AwaitsClicksUntil = Later(step.AwaitsClicksUntil, waiting.At + FoldState.MaxClickWait);
                }
                continue;
            }
            var (click, counted) = found;
            if (counted != handoff.Visit)
            {
                // The same scan, sent again: another click stands for it.
                further.Add(handoff with { Visit = counted });
                continue;
            }
            AddVisit(handoff, click);
            if (click.Continues is { } before)
                further.Add(handoff with { Visit = before });
        }
        return further;
    }

    private void AddVisit(Handoff handoff, Click click)
    {
        if (handoff.Actor is { Kind: ActorKind.User } user && click.VisitorId is { } cookie)
            Join(user, Actor.OfCookie(cookie), handoff.At, handoff.By, handoff.IsVerified);
        if (!IsTouch(click))
            return;
        if (handoff.Actor is not { } actor)
        {
            step.TouchesOf(handoff.By).Add(ToTouch(handoff.Visit, click));
            return;
        }
        // An opening by a user is in that user's journey already.
        if (click.User is null || handoff.Event is not null)
        {
            var isUser = actor.Kind == ActorKind.User;
            Add(actor, ToTouch(handoff.Visit, click with { User = isUser ? new PersonId(actor.Number) : null, IsUserVerified = isUser && handoff.IsVerified }));
        }
    }

    private void Add(Actor actor, Touch touch)
    {
        MonthOf(actor, touch.At)?.Add(touch);
        if (touch.At <= latestEvent + PathRules.MaxLater)
            NoteLate(actor, touch.At);
    }

    private void NoteLate(Actor actor, DateTimeOffset at)
    {
        if (!step.LateSince.TryGetValue(actor, out var since) || at < since)
            step.LateSince[actor] = at;
    }

    private void Join(Actor user, Actor visitor, DateTimeOffset at, ClickId by, bool isVerified)
    {
        if (erased.Contains(visitor.Number, at))
            return;
        var join = new Join(user, at, by, isVerified);
        MonthOf(visitor, at)?.Add(join);
        MonthOf(user, at)?.Add(join with { Other = visitor });
        if (isVerified)
            step.JoinsOf(visitor).Add(join);
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one > other ? one.Value : other;

    /// <summary>What an actor's month gets; null when the actor is in another slice.</summary>
    private JourneyMonth? MonthOf(Actor actor, DateTimeOffset at)
    {
        if (!slice.Contains(actor.BucketNumber))
            return null;
        var key = (actor, new DateOnly(at.UtcDateTime.Year, at.UtcDateTime.Month, 1));
        if (!months.TryGetValue(key, out var month))
            months.Add(key, month = new JourneyMonth());
        return month;
    }

    /// <param name="Actor">Who goes on; null for an event that names nobody.</param>
    /// <param name="At">When.</param>
    /// <param name="By">The opening, or the event.</param>
    /// <param name="IsVerified">Whether a server of the marketplace's vouches for it.</param>
    /// <param name="Visit">The visit that is continued, or one before.</param>
    /// <param name="Event">The event that names it; null for an opening.</param>
    private readonly record struct Handoff(Actor? Actor, DateTimeOffset At, ClickId By, bool IsVerified, ClickId Visit, JourneyEvent? Event);
}

/// <summary>What a step adds to journeys and paths.</summary>
internal sealed class StepJourneys
{
    private readonly Dictionary<Actor, List<Join>> joins = [];
    private readonly Dictionary<ClickId, List<Touch>> touches = [];

    /// <summary>What every actor gets in every month (UTC).</summary>
    public IReadOnlyDictionary<(Actor Actor, DateOnly Month), JourneyMonth> Months { get; set; } = new Dictionary<(Actor, DateOnly), JourneyMonth>();

    /// <summary>Events whose path is to be found: those that count from now on, and those whose click has come.</summary>
    public List<JourneyEvent> Events { get; } = [];

    /// <summary>Whose events they are.</summary>
    public IEnumerable<Actor> Actors => Events.Select(happened => happened.Actor).OfType<Actor>().Distinct();

    /// <summary>Those of <see cref="Events"/> whose person was erased, by their place in the log: what led to them cannot be found any more.</summary>
    public HashSet<ClickId> Erased { get; } = [];

    /// <summary>What was reported, and cancelled.</summary>
    public List<PathChange> Changes { get; } = [];

    /// <summary>The latest time of an event that counts from now on.</summary>
    public DateTimeOffset? LatestEvent { get; set; }

    /// <summary>Until when events of the step wait for clicks which they named and which were not in the log; null: none does.</summary>
    public DateTimeOffset? AwaitsClicksUntil { get; set; }

    /// <summary>Actors with touches that may change paths there are, each with the earliest.</summary>
    public Dictionary<Actor, DateTimeOffset> LateSince { get; } = [];

    /// <summary>Visitors that were vouched to be a user.</summary>
    public IReadOnlyCollection<Actor> JoinedVisitors => joins.Keys;

    /// <summary>The vouched joins of a visitor.</summary>
    public List<Join> JoinsOf(Actor visitor) => Of(joins, visitor);

    /// <summary>The touches that are known of an event which names nobody, by its place in the log.</summary>
    public List<Touch> TouchesOf(ClickId position) => Of(touches, position);

    private static List<T> Of<TKey, T>(Dictionary<TKey, List<T>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
            lists.Add(key, list = []);
        return list;
    }
}
