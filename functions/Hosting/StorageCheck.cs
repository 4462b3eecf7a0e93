using ShareLinks.Links;
using ShareLinks.Rollups;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>Stops the app soon after its start when storage belongs to another code key, holds an unfinished restore, or has statistics that count by other days or tags.</summary>
/// <remarks>
/// In the background, since the app must answer before storage does; no link is read or written until the key is known to be right, and nothing is
/// counted or answered by another basis.
/// </remarks>
internal sealed partial class StorageCheck(CodeKeyRecord record, ClickFold fold, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<StorageCheck> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await record.EnsureMatchesAsync(stoppingToken);
                await fold.StateAsync(stoppingToken);
                return;
            }
            catch (Exception fault) when (fault is CodeKeyMismatchException or UnfinishedRestoreException or FoldBasisException)
            {
                LogUnusable(fault.Message);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogUnreachable(fault.Message);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Reason}")]
    private partial void LogUnusable(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The settings could not be checked against storage yet: {Reason}")]
    private partial void LogUnreachable(string reason);
}
