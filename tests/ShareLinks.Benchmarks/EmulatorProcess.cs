using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>Azurite, in memory, on a port of its own, for apps.</summary>
internal sealed class EmulatorProcess : IDisposable
{
    private readonly int port = FreePort.Next();
    private readonly Process process;
    private int apps;

    private EmulatorProcess() => process = Process.Start(new ProcessStartInfo("node",
    [
        RepositoryFolder.Combine("node_modules", "azurite", "dist", "src", "table", "main.js"), "--tableHost", "127.0.0.1",
        "--tablePort", port.ToString(CultureInfo.InvariantCulture), "--silent", "--disableTelemetry", "--inMemoryPersistence",
    ])
    { RedirectStandardOutput = true })!;

    public string ConnectionString => StorageAccount.EmulatorConnectionString(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<EmulatorProcess> StartAsync()
    {
        var emulator = new EmulatorProcess();
        _ = emulator.process.StandardOutput.ReadToEndAsync();
        for (var tries = 0; ; tries++)
        {
            using var connection = new TcpClient();
            try
            {
                await connection.ConnectAsync(IPAddress.Loopback, emulator.port);
                return emulator;
            }
            catch (SocketException) when (tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    /// <summary>An app of this process with the settings of a published one, ready to be started.</summary>
    public static WebApplication NewApp(Dictionary<string, string> settings) =>
        ShareLinks.Hosting.StandaloneHead.Build([$"--environment={settings["ASPNETCORE_ENVIRONMENT"]}", "--urls=http://127.0.0.1:0"], builder => builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Value))));

    /// <summary>An app on fresh tables, ready to be started.</summary>
    public WebApplication NewApp(HttpPipelineTransport? transport = null) =>
        ShareLinks.Hosting.StandaloneHead.Build(["--environment=Development", "--urls=http://127.0.0.1:0"], builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ShareLinks:Storage:ConnectionString"] = ConnectionString,
                ["ShareLinks:Storage:TablePrefix"] = string.Create(CultureInfo.InvariantCulture, $"b{++apps}x"),
                ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket",
                // Nothing is sealed while it is measured.
                ["ShareLinks:Clicks:SealAfter"] = "1.00:00:00",
            });
            builder.Logging.ClearProviders();
            if (transport is not null)
                builder.Services.AddSingleton(transport);
        });

    public void Dispose()
    {
        process.Kill();
        process.Dispose();
    }
}
