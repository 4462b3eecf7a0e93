using Azure.Monitor.OpenTelemetry.Exporter;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>Sends traces, metrics and logs by OpenTelemetry where a deployment wants them.</summary>
/// <remarks>
/// Nothing that leaves here names a person: no address and no full <c>User-Agent</c>, no query (which holds pasted texts), and of a path only its route
/// (which holds no ids).
/// </remarks>
internal static class Telemetry
{
    private const string ServiceName = "sharelinks";
    private const string UnknownRoute = "(none)";

    /// <param name="builder">The head.</param>
    /// <param name="options">Where telemetry goes.</param>
    /// <param name="configure">What the head adds.</param>
    public static void Add(IHostApplicationBuilder builder, TelemetryOptions options, Action<IOpenTelemetryBuilder>? configure = null)
    {
        if (options.Exporter == TelemetryExporter.None)
            return;
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            if (options.Exporter == TelemetryExporter.Otlp)
                logs.AddOtlpExporter();
            else
                logs.AddAzureMonitorLogExporter(credential: AzureIdentity.Create());
        });
        var telemetry = builder.Services.AddOpenTelemetry();
        configure?.Invoke(telemetry);
        telemetry
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3)))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter("ShareLinks.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel").AddRuntimeInstrumentation();
                if (options.Exporter == TelemetryExporter.Otlp)
                    metrics.AddOtlpExporter();
                else
                    metrics.AddAzureMonitorMetricExporter(credential: AzureIdentity.Create());
            })
            .WithTracing(traces =>
            {
                traces.AddSource(StorageMetrics.MeterName).AddAspNetCoreInstrumentation().AddProcessor(new PersonsKeptOut());
                if (options.Exporter == TelemetryExporter.Otlp)
                    traces.AddOtlpExporter();
                else
                    traces.AddAzureMonitorTraceExporter(credential: AzureIdentity.Create());
            });
    }

    /// <summary>Takes out of a request's trace what may name a person, before any exporter sees it.</summary>
    private sealed class PersonsKeptOut : BaseProcessor<System.Diagnostics.Activity>
    {
        private static readonly string[] Removed = ["user_agent.original", "url.query", "client.address", "network.peer.address", "enduser.id"];

        public override void OnEnd(System.Diagnostics.Activity data)
        {
            foreach (var tag in Removed)
                data.SetTag(tag, null);
            if (data.GetTagItem("url.path") is not null)
                data.SetTag("url.path", data.GetTagItem("http.route") ?? UnknownRoute);
        }
    }
}
