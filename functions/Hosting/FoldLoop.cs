using ShareLinks.Rollups;

namespace ShareLinks.Hosting;

/// <summary>Counts clicks and tidies up every minute, where no Functions host does it by its timer.</summary>
internal sealed partial class FoldLoop(Upkeep upkeep, FoldOptions options, IConfiguration configuration, TimeProvider time, ILogger<FoldLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (ListeningAddress.IsBehindFunctionsHost(configuration))
            return;
        using var timer = new PeriodicTimer(options.Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await upkeep.RunAsync(stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(fault.Message.Split('\n')[0]);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The app stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Counting clicks failed; the next turn tries again: {Reason}")]
    private partial void LogFailed(string reason);
}
