using System.Collections.Frozen;
using ShareLinks.Clicks;
using ShareLinks.Minting;
using ShareLinks.People;
using ShareLinks.Reporting;
using ShareLinks.Resolving;
using ShareLinks.Rollups;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>How long each table keeps its rows, by name, and the sweeps that delete what is older. Thread-safe; any number of processes may sweep at once.</summary>
internal sealed class TableRetention(
    ClickRetention clicks, FoldGenerations generations, HandoffTable handoffs, IdempotencyTable idempotency, SaltTable salts, StorageAccount account, ReportingZone zone)
{
    /// <summary>How long a question may still be reading the statistics that a rebuild has taken the place of.</summary>
    private static readonly TimeSpan RetiredFor = TimeSpan.FromMinutes(10);

    /// <summary>A scan that carries a visit may be sent a month late.</summary>
    private static readonly TimeSpan HandoffsFor = TimeSpan.FromDays(ClickOptions.MinRetentionDays);

    /// <summary>Clocks of instances differ from the storage service's.</summary>
    private static readonly TimeSpan IdempotencyFor = IdempotencyTable.KeptFor + TimeSpan.FromHours(1);

    /// <summary>Parts of table <c>idempotency</c> that an hour's sweep looks through: a day's sweeps all 256.</summary>
    private const int IdempotencyParts = 11;

    /// <summary>What every table of <see cref="TableNames"/> keeps, and the sweep that deletes the rest; none where rows are kept permanently or deleted by what made them.</summary>
    public static IReadOnlyDictionary<string, TableRule> Rules { get; } = new Dictionary<string, TableRule>
    {
        ["aliases"] = new("permanently: they are in print"),
        ["batches"] = new("Clicks:RetentionDays (90)", Sweep.Clicks),
        ["blocks"] = new("Clicks:RetentionDays (90), by whole streams, each with its end", Sweep.Clicks),
        ["counters"] = new("permanently: one row"),
        ["erasures"] = new("until the person is erased, some ten minutes; hashes of the person's cookies until the clicks before the erasure are past retention"),
        ["events"] = new("permanently, without persons: an event counts once forever"),
        ["fold"] = new("permanently: one row, and one for each generation that is being made or deleted", Sweep.Generations),
        ["handovers"] = new("35 days", Sweep.Handoffs),
        ["idempotency"] = new("two days", Sweep.Idempotency),
        ["journeys"] = new("until the person is erased, or a rebuild; a replaced generation ten minutes", Sweep.Generations),
        ["keys"] = new("until the key is revoked"),
        ["links"] = new("permanently: they are in print"),
        ["listings"] = new("permanently: links lead to them"),
        ["lots"] = new("permanently: they are in print"),
        ["paths"] = new("permanently, without persons; a replaced generation ten minutes", Sweep.Generations),
        ["people"] = new("until the person is erased"),
        ["salts"] = new("until the day after its own is over", Sweep.Salts),
        ["scans"] = new("Clicks:RetentionDays and 35 days (125), and up to 11 more", Sweep.Clicks),
        ["settings"] = new("permanently: a few rows"),
        ["stats"] = new("permanently; a replaced generation ten minutes", Sweep.Generations),
        ["streams"] = new("until the stream is sealed, some minutes after its last click"),
        ["trees"] = new("permanently; a replaced generation ten minutes", Sweep.Generations),
        ["wechat"] = new("one row for each page of the mini program, replaced every 20 days"),
    }.ToFrozenDictionary();

    /// <summary>Deletes what is past its time. Each sweep runs whether the others fail or not.</summary>
    /// <exception cref="AggregateException">Sweeps failed.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var faults = new List<Exception>();
        foreach (var sweep in Enum.GetValues<Sweep>())
        {
            try
            {
                await RunAsync(sweep, cancellationToken);
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
            {
                faults.Add(fault);
            }
        }
        if (faults.Count > 0)
            throw new AggregateException(faults);
    }

    private async Task RunAsync(Sweep sweep, CancellationToken cancellationToken)
    {
        switch (sweep)
        {
            case Sweep.Clicks:
                await clicks.SweepAsync(await generations.NextBatchAsync(cancellationToken), cancellationToken);
                break;
            case Sweep.Generations:
                await generations.DeleteRetiredAsync(RetiredFor, cancellationToken);
                break;
            case Sweep.Handoffs:
                await handoffs.DeleteOldAsync(HandoffsFor, cancellationToken);
                break;
            case Sweep.Idempotency:
                var hour = (await ServiceTimeAsync(cancellationToken)).ToUnixTimeSeconds() / 3600;
                for (var i = 0; i < IdempotencyParts; i++)
                    await idempotency.DeleteOldAsync((byte)(hour * IdempotencyParts + i), IdempotencyFor, cancellationToken);
                break;
            case Sweep.Salts:
                await salts.DeleteBeforeAsync(zone.DayOf(await ServiceTimeAsync(cancellationToken)).Date.AddDays(-1));
                break;
        }
    }

    private Task<DateTimeOffset> ServiceTimeAsync(CancellationToken cancellationToken) => account.Table("settings").ServiceTimeAsync(cancellationToken);
}

/// <summary>How long a table keeps its rows.</summary>
/// <param name="Keeps">In words, as the documentation has them.</param>
/// <param name="By">What deletes them; null when nothing has to.</param>
internal sealed record TableRule(string Keeps, Sweep? By = null);

/// <summary>What deletes rows of one or more tables.</summary>
internal enum Sweep
{
    Clicks,
    Generations,
    Handoffs,
    Idempotency,
    Salts,
}
