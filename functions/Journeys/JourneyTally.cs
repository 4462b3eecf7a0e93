using System.Collections.Concurrent;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.People;

namespace ShareLinks.Journeys;

/// <summary>Collects what a step adds to journeys. Not thread-safe.</summary>
/// <param name="feed">Reads the visits that are gone on with.</param>
/// <param name="people">Knows who was erased: nobody's journey is written anew.</param>
internal sealed class JourneyTally(ClickFeed feed, PersonTable people)
{
    /// <summary>Visits that a chain of hand-overs is followed back at most.</summary>
    private const int MaxHandOvers = 4;

    private const int ReadsAtOnce = 16;

    private readonly Dictionary<(Actor Actor, DateOnly Month), JourneyMonth> months = [];
    private readonly Dictionary<PersonId, List<Touch>> users = [];

    public void Add(FeedBlock block)
    {
        foreach (var (id, click, _) in block.Counted())
        {
            if (click.IsBot || click.IsPrefetch || click.Action.IsMiss())
                continue;
            var touch = new Touch(id, click with { Language = null, Referrer = null, ScanId = null, Device = null, VisitorHash = 0 });
            if (click.VisitorId is { } cookie)
                MonthOf(Actor.OfCookie(cookie), click.At).Add(touch);
            if (click.User is not { } person)
                continue;
            if (!users.TryGetValue(person, out var touches))
                users.Add(person, touches = []);
            touches.Add(touch);
        }
    }

    /// <summary>What every actor got in every month (UTC). Call it once, after the last block.</summary>
    public async Task<IReadOnlyDictionary<(Actor Actor, DateOnly Month), JourneyMonth>> CompleteAsync(CancellationToken cancellationToken)
    {
        var known = new ConcurrentBag<PersonId>();
        await Parallel.ForEachAsync(users.Keys, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken }, async (person, _) =>
        {
            if (await people.NameAsync(person) is not null)
                known.Add(person);
        });
        var open = new List<HandOver>();
        foreach (var person in known)
        {
            foreach (var touch in users[person])
            {
                MonthOf(Actor.Of(person), touch.Click.At).Add(touch);
                if (touch.Click.Continues is { } visit)
                    open.Add(new HandOver(Actor.Of(person), touch, visit));
            }
        }
        // The person in the app is whoever made the visit that it goes on with, under whatever cookies.
        for (var round = 0; round < MaxHandOvers && open.Count > 0; round++)
            open = await FollowAsync(open, cancellationToken);
        return months;
    }

    /// <summary>Joins users to the visitors that they go on from; gives those whose visit went on with another itself.</summary>
    private async Task<List<HandOver>> FollowAsync(List<HandOver> open, CancellationToken cancellationToken)
    {
        var visited = new ConcurrentDictionary<ClickId, (ulong? Cookie, ClickId? Continues)>();
        await Parallel.ForEachAsync(
            open.GroupBy(handOver => new BlockKey(handOver.Visit.Stream, handOver.Visit.Sequence)),
            new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (block, cancellation) =>
            {
                var clicks = await feed.FindBlockAsync(block.Key, cancellation);
                foreach (var visit in block.Select(handOver => handOver.Visit).Where(visit => visit.Place < clicks.Count))
                    visited[visit] = (clicks[visit.Place].VisitorId, clicks[visit.Place].Continues);
            });
        var further = new List<HandOver>();
        foreach (var (user, touch, visit) in open)
        {
            if (!visited.TryGetValue(visit, out var found))
                continue;
            var (at, isVerified) = (touch.Click.At, touch.Click.IsUserVerified);
            if (found.Cookie is { } cookie)
            {
                MonthOf(Actor.OfCookie(cookie), at).Add(new Join(user, at, touch.Id, isVerified));
                MonthOf(user, at).Add(new Join(Actor.OfCookie(cookie), at, touch.Id, isVerified));
            }
            if (found.Continues is { } before)
                further.Add(new HandOver(user, touch, before));
        }
        return further;
    }

    private JourneyMonth MonthOf(Actor actor, DateTimeOffset at)
    {
        var key = (actor, new DateOnly(at.UtcDateTime.Year, at.UtcDateTime.Month, 1));
        if (!months.TryGetValue(key, out var month))
            months.Add(key, month = new JourneyMonth());
        return month;
    }

    /// <param name="User">Who opened the app.</param>
    /// <param name="Touch">That opening.</param>
    /// <param name="Visit">The visit that it goes on with, or one before.</param>
    private readonly record struct HandOver(Actor User, Touch Touch, ClickId Visit);
}
