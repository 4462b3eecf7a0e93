using System.Collections.Concurrent;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.People;

namespace ShareLinks.Events;

/// <summary>Takes in what the marketplace reports: into the log first, then into the table that says which copy counts.</summary>
/// <remarks>A process that is killed in between leaves an event that the fold finds and counts. Thread-safe.</remarks>
public sealed class EventIntake(ClickLog log, EventTable events, PersonTable people, ClickIdCodes clickIds, TimeProvider time)
{
    private const int PeopleAtOnce = 16;

    /// <summary>Takes events one by one: a bad one hinders no other.</summary>
    public async Task<EventsAnswer> TakeAsync(IReadOnlyList<EventRequest> requests)
    {
        var now = time.GetUtcNow();
        var problems = new Problem?[requests.Count];
        var first = new Dictionary<(string Key, bool IsCancelled), int>();
        for (var i = 0; i < requests.Count; i++)
        {
            if (requests[i].Validate($"/events/{i}", now, clickIds) is { Count: > 0 } errors)
                problems[i] = Problem.Invalid(errors);
            else
                first.TryAdd((MarketEvent.KeyOf(requests[i].Type!, requests[i].Id!), requests[i].Cancelled), i);
        }
        int[] taken = [.. first.Values.Order()];
        var users = await FindUsersAsync(taken.Select(i => requests[i].UserId).OfType<string>());
        // Not cancelled by a caller who hangs up: sending all of it again is safe, but nothing is gained by stopping halfway.
        var receipts = await Task.WhenAll(taken.Select(async i =>
        {
            var happened = ToEvent(requests[i], users, now);
            return (Index: i, Event: happened, Receipt: await log.AppendAsync(happened));
        }));
        foreach (var late in receipts.Where(receipt => receipt.Receipt.Outcome != ClickOutcome.Committed))
            problems[late.Index] = Problem.Of(StatusCodes.Status503ServiceUnavailable, "storage_unavailable", "Storage does not answer right now; send this event again.");
        StoredEvent[] stored = [.. receipts.Where(receipt => problems[receipt.Index] is null).Select(receipt => new StoredEvent(receipt.Event, receipt.Receipt.Id!.Value))];
        var counted = await events.CountAsync(stored, CancellationToken.None);
        var accepted = counted.Zip(stored).Count(pair => pair.First.PositionOf(pair.Second.Event) == pair.Second.Position);
        return new EventsAnswer(
            accepted, problems.Count(problem => problem is null) - accepted,
            [.. problems.Index().Where(problem => problem.Item is not null).Select(problem => new RejectedEvent(problem.Index, problem.Item!))]);
    }

    private async Task<IReadOnlyDictionary<string, PersonId>> FindUsersAsync(IEnumerable<string> userIds)
    {
        var users = new ConcurrentDictionary<string, PersonId>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(userIds.Distinct(StringComparer.Ordinal), new ParallelOptions { MaxDegreeOfParallelism = PeopleAtOnce }, async (userId, _) =>
            users[userId] = await people.GetOrAddAsync(userId, CancellationToken.None));
        return users;
    }

    private MarketEvent ToEvent(EventRequest request, IReadOnlyDictionary<string, PersonId> users, DateTimeOffset now) => new()
    {
        Type = request.Type!,
        Id = request.Id!,
        At = request.OccurredAt!.Value,
        ReceivedAt = now,
        User = request.UserId is { } userId ? users[userId] : null,
        Click = request.ClickId is { } click && clickIds.TryDecode(click, out var id) ? id : null,
        VisitorId = request.ParseVisitor(),
        ListingId = request.ListingId,
        Value = request.Value,
        Currency = request.Currency,
        IsCancelled = request.Cancelled,
        RefundedValue = request.RefundedValue,
    };
}
