using System.Text.Json.Serialization;
using ShareLinks.Clicks;
using ShareLinks.Http;
using ShareLinks.Rollups;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>How this process is doing; asking often costs storage one read in <see cref="Fresh"/>, or one in <see cref="FreshOutage"/> while storage is away.</summary>
internal sealed partial class HealthReport(
    ClickFold fold, ClickLog log, StorageAccount account, UnreadBlocks unread, ClientAddress clients, TimeProvider time, ILogger<HealthReport> logger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    /// <summary>An outage is asked about more often, so that its end is told soon.</summary>
    private static readonly TimeSpan FreshOutage = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>How far statistics are behind before somebody should look: counting is tried every minute.</summary>
    private static readonly TimeSpan MaxLag = TimeSpan.FromMinutes(10);

    /// <summary>One process may be killed for other reasons.</summary>
    private const int StuckAttempts = 3;

    private readonly Lock gate = new();
    private Task<Probe>? probe;
    private long probedAt;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/health", async Task<IResult> (HttpContext http, HealthReport report) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(await report.NowAsync(), HealthJson.Instance.Health);
    })
        .WithTags("Operation").WithSummary("How this instance is doing").Produces<Health>();

    public async Task<Health> NowAsync()
    {
        var (isReachable, state, mismatch) = await ProbeStorageAsync();
        List<string> warnings = [];
        if (!isReachable)
            warnings.Add("Storage does not answer: cached links go on, others get 503.");
        if (log.Lost > 0)
            warnings.Add($"{log.Lost} clicks were lost since the start: storage was away for longer than memory lasts.");
        if (log.AnsweredBeforeDurable > 0)
            warnings.Add($"{log.AnsweredBeforeDurable} visitors were sent on before their click was stored since the start.");
        if (unread.Damaged.Count > 0)
            warnings.Add($"{unread.Damaged.Count} damaged blocks of table blocks were found; their clicks are passed over.");
        if (unread.Missing.Count > 0)
            warnings.Add($"{unread.Missing.Count} blocks of table blocks are missing; their clicks are passed over.");
        var rows = account.Damaged.CountByTable;
        warnings.AddRange(rows.OrderBy(table => table.Key, StringComparer.Ordinal).Select(table => $"{table.Value} damaged rows of table {table.Key} were found; the log names them."));
        if (!clients.IsKnown)
            warnings.Add("Clients' addresses are not known: set ShareLinks:ClientAddressHeader. Until then visitors are not counted, nobody who guesses codes is slowed down, and forwards within WeChat are missed for half an hour.");
        var lag = state?.ReadAt - state?.CompleteThrough;
        if (mismatch is not null)
            warnings.Add(mismatch);
        if (lag > MaxLag)
            warnings.Add($"Statistics are {lag.Value.TotalMinutes:0} minutes behind: look for warnings about counting in the log.");
        if (state is { DamagedBlocks: > 0 })
            warnings.Add($"{state.DamagedBlocks} damaged blocks are not in statistics.");
        if (state is { MissingBlocks: > 0 })
            warnings.Add($"{state.MissingBlocks} missing blocks are not in statistics.");
        if (state is { Attempts: >= StuckAttempts })
            warnings.Add($"Step {state.Step + 1} of counting was begun by {state.Attempts} processes that did not finish it: look for processes that were killed or ran out of memory. Each takes less memory than the one before.");
        return new Health(
            isReachable && log.Lost == 0 && unread is { Damaged.Count: 0, Missing.Count: 0 } && rows.Count == 0 && mismatch is null && !(lag > MaxLag) && state is not { Attempts: >= StuckAttempts } ? "ok" : "degraded",
            isReachable ? "reachable" : "unreachable",
            new ClickHealth(log.Queued, log.AnsweredBeforeDurable, log.Lost, [.. unread.Damaged.First.Select(key => key.ToString())], [.. unread.Missing.First.Select(key => key.ToString())]),
            state is null ? null : new FoldHealth(state.CompleteThrough, (long?)lag?.TotalSeconds, state.DamagedBlocks, state.MissingBlocks),
            warnings);
    }

    private Task<Probe> ProbeStorageAsync()
    {
        lock (gate)
        {
            if (probe is null || (probe.IsCompleted && time.GetElapsedTime(probedAt) > (probe.Result.IsReachable ? Fresh : FreshOutage)))
            {
                probedAt = time.GetTimestamp();
                probe = ProbeAsync();
            }
            return probe;
        }
    }

    private async Task<Probe> ProbeAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        try
        {
            return new Probe(true, await fold.StateAsync(timeout.Token), null);
        }
        catch (FoldBasisException mismatch)
        {
            return new Probe(true, null, mismatch.Message);
        }
        catch (Exception fault)
        {
            LogUnreachable(fault.Message.Split('\n')[0]);
            return new Probe(false, null, null);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The health check found storage unreachable: {Reason}")]
    private partial void LogUnreachable(string reason);

    /// <summary>What storage answered.</summary>
    /// <param name="IsReachable">Whether it did.</param>
    /// <param name="State">How far clicks are counted.</param>
    /// <param name="Mismatch">What keeps this process from counting.</param>
    private readonly record struct Probe(bool IsReachable, FoldState? State, string? Mismatch);
}

/// <param name="Status"><c>ok</c> or <c>degraded</c>.</param>
/// <param name="Storage"><c>reachable</c> or <c>unreachable</c>.</param>
/// <param name="Clicks">The click log of this instance since its start.</param>
/// <param name="Fold">The statistics, of all instances; null before the first click.</param>
/// <param name="Warnings">What somebody should look at.</param>
public sealed record Health(string Status, string Storage, ClickHealth Clicks, FoldHealth? Fold, IReadOnlyList<string> Warnings);

/// <param name="CompleteThrough">Every click that was stored before this moment is counted.</param>
/// <param name="SecondsBehind">How long ago that is; up to some minutes where nothing is clicked.</param>
/// <param name="DamagedBlocks">Blocks that could not be read and are not in statistics.</param>
/// <param name="MissingBlocks">Blocks that were not there and are not in statistics.</param>
public sealed record FoldHealth(DateTimeOffset? CompleteThrough, long? SecondsBehind, int DamagedBlocks, int MissingBlocks);

/// <param name="Queued">Clicks in memory that storage does not have yet.</param>
/// <param name="AnsweredBeforeDurable">Visitors sent on before their click was stored, because storage was late.</param>
/// <param name="Lost">Clicks that are kept nowhere.</param>
/// <param name="DamagedBlocks">Keys (stream/sequence) of blocks that can't be read; the first hundred.</param>
/// <param name="MissingBlocks">Keys of blocks that the log's order names and that are not there; the first hundred.</param>
public sealed record ClickHealth(int Queued, long AnsweredBeforeDurable, long Lost, IReadOnlyList<string> DamagedBlocks, IReadOnlyList<string> MissingBlocks);

[JsonSerializable(typeof(Health))]
internal sealed partial class HealthJson : JsonSerializerContext
{
    public static HealthJson Instance { get; } = new(JsonDefaults.Create());
}
