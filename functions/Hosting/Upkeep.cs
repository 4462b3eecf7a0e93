using System.Diagnostics.Metrics;
using ShareLinks.Clicks;
using ShareLinks.Privacy;
using ShareLinks.Rollups;

namespace ShareLinks.Hosting;

/// <summary>What is to be done again and again, by one process or another: count clicks, finish erasures, delete what is past retention and what nobody reads any more.</summary>
/// <remarks>Whatever is cut off is gone on with by the next turn. Thread-safe.</remarks>
internal sealed class Upkeep
{
    public const string MeterName = "ShareLinks.Upkeep";

    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromHours(1);

    /// <summary>How long a question may still be reading the statistics that a rebuild has taken the place of.</summary>
    private static readonly TimeSpan RetiredFor = TimeSpan.FromMinutes(10);

    private readonly ClickFold fold;
    private readonly ClickRetention retention;
    private readonly PersonErasure erasure;
    private readonly TimeProvider time;
    private readonly Gauge<double> lag;
    private long? sweptAt;

    public Upkeep(ClickFold fold, ClickRetention retention, PersonErasure erasure, TimeProvider time, IMeterFactory meters)
    {
        (this.fold, this.retention, this.erasure, this.time) = (fold, retention, erasure, time);
        lag = meters.Create(MeterName).CreateGauge<double>("sharelinks.fold.lag", "s", "How far statistics are behind the clicks, at each turn of counting");
    }

    public async Task RunAsync(CancellationToken cancellationToken)
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
        await erasure.FinishAsync(evenRecent: false, cancellationToken);
        if (sweptAt is { } last && time.GetElapsedTime(last) < BetweenSweeps)
            return;
        await retention.SweepAsync(await fold.NextBatchAsync(cancellationToken), cancellationToken);
        await fold.DeleteRetiredAsync(RetiredFor, cancellationToken);
        sweptAt = time.GetTimestamp();
    }
}
