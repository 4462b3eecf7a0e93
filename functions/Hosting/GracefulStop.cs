using ShareLinks.Clicks;
using ShareLinks.Rollups;

namespace ShareLinks.Hosting;

/// <summary>
/// Stops without loss: at once counting stops and gives its step to others, and clicks wait for no further ones; once the server has answered what it
/// had received, the clicks that still wait are stored.
/// </summary>
/// <remarks>Exports break off by themselves. What must outlast a process that is killed is stored before it is answered.</remarks>
internal sealed class GracefulStop(ClickLog log, ClickFold fold) : IHostedLifecycleService
{
    /// <summary>How long clicks are stored even when answering took all the time there is.</summary>
    private static readonly TimeSpan MinStoreTime = TimeSpan.FromMilliseconds(500);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        log.StopLingering();
        return fold.StopAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource();
        await using var isLate = cancellationToken.Register(() => timeout.CancelAfter(MinStoreTime));
        await log.StopAsync(timeout.Token);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
