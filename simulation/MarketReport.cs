using ShareLinks.Codes;
using ShareLinks.Events;

namespace ShareLinks.Simulation;

/// <summary>Reports the events of a simulated marketplace, as its servers would. Not thread-safe.</summary>
internal sealed class MarketReport(EventIntake intake, ClickIdCodes clickIds)
{
    public int Events { get; private set; }

    public int Orders { get; private set; }

    /// <exception cref="SimulationException">An event was not accepted.</exception>
    public async Task SendAsync(IReadOnlyList<SimulatedEvent> events)
    {
        foreach (var batch in events.Chunk(EventsRequest.MaxEvents))
        {
            var answer = await intake.TakeAsync([.. batch.Select(ToRequest)]);
            if (answer is not { Rejected.Count: 0, Duplicates: 0 })
                throw new SimulationException($"A marketplace event was not accepted ({(answer.Rejected is [var first, ..] ? first.Problem.Detail : "it exists already")}), so the history is incomplete: delete its tables and try again.");
            Events += batch.Length;
            Orders += batch.Count(marketEvent => marketEvent is { Type: SimulatedEvent.Order, IsCancelled: false });
        }
    }

    public EventRequest ToRequest(SimulatedEvent marketEvent) => new()
    {
        Id = marketEvent.Id,
        Type = marketEvent.Type,
        OccurredAt = marketEvent.OccurredAt,
        UserId = marketEvent.UserId,
        ClickId = marketEvent.ClickId is { } click ? clickIds.Encode(click) : null,
        VisitorId = marketEvent.VisitorId is { } visitor ? Base62.Encode(visitor, Base62.LengthOf64Bits) : null,
        ListingId = marketEvent.ListingId,
        Value = marketEvent.Value,
        Currency = marketEvent.Currency,
        Cancelled = marketEvent.IsCancelled,
        RefundedValue = marketEvent.RefundedValue,
    };
}
