using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Journeys;

/// <summary>What a few people did over two months, made up: openings in browsers and the app, handoffs, events, cancellations.</summary>
/// <remarks>All times are different, so that nothing depends on the places in the log.</remarks>
internal sealed class PathHistory
{
    private static readonly string?[] Channels = ["wechat", "douyin", "poster", "direct", null];

    private readonly List<Fact> facts = [];

    private PathHistory()
    {
    }

    /// <summary>Clicks, events and cancellations, such that what one names stands before it.</summary>
    public IReadOnlyList<Fact> Facts => facts;

    public static PathHistory Create(int seed, DateTimeOffset now, int size)
    {
        var random = new Random(seed);
        var history = new PathHistory();
        var ticks = Enumerable.Range(0, 4 * size).ToArray();
        random.Shuffle(ticks);
        for (var i = 0; i < size; i++)
        {
            var at = now.AddDays(-80) + TimeSpan.FromDays(79) * ticks[i] / ticks.Length;
            var clicks = history.facts.Where(fact => fact.Event is null).ToList();
            var kind = random.Next(10);
            if (kind < 5)
            {
                history.facts.Add(new Fact(i, at) { Link = random.Next(5), Visitor = random.Next(3) == 0 ? null : random.Next(5), IsBot = random.Next(12) == 0 });
            }
            else if (kind < 7)
            {
                history.facts.Add(new Fact(i, at)
                {
                    Link = random.Next(5),
                    User = random.Next(4),
                    IsVerified = random.Next(4) != 0,
                    Continues = clicks.Count > 0 && random.Next(2) == 0 ? clicks[random.Next(clicks.Count)].Number : null,
                });
            }
            else if (kind < 9 || !history.facts.Exists(fact => fact.Event is not null))
            {
                history.facts.Add(new Fact(i, at)
                {
                    Event = random.Next(3) switch { 0 => "open", 1 => "signup", _ => "order" },
                    User = random.Next(4) == 0 ? null : random.Next(4),
                    Visitor = random.Next(3) == 0 ? random.Next(5) : null,
                    Continues = clicks.Count > 0 && random.Next(2) == 0 ? clicks[random.Next(clicks.Count)].Number : null,
                });
            }
            else
            {
                var events = history.facts.Where(fact => fact.Event is not null && !fact.IsCancelled).ToList();
                var taken = events[random.Next(events.Count)];
                var changes = history.facts.Where(fact => fact.Cancels == taken.Number).ToList();
                if (random.Next(3) == 0 && !changes.Exists(fact => fact.Refunded is null))
                    history.facts.Add(new Fact(i, at) { Event = taken.Event, Cancels = taken.Number, IsCancelled = true });
                else if (changes.Count < 9)
                    history.facts.Add(new Fact(i, at)
                    {
                        Event = taken.Event,
                        Cancels = taken.Number,
                        IsCancelled = true,
                        Refunded = random.Next(1, 11),
                        RefundId = changes.Exists(fact => fact is { Refunded: not null, RefundId: null }) ? $"r-{i}" : null,
                        IsInOtherCurrency = random.Next(5) == 0,
                    });
            }
        }
        return history;
    }

    /// <summary>The facts in another order, in which everything still stands behind the clicks that it names. A cancellation may come before its event.</summary>
    public IEnumerable<Fact> Shuffled(Random random)
    {
        var left = facts.ToList();
        var fed = new HashSet<int>();
        while (left.Count > 0)
        {
            var ready = left.Where(fact => fact.Continues is not { } visit || fed.Contains(visit)).ToList();
            var next = ready[random.Next(ready.Count)];
            left.Remove(next);
            fed.Add(next.Number);
            yield return next;
        }
    }

    /// <summary>Sends the facts, counting now and then, and gives every event's path by the facts' numbers.</summary>
    /// <param name="apps">Instances, one of which takes each fact.</param>
    /// <param name="order">The facts.</param>
    /// <param name="random">Decides which, and when to count.</param>
    /// <param name="beforeCounting">What happens before each count; null for nothing.</param>
    public static async Task<string> FeedAsync(IReadOnlyList<TestApp> apps, IEnumerable<Fact> order, Random random, Func<Task>? beforeCounting = null)
    {
        var app = apps[0];
        var links = new List<LinkAttributes>();
        for (var i = 0; i < 5; i++)
            links.Add((await app.Get<LinkFinder>().FindAsync(await app.MintCodeAsync(new { listingId = $"item-{i}", channel = Channels[i] })))!.Attributes);
        var ids = new Dictionary<int, ClickId>();
        var codes = app.Get<ClickIdCodes>();
        foreach (var fact in order)
        {
            var at = apps[random.Next(apps.Count)];
            if (fact.Event is null)
            {
                ids[fact.Number] = (await at.Get<ClickLog>().AppendAsync(new Click
                {
                    Link = links[fact.Link],
                    At = fact.At,
                    ReceivedAt = fact.At,
                    Entry = ClickEntry.Code,
                    Action = ClickAction.Page,
                    IsBot = fact.IsBot,
                    VisitorId = (ulong?)fact.Visitor,
                    User = fact.User is { } user ? await at.Get<PersonTable>().GetOrAddAsync($"buyer-{user}") : null,
                    IsUserVerified = fact.IsVerified,
                    Continues = fact.Continues is { } visit ? ids[visit] : null,
                })).Id!.Value;
            }
            else
            {
                var answer = await at.Get<EventIntake>().TakeAsync([new EventRequest
                {
                    Id = $"e-{fact.Cancels ?? fact.Number}",
                    Type = fact.Event,
                    OccurredAt = fact.At,
                    UserId = fact.User is { } user ? $"buyer-{user}" : null,
                    VisitorId = fact.Visitor is { } visitor ? Base62.Encode((UInt128)visitor, Base62.LengthOf64Bits) : null,
                    ClickId = fact.Continues is { } click ? codes.Encode(ids[click]) : null,
                    Value = fact.IsCancelled ? null : 100,
                    Currency = fact.IsInOtherCurrency ? "USD" : "CNY",
                    Cancelled = fact.IsCancelled,
                    RefundedValue = fact.Refunded,
                    RefundId = fact.RefundId,
                }]);
                Assert.Equal(0, answer.Duplicates);
                // A refund in another currency is refused once its event is known, and left out when it came first.
                Assert.True(answer.Accepted == 1 || (fact.IsInOtherCurrency && answer.Rejected.Single().Problem.Errors!.Single().Pointer == "/events/0/currency"));
            }
            if (random.Next(12) != 0)
                continue;
            await (beforeCounting?.Invoke() ?? Task.CompletedTask);
            await Task.WhenAll(apps.Select(one => one.Get<ClickFold>().FoldAsync()));
        }
        await (beforeCounting?.Invoke() ?? Task.CompletedTask);
        var state = await app.Get<ClickFold>().FoldAsync();
        return await ReadAsync(app, state.Generation, ids);
    }

    /// <summary>The visitors whose openings are a user's: those that somebody vouched for, and those that were claimed alone and nobody else was vouched for.</summary>
    public IReadOnlyList<int> VisitorsOf(int user)
    {
        var vouched = facts.SelectMany(JoinsBy).ToList();
        return [.. Enumerable.Range(0, 5).Where(visitor => vouched.Exists(join => join.Visitor == visitor && join.User == user)
            || (!vouched.Exists(join => join.Visitor == visitor) && facts.Exists(fact => fact.User == user && fact is { Event: null, IsBot: false } && VisitsBefore(fact).Take(4).Any(visit => visit.Visitor == visitor))))];
    }

    /// <summary>What every event's path is to be, found the slow way.</summary>
    public string Expected()
    {
        var lines = new List<string>();
        foreach (var happened in facts.Where(fact => fact.Event is not null && !fact.IsCancelled))
        {
            var joins = facts.SelectMany(JoinsBy).OrderBy(join => join.At).ToList();
            var candidates = facts.Where(fact => fact.IsOpening && fact != happened && fact.At <= happened.At && fact.At >= happened.At.AddDays(-90) && IsOf(happened, fact, joins)).ToList();
            var path = candidates.Where(fact => fact.Event is not null || fact.Continues is not { } visit || !candidates.Exists(other => other.Number == visit)).OrderBy(fact => fact.At);
            var changes = facts.Where(fact => fact.Cancels == happened.Number).ToList();
            var refunds = changes.Where(fact => fact is { Refunded: not null, IsInOtherCurrency: false }).ToList();
            var state = (changes.Exists(fact => fact.Refunded is null) ? " cancelled" : "") + (refunds.Count > 0 ? $" refunded {refunds.Sum(refund => refund.Refunded)}" : "");
            lines.Add($"e-{happened.Number}{state}: {string.Join(' ', path.Select(fact => fact.Number))}");
        }
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static async Task<string> ReadAsync(TestApp app, int generation, Dictionary<int, ClickId> ids)
    {
        var numbers = ids.ToDictionary(id => id.Value, id => id.Key);
        var lines = new List<string>();
        foreach (var type in await app.Get<PathTable>().TypesAsync(generation, CancellationToken.None))
        {
            await foreach (var (conversion, touches) in app.Get<PathTable>().ReadAsync(generation, type, DateTimeOffset.MinValue.AddYears(1), DateTimeOffset.MaxValue, CancellationToken.None))
            {
                var state = (conversion.IsCancelled ? " cancelled" : "") + (conversion.RefundedValue is { } refunded ? $" refunded {refunded:0}" : "");
                Assert.All(conversion.OtherCurrencies, refund => Assert.Equal("USD", refund.Currency));
                Assert.Equal(100 - (conversion.RefundedValue ?? 0), conversion.NetValue);
                // An opening of the app is told by its time.
                lines.Add($"{conversion.Id}{state}: {string.Join(' ', touches.Select(touch => touch.Click is null ? $"at {touch.At.ToUnixTimeMilliseconds()}" : $"{numbers[touch.Id]}"))}");
            }
        }
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    /// <summary>The expectation with openings of the app written as <see cref="ReadAsync"/> does.</summary>
    public string ExpectedByTime()
    {
        var byNumber = facts.ToDictionary(fact => fact.Number);
        return string.Join('\n', Expected().Split('\n').Select(line =>
        {
            var (head, path) = (line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            return head + " " + string.Join(' ', path.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number =>
                byNumber[int.Parse(number, null)] is { Event: not null } opening ? $"at {opening.At.ToUnixTimeMilliseconds()}" : number));
        }));
    }

    /// <summary>The openings that an event or an opening goes on from, the latest first.</summary>
    private IEnumerable<Fact> VisitsBefore(Fact fact)
    {
        for (var visit = fact.Continues; visit is { } number; visit = facts.Find(other => other.Number == number)!.Continues)
            yield return facts.Find(other => other.Number == number)!;
    }

    /// <summary>The visitors that a fact tells to be a user.</summary>
    private IEnumerable<(int Visitor, int User, DateTimeOffset At)> JoinsBy(Fact fact)
    {
        if (fact.User is not { } user || fact.IsCancelled || (fact.Event is null && !fact.IsVerified) || fact.IsBot)
            yield break;
        if (fact is { Event: not null, Visitor: { } named })
            yield return (named, user, fact.At);
        foreach (var visit in VisitsBefore(fact).Take(4))
        {
            if (visit.Visitor is { } visitor)
                yield return (visitor, user, fact.At);
        }
    }

    private bool IsOf(Fact happened, Fact touch, List<(int Visitor, int User, DateTimeOffset At)> joins)
    {
        if (touch.IsBot)
            return false;
        if (happened.User is not { } user)
        {
            if (happened.Visitor is not { } visitor)
                return VisitsBefore(happened).Take(4).Contains(touch);
            // What was told of the visitor by events that name no user.
            var told = touch.Visitor == visitor || facts.Exists(other =>
                other is { Event: not null, User: null, IsCancelled: false } && other.Visitor == visitor && VisitsBefore(other).Take(4).Contains(touch));
            return told && (touch.Event is null || touch.User is null) && OwnerAt(visitor, touch.At, joins) == OwnerAt(visitor, happened.At, joins);
        }
        if (touch.User == user && (touch.Event is not null || touch.IsVerified))
            return true;
        if (facts.Exists(other => other.User == user && !other.IsCancelled
            && ((other.Event is not null && VisitsBefore(other).Take(4).Contains(touch))
                || (other is { Event: null, IsVerified: true } && touch.User is null && VisitsBefore(other).Take(4).Contains(touch)))))
        {
            return true;
        }
        if (touch.Event is null)
        {
            // A visitor's openings, and what events that name no user told to be the visitor's.
            return Enumerable.Range(0, 5).Any(visitor => joins.Exists(join => join.Visitor == visitor && join.User == user) && OwnerAt(visitor, touch.At, joins) == user
                && (touch.Visitor == visitor || facts.Exists(other => other is { Event: not null, User: null, IsCancelled: false } && other.Visitor == visitor && VisitsBefore(other).Take(4).Contains(touch))));
        }
        return touch is { User: null, Visitor: { } opener } && joins.Exists(join => join.Visitor == opener && join.User == user) && OwnerAt(opener, touch.At, joins) == user;
    }

    private static int? OwnerAt(int visitor, DateTimeOffset at, List<(int Visitor, int User, DateTimeOffset At)> joins)
    {
        var own = joins.Where(join => join.Visitor == visitor).ToList();
        return own.Count == 0 ? null : own.FindIndex(join => join.At >= at) is >= 0 and var next ? own[next].User : own[^1].User;
    }

    /// <summary>An opening of a link, or an event.</summary>
    /// <param name="Number">Names it.</param>
    /// <param name="At">When.</param>
    internal sealed record Fact(int Number, DateTimeOffset At)
    {
        public string? Event { get; init; }

        public int Link { get; init; }

        public int? Visitor { get; init; }

        public int? User { get; init; }

        public bool IsVerified { get; init; }

        public bool IsBot { get; init; }

        /// <summary>The click that an opening goes on from, or an event names.</summary>
        public int? Continues { get; init; }

        public bool IsCancelled { get; init; }

        public int? Cancels { get; init; }

        public decimal? Refunded { get; init; }

        public string? RefundId { get; init; }

        /// <summary>Whether a refund is not in the currency of its event.</summary>
        public bool IsInOtherCurrency { get; init; }

        /// <summary>Whether it can be a touch.</summary>
        public bool IsOpening => Event is null || (Event == "open" && Continues is null && !IsCancelled && (User ?? Visitor) is not null);
    }
}
