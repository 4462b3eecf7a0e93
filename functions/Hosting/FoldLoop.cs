using ShareLinks.Rollups;

namespace ShareLinks.Hosting;

/// <summary>Counts clicks and tidies up every minute, for a server of its own: behind the Functions host its timer does.</summary>
internal sealed partial class FoldLoop(Upkeep upkeep, FoldOptions options, TimeProvider time, ILogger<FoldLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
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
                    LogFailed(fault);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The app stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A turn of counting, erasing and deleting failed; the next turn tries again.")]
    private partial void LogFailed(Exception fault);
}
