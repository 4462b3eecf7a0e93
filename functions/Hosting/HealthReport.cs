using System.Text.Json.Serialization;
using ShareLinks.Clicks;
using ShareLinks.Http;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>How this process is doing; asking often costs storage one read in <see cref="Fresh"/>.</summary>
public sealed partial class HealthReport(
    StorageAccount account, ClickLog log, DamagedBlocks damaged, Settings settings, IConfiguration configuration, TimeProvider time, ILogger<HealthReport> logger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly Table table = account.Table("settings");
    private readonly Lock gate = new();
    private Task<bool>? probe;
    private long probedAt;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/health", async Task<IResult> (HttpContext http, HealthReport report) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(await report.NowAsync(), HealthJson.Instance.Health);
    })
        .WithTags("Operation").WithSummary("How this instance is doing").Produces<Health>();

    public async Task<Health> NowAsync()
    {
        var isReachable = await IsStorageReachableAsync();
        List<string> warnings = [];
        if (!isReachable)
            warnings.Add("Storage does not answer: cached links go on, others get 503.");
        if (log.Lost > 0)
            warnings.Add($"{log.Lost} clicks were lost since the start: storage was away for longer than memory lasts.");
        if (log.AnsweredBeforeDurable > 0)
            warnings.Add($"{log.AnsweredBeforeDurable} visitors were sent on before their click was stored since the start.");
        if (damaged.Count > 0)
            warnings.Add($"{damaged.Count} damaged blocks of table blocks were found; their clicks are passed over.");
        if (settings.ClientAddressHeader is null && ListeningAddress.IsBehindFunctionsHost(configuration))
            warnings.Add("Clients' addresses are not known: set ShareLinks:ClientAddressHeader. Until then visitors are not counted, nobody who guesses codes is slowed down, and forwards within WeChat are missed for half an hour.");
        return new Health(
            isReachable && log.Lost == 0 && damaged.Count == 0 ? "ok" : "degraded",
            isReachable ? "reachable" : "unreachable",
            new ClickHealth(log.Queued, log.AnsweredBeforeDurable, log.Lost, [.. damaged.Keys.Select(key => key.ToString())]),
            warnings);
    }

    private Task<bool> IsStorageReachableAsync()
    {
        lock (gate)
        {
            if (probe is null || (probe.IsCompleted && time.GetElapsedTime(probedAt) > Fresh))
            {
                probedAt = time.GetTimestamp();
                probe = ProbeAsync();
            }
            return probe;
        }
    }

    private async Task<bool> ProbeAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        try
        {
            await table.GetAsync("settings", "codeKey", timeout.Token);
            return true;
        }
        catch (Exception fault)
        {
            LogUnreachable(fault.Message.Split('\n')[0]);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The health check found storage unreachable: {Reason}")]
    private partial void LogUnreachable(string reason);
}

/// <param name="Status"><c>ok</c> or <c>degraded</c>.</param>
/// <param name="Storage"><c>reachable</c> or <c>unreachable</c>.</param>
/// <param name="Clicks">The click log of this instance since its start.</param>
/// <param name="Warnings">What somebody should look at.</param>
public sealed record Health(string Status, string Storage, ClickHealth Clicks, IReadOnlyList<string> Warnings);

/// <param name="Queued">Clicks in memory that storage does not have yet.</param>
/// <param name="AnsweredBeforeDurable">Visitors sent on before their click was stored, because storage was late.</param>
/// <param name="Lost">Clicks that are kept nowhere.</param>
/// <param name="DamagedBlocks">Keys (stream/sequence) of blocks that can't be read; the first hundred.</param>
public sealed record ClickHealth(int Queued, long AnsweredBeforeDurable, long Lost, IReadOnlyList<string> DamagedBlocks);

[JsonSerializable(typeof(Health))]
internal sealed partial class HealthJson : JsonSerializerContext
{
    public static HealthJson Instance { get; } = new(JsonDefaults.Create());
}
