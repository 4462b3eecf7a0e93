using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;

namespace ShareLinks.Storage;

/// <summary>The Table Storage account that holds everything this app keeps.</summary>
/// <remarks>Opens nothing until a table is used. Thread-safe.</remarks>
/// <param name="options">Where the account is.</param>
/// <param name="transport">What carries its requests; one of the client's own when absent.</param>
/// <param name="identity">In whose name <see cref="StorageOptions.Endpoint"/> is asked; <see cref="AzureIdentity"/> when absent.</param>
/// <param name="meters">Measures its requests and its caches; nothing does when absent.</param>
/// <param name="logger">Names damaged rows; nothing does when absent.</param>
public sealed class StorageAccount(
    StorageOptions options, HttpPipelineTransport? transport = null, TokenCredential? identity = null, IMeterFactory? meters = null, ILogger<StorageAccount>? logger = null)
{
    /// <summary>Public constants of the emulator, the same on every machine.</summary>
    private const string EmulatorAccount = "devstoreaccount1";

    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly Lazy<TableServiceClient> service = new(() => Connect(options, transport, identity, meters));

    /// <summary>The rows that could not be read.</summary>
    public DamagedRows Damaged { get; } = new(logger);

    /// <summary>One of the tables of <see cref="TableNames.All"/>.</summary>
    /// <exception cref="ArgumentException">The name is not on that list.</exception>
    public Table Table(string name) => TableNames.All.Contains(name)
        ? new(name, new Lazy<TableClient>(() => service.Value.GetTableClient(options.TablePrefix + name)), Damaged)
        : throw new ArgumentException($"Table {name} is not on the list of {nameof(TableNames)}.", nameof(name));

    /// <summary>What counts the requests of a cache of this account's rows; null where nobody measures.</summary>
    internal CacheMetrics? CacheMetrics(string name) => meters is null ? null : new CacheMetrics(meters, name);

    /// <summary>The connection string for the emulator behind the given address.</summary>
    public static string EmulatorConnectionString(Uri address) =>
        $"AccountName={EmulatorAccount};AccountKey={EmulatorKey};TableEndpoint={new Uri(address, EmulatorAccount)};";

    private static TableServiceClient Connect(StorageOptions options, HttpPipelineTransport? transport, TokenCredential? identity, IMeterFactory? meters)
    {
        var client = ClientOptions(options, transport, meters);
        if (options.Endpoint is not null)
            return new TableServiceClient(new Uri(options.Endpoint), identity ?? AzureIdentity.Create(), client);
        return new TableServiceClient(options.UsesEmulator ? EmulatorConnectionString(new Uri($"http://127.0.0.1:{options.Emulator.Port}")) : options.ConnectionString, client);
    }

    private static TableClientOptions ClientOptions(StorageOptions options, HttpPipelineTransport? transport, IMeterFactory? meters)
    {
        var client = new TableClientOptions
        {
            Audience = new TableAudience(options.Audience),
            RetryPolicy = new ShortRetries(),
            Retry = { NetworkTimeout = options.RequestTimeout },
            Diagnostics = { IsLoggingEnabled = false, IsDistributedTracingEnabled = false, IsTelemetryEnabled = false },
        };
        client.AddPolicy(new BrokenConnections(), HttpPipelinePosition.PerRetry);
        if (meters is not null)
            client.AddPolicy(new StorageMetrics(meters), HttpPipelinePosition.PerRetry);
        if (transport is not null)
            client.Transport = transport;
        else if (options.UsesEmulator)
            client.Transport = new HttpClientTransport(new HttpClientHandler { UseProxy = false });
        return client;
    }
}
