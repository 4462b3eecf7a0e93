using System.Diagnostics.Metrics;
using ShareLinks.Privacy;
using ShareLinks.Rollups;

namespace ShareLinks.Hosting;

/// <summary>What is to be done again and again, by one process or another: count clicks, finish erasures, delete what is past retention and what nobody reads any more.</summary>
/// <remarks>
/// Each task runs whether the others fail or not: erasing a person is a legal duty that must not wait for statistics. What is cut off continues with
/// the next turn. Thread-safe.
/// </remarks>
internal sealed class Upkeep
{
    public const string MeterName = "ShareLinks.Upkeep";

    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromHours(1);

    private readonly ClickFold fold;
    private readonly TableRetention retention;
    private readonly PersonErasure erasure;
    private readonly TimeProvider time;
    private readonly Gauge<double> lag;
    private readonly Counter<long> failures;
    private long? sweptAt;

    public Upkeep(ClickFold fold, TableRetention retention, PersonErasure erasure, TimeProvider time, IMeterFactory meters)
    {
        (this.fold, this.retention, this.erasure, this.time) = (fold, retention, erasure, time);
        lag = meters.Create(MeterName).CreateGauge<double>("sharelinks.fold.lag", "s", "How far statistics are behind the clicks, at each turn of counting");
        failures = meters.Create(MeterName).CreateCounter<long>("sharelinks.upkeep.failures", "{failure}", "Turns of a task (fold, erasure or retention) that failed");
    }

    /// <exception cref="AggregateException">Tasks failed; it holds why, in their order.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var faults = new List<Exception>();
        await TryAsync("fold", CountAsync, faults, cancellationToken);
        await TryAsync("erasure", cancellation => erasure.FinishAsync(evenRecent: false, cancellation), faults, cancellationToken);
        await TryAsync("retention", SweepAsync, faults, cancellationToken);
        if (faults.Count > 0)
            throw new AggregateException(faults);
    }

    private async Task TryAsync(string task, Func<CancellationToken, Task> run, List<Exception> faults, CancellationToken cancellationToken)
    {
        try
        {
            await run(cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            failures.Add(1, new KeyValuePair<string, object?>("task", task));
            faults.Add(fault);
        }
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            await fold.FoldAsync(cancellationToken);
        }
        finally
        {
            // Also where counting fails again and again: that is what the figure is for.
            if (await fold.StateAsync(cancellationToken) is { CompleteThrough: { } complete, ReadAt: var now })
                lag.Record((now - complete).TotalSeconds);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (sweptAt is { } last && time.GetElapsedTime(last) < BetweenSweeps)
            return;
        await retention.SweepAsync(cancellationToken);
        sweptAt = time.GetTimestamp();
    }
}
