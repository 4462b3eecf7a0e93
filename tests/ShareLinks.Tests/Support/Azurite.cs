using System.Diagnostics;
using System.Globalization;
using ShareLinks.Storage;

[assembly: AssemblyFixture(typeof(ShareLinks.Tests.Support.Azurite))]

namespace ShareLinks.Tests.Support;

/// <summary>A real Table service for the whole run: Azurite, in memory, on a port of its own.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private Process? process;
    private int tables;

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    public string ConnectionString => StorageAccount.EmulatorConnectionString(Address);

    /// <summary>A table prefix that no other test has.</summary>
    public string NewPrefix() => $"t{Interlocked.Increment(ref tables).ToString(CultureInfo.InvariantCulture)}x";

    /// <summary>An account with fresh tables.</summary>
    internal StorageAccount NewAccount(Azure.Core.Pipeline.HttpPipelineTransport? transport = null, string? prefix = null) =>
        new(new StorageOptions { ConnectionString = ConnectionString, TablePrefix = prefix ?? NewPrefix() }, transport);

    public async ValueTask InitializeAsync()
    {
        process = ChildProcess.Start(new ProcessStartInfo("node", [
            RepositoryFolder.Combine("node_modules", "azurite", "dist", "src", "table", "main.js"),
            "--tableHost", "127.0.0.1", "--tablePort", Address.Port.ToString(CultureInfo.InvariantCulture), "--silent", "--disableTelemetry", "--inMemoryPersistence"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        });
        _ = process.StandardOutput.ReadToEndAsync();
        using var http = new HttpClient();
        await Wait.UntilAsync(() => AnswersAsync(http));
    }

    public ValueTask DisposeAsync()
    {
        process?.Kill();
        process?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(Address);
            return true;
        }
        catch (HttpRequestException) when (process is { HasExited: false })
        {
            return false;
        }
    }
}
