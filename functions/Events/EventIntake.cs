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
    private const int ReadsAtOnce = 16;

    /// <summary>Takes events one by one: a bad one hinders no other.</summary>
    public async Task<EventsAnswer> TakeAsync(IReadOnlyList<BatchEntry<EventRequest>> entries)
    {
        var now = time.GetUtcNow();
        var requests = entries.Select(entry => entry.Value!).ToArray();
        var problems = new Problem?[requests.Length];
        var first = new Dictionary<(string Type, string Id, bool IsCancelled, bool IsRefund, string? RefundId), int>();
        for (var i = 0; i < requests.Length; i++)
        {
            var (request, pointer) = (requests[i], $"/events/{i}");
            problems[i] = entries[i].Check(pointer, request => request.Validate(pointer, now, clickIds));
            if (problems[i] is null && !first.TryAdd(Part(request), i) && request.IsRefund && !HaveSameAmount(request, requests[first[Part(request)]]))
                problems[i] = OtherRefund(request.RefundId, i);
        }
        await RefuseRefundsAsync(requests, first.Values.Where(i => requests[i].IsRefund), problems);
        int[] taken = [.. first.Values.Where(i => problems[i] is null).Order()];
        var users = await FindUsersAsync(taken.Select(i => requests[i].UserId).OfType<string>());
        // Not cancelled by a caller who hangs up: sending all of it again is safe, but nothing is gained by stopping halfway.
        var receipts = await Task.WhenAll(taken.Select(async i =>
        {
            var happened = ToEvent(requests[i], users, now);
            return (Index: i, Event: happened, Receipt: await log.AppendAsync(happened));
        }));
        foreach (var late in receipts.Where(receipt => receipt.Receipt.Outcome != ClickOutcome.Committed))
            problems[late.Index] = Problem.Of(StatusCodes.Status503ServiceUnavailable, "storage_unavailable", "Storage does not answer right now; send this event again.");
        var stored = receipts.Where(receipt => problems[receipt.Index] is null).ToArray();
        var counted = await events.CountAsync([.. stored.Select(receipt => new StoredEvent(receipt.Event, receipt.Receipt.Id!.Value))], CancellationToken.None);
        var accepted = 0;
        foreach (var ((i, happened, receipt), known) in stored.Zip(counted))
        {
            if (known.PositionOf(happened) == receipt.Id)
                accepted++;
            else if (happened.IsRefund)
                problems[i] = ProblemOf(requests[i], i, known);
        }
        return new EventsAnswer(
            accepted, problems.Count(problem => problem is null) - accepted,
            [.. problems.Index().Where(problem => problem.Item is not null).Select(problem => new RejectedEvent(problem.Index, problem.Item!))]);
    }

    /// <summary>Refuses refunds that cannot count before anything is stored of them.</summary>
    private Task RefuseRefundsAsync(EventRequest[] requests, IEnumerable<int> refunds, Problem?[] problems) =>
        Parallel.ForEachAsync(refunds, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce }, async (i, cancellation) =>
        {
            if (await events.FindAsync(requests[i].Type!, requests[i].Id!, cancellation) is { } known)
                problems[i] = ProblemOf(requests[i], i, known);
        });

    /// <summary>Why a refund does not count; null when it may, or is the one that does already.</summary>
    private static Problem? ProblemOf(EventRequest request, int index, CountedEvent known)
    {
        var (refunded, currency) = (request.RefundedValue!.Value, request.Currency!);
        if (known.RefundOf(request.RefundId) is { } same)
            return same.Amount == refunded && (same.Currency ?? currency) == currency ? null : OtherRefund(request.RefundId, index);
        return known.Objection(refunded, currency) is var (field, detail) ? Problem.Invalid([new($"/events/{index}/{field}", detail)]) : null;
    }

    private static Problem OtherRefund(string? refundId, int index) => Problem.Invalid([new(
        $"/events/{index}/refundId", refundId is null ? "must be given: another refund of the event came without one" : "must be new: another refund of the event came under it")]);

    private async Task<IReadOnlyDictionary<string, PersonId>> FindUsersAsync(IEnumerable<string> userIds)
    {
        var users = new ConcurrentDictionary<string, PersonId>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(userIds.Distinct(StringComparer.Ordinal), new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce }, async (userId, _) =>
            users[userId] = await people.GetOrAddAsync(userId, CancellationToken.None));
        return users;
    }

    /// <summary>What counts once: the event, its cancellation, each of its refunds.</summary>
    private static (string Type, string Id, bool IsCancelled, bool IsRefund, string? RefundId) Part(EventRequest request) =>
        (request.Type!, request.Id!, request.Cancelled, request.IsRefund, request.RefundId);

    private static bool HaveSameAmount(EventRequest one, EventRequest other) => (one.RefundedValue, one.Currency) == (other.RefundedValue, other.Currency);

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
        RefundId = request.RefundId,
    };
}
