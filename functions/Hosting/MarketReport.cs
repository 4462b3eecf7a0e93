using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Simulation;

namespace ShareLinks.Hosting;

/// <summary>Reports what happens in a simulated marketplace, as its servers would. Not thread-safe.</summary>
internal sealed class MarketReport(EventIntake intake, ClickIdCodes clickIds)
{
    public int Events { get; private set; }

    public int Orders { get; private set; }

    /// <exception cref="SimulationException">An event was not taken.</exception>
    public async Task SendAsync(IReadOnlyList<SimulatedEvent> happened)
    {
        foreach (var some in happened.Chunk(EventsRequest.MaxEvents))
        {
            var answer = await intake.TakeAsync([.. some.Select(ToRequest)]);
            if (answer is not { Rejected.Count: 0, Duplicates: 0 })
                throw new SimulationException($"A marketplace event was not taken ({(answer.Rejected is [var first, ..] ? first.Problem.Detail : "it was there already")}), so the history is incomplete: delete its tables and try again.");
            Events += some.Length;
            Orders += some.Count(happening => happening is { Type: SimulatedEvent.Order, IsCancelled: false });
        }
    }

    public EventRequest ToRequest(SimulatedEvent happened) => new()
    {
        Id = happened.Id,
        Type = happened.Type,
        OccurredAt = happened.OccurredAt,
        UserId = happened.UserId,
        ClickId = happened.ClickId is { } click ? clickIds.Encode(click) : null,
        VisitorId = happened.VisitorId is { } visitor ? Base62.Encode(visitor, Base62.LengthOf64Bits) : null,
        ListingId = happened.ListingId,
        Value = happened.Value,
        Currency = happened.Currency,
        Cancelled = happened.IsCancelled,
        RefundedValue = happened.RefundedValue,
    };
}
