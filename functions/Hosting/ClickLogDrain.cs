using ShareLinks.Clicks;

namespace ShareLinks.Hosting;

/// <summary>Gives waiting clicks a chance at shutdown. (The Functions host kills without one: what must last is written before the answer.)</summary>
public sealed class ClickLogDrain(ClickLog log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => log.StopAsync(cancellationToken);
}
