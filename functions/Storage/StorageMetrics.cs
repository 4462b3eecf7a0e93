using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ShareLinks.Storage;

/// <summary>Measures every request that goes to storage, each try by itself, and makes it a step of the request's trace.</summary>
/// <remarks>
/// <c>sharelinks.storage.duration</c> (s) by <c>method</c> and <c>status</c>, whose count is what the account bills; <c>sharelinks.storage.throttled</c>, those of them
/// that storage refused for being too many (429, 503). Keys of rows hold people's ids, so neither tells more than the method.
/// </remarks>
internal sealed class StorageMetrics(IMeterFactory meters) : HttpPipelinePolicy
{
    public const string MeterName = "ShareLinks.Storage";

    /// <summary>The source of the traces' steps.</summary>
    public static readonly ActivitySource Steps = new(MeterName);

    private readonly Histogram<double> duration = meters.Create(MeterName).CreateHistogram<double>(
        "sharelinks.storage.duration", "s", "Requests to storage", advice: new() { HistogramBucketBoundaries = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });

    private readonly Counter<long> throttled = meters.Create(MeterName).CreateCounter<long>("sharelinks.storage.throttled", "{request}", "Requests that storage refused for being too many");

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        using var request = Begin(message);
        ProcessNext(message, pipeline);
        request.Answered(message.Response.Status);
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        using var request = Begin(message);
        await ProcessNextAsync(message, pipeline);
        request.Answered(message.Response.Status);
    }

    private Measured Begin(HttpMessage message) => new(this, message.Request.Method.Method, Steps.StartActivity("storage " + message.Request.Method.Method, ActivityKind.Client));

    /// <summary>A request under way; one that gets no answer has status 0.</summary>
    private sealed class Measured(StorageMetrics metrics, string method, Activity? step) : IDisposable
    {
        private readonly long started = TimeProvider.System.GetTimestamp();
        private int status;

        public void Answered(int withStatus) => status = withStatus;

        public void Dispose()
        {
            if (metrics.duration.Enabled)
                metrics.duration.Record(TimeProvider.System.GetElapsedTime(started).TotalSeconds, new("method", method), new("status", status));
            if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
                metrics.throttled.Add(1);
            step?.SetTag("http.response.status_code", status);
            if (status is 0 or >= 500)
                step?.SetStatus(ActivityStatusCode.Error);
            step?.Dispose();
        }
    }
}
