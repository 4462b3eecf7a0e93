using System.Buffers.Binary;
using System.Security.Cryptography;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Reporting;
using ShareLinks.Resolving;
using ShareLinks.Rollups;

namespace ShareLinks.Simulation;

/// <summary>Simulates the history of a marketplace's share links, hour by hour, and writes it as the service would have.</summary>
/// <remarks>
/// One thread draws all random numbers in the order of simulated time, so the history does not depend on how fast storage answers. Links are minted,
/// and sold listings updated, at the beginning of an hour. Use it once.
/// </remarks>
internal sealed class Simulator
{
    /// <summary>The maximum of hours whose events are not reported yet: events are reported while later hours are simulated.</summary>
    private const int MaxUnreportedHours = 24;

    private readonly SimulationPlan plan;
    private readonly Func<IReadOnlyList<SimulatedEvent>, CancellationToken, Task> sink;
    private readonly OpeningWriter openings;
    private readonly ClickLog log;
    private readonly ClickFold fold;
    private readonly SimulatedTime time;

    private readonly IReadOnlyList<SimulatedHour> hours;
    private readonly Marketplace marketplace;
    private readonly Traffic traffic;
    private readonly Trade trade;
    private readonly SimulationSummary summary = new();

    /// <param name="plan">The plan of the history.</param>
    /// <param name="sink">Receives the marketplace's events in the order of their time.</param>
    public Simulator(
        SimulationPlan plan, Func<IReadOnlyList<SimulatedEvent>, CancellationToken, Task> sink, MarketWriter market, OpeningWriter openings, RouteTable routes,
        OfferedWays offers, Destinations destinations, ShortCodes codes, ClickLog log, ClickFold fold, ReportingZone zone, SimulatedTime time,
        RandomNumberGenerator random)
    {
        (this.plan, this.sink, this.openings, this.log, this.fold, this.time) = (plan, sink, openings, log, fold, time);
        var agenda = new Agenda(time);
        var dice = new Dice(plan.Seed);
        hours = DayCurve.Hours(plan, zone, dice.Split());
        var catalogue = new Catalogue(plan, hours[0].Start, dice.Split());
        var crowd = new Crowd(plan, dice.Split());
        var sharing = new Sharing(plan, codes, dice.Split());
        trade = new Trade(plan, crowd, agenda, dice.Split());
        marketplace = new Marketplace(plan, catalogue, sharing, market, agenda, dice, summary);
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        var run = BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString("x16", null);
        traffic = new Traffic(plan, run, marketplace, crowd, trade, agenda, dice, openings, new Outcomes(routes, offers, destinations), zone, time, summary);
    }

    /// <summary>Writes the history and counts it.</summary>
    /// <param name="progress">Gets how much is written, from 0 to 1, and up to which moment.</param>
    /// <param name="cancellationToken">Stops in the middle.</param>
    /// <exception cref="SimulationException">Something could not be made or stored.</exception>
    public async Task<SimulationSummary> RunAsync(Action<double, DateTimeOffset> progress, CancellationToken cancellationToken)
    {
        var lastReport = Task.CompletedTask;
        var reports = new Queue<Task>();
        foreach (var hour in hours)
        {
            time.Now = hour.Start;
            await marketplace.EndListingsAsync(hour.Start, cancellationToken);
            await marketplace.MintAsync(hour, cancellationToken);
            await traffic.OpenAsync(hour, cancellationToken);
            openings.Flush();
            reports.Enqueue(lastReport = ReportAsync(lastReport, trade.TakeEvents(), cancellationToken));
            if (reports.Count > MaxUnreportedHours)
                await reports.Dequeue();
            progress((double)traffic.Planned / plan.Clicks, hour.End);
        }
        await lastReport;
        await openings.DrainAsync(cancellationToken);
        await log.StopAsync(cancellationToken);
        time.Now = plan.End;
        await fold.FoldAsync(cancellationToken);
        (summary.Blocks, summary.Visitors) = (openings.Blocks, traffic.Visitors);
        return summary;
    }

    /// <summary>Reports the events of an hour after those of all earlier hours.</summary>
    private async Task ReportAsync(Task earlier, IReadOnlyList<(SimulatedEvent Event, Task<ClickId>? Click)> pending, CancellationToken cancellationToken)
    {
        await earlier;
        if (pending.Count == 0)
            return;
        var events = new List<SimulatedEvent>(pending.Count);
        foreach (var (marketEvent, click) in pending)
            events.Add(click is null ? marketEvent : marketEvent with { ClickId = await click });
        await sink(events, cancellationToken);
    }
}
