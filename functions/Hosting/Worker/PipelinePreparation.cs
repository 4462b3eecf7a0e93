namespace ShareLinks.Hosting.Worker;

/// <summary>Builds the pipeline before the host passes on the first request.</summary>
/// <remarks>Once the worker's own server has started: both add their endpoints to one list, which takes no two at a time.</remarks>
internal sealed class PipelinePreparation(RequestPipeline pipeline) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        pipeline.Prepare();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
