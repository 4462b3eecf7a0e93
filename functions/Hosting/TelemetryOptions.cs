namespace ShareLinks.Hosting;

/// <summary>Where traces, metrics and logs go: section <c>ShareLinks:Telemetry</c>.</summary>
public sealed class TelemetryOptions
{
    public TelemetryExporter Exporter { get; set; } = TelemetryExporter.None;
}

public enum TelemetryExporter
{
    /// <summary>Nowhere but the log on standard output.</summary>
    None,

    /// <summary>By the OpenTelemetry protocol, to where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says.</summary>
    Otlp,

    /// <summary>To Application Insights, to where <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> says.</summary>
    AzureMonitor,
}
