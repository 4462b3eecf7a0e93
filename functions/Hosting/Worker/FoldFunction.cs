using Microsoft.Azure.Functions.Worker;

namespace ShareLinks.Hosting.Worker;

/// <summary>The host's timer, which counts clicks and does what else is due, once a minute on one instance.</summary>
internal sealed class FoldFunction(Upkeep upkeep, IHostApplicationLifetime lifetime)
{
    [Function("Fold")]
    public async Task RunAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await upkeep.RunAsync(stopping.Token);
    }
}
