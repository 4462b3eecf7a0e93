using ShareLinks.Clicks;
using ShareLinks.Privacy;
using ShareLinks.Rollups;

namespace ShareLinks.Hosting;

/// <summary>What is to be done again and again, by one process or another: count clicks, finish erasures, delete what is past retention and what nobody reads any more.</summary>
/// <remarks>Whatever is cut off is gone on with by the next turn. Thread-safe.</remarks>
internal sealed class Upkeep(ClickFold fold, ClickRetention retention, PersonErasure erasure, TimeProvider time)
{
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromHours(1);

    /// <summary>How long a question may still be reading the statistics that a rebuild has taken the place of.</summary>
    private static readonly TimeSpan RetiredFor = TimeSpan.FromMinutes(10);

    private long? sweptAt;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await fold.FoldAsync(cancellationToken);
        await erasure.FinishAsync(evenRecent: false, cancellationToken);
        if (sweptAt is { } last && time.GetElapsedTime(last) < BetweenSweeps)
            return;
        await retention.SweepAsync(await fold.NextBatchAsync(cancellationToken), cancellationToken);
        await fold.DeleteRetiredAsync(RetiredFor, cancellationToken);
        sweptAt = time.GetTimestamp();
    }
}
