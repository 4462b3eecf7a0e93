using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ShareLinks.Storage;

[assembly: AssemblyFixture(typeof(ShareLinks.Tests.Support.Azurite))]

namespace ShareLinks.Tests.Support;

/// <summary>Real Table services for the whole run: Azurites, in memory, each on a port of its own.</summary>
/// <remarks>Azurite uses one core at most, so there are several. A test class uses the same one throughout.</remarks>
public sealed class Azurite : IAsyncLifetime
{
    private readonly (Uri Address, Process Process)[] instances = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Start())];
    private readonly ConcurrentDictionary<string, Uri> addressOfClass = new();
    private int classes;
    private int tables;

    /// <summary>Where the one is that the running test class uses.</summary>
    public Uri Address => addressOfClass.GetOrAdd(TestContext.Current.TestClass!.UniqueID, _ => instances[Interlocked.Increment(ref classes) % instances.Length].Address);

    public string ConnectionString => StorageAccount.EmulatorConnectionString(Address);

    /// <summary>A table prefix that no other test has.</summary>
    public string NewPrefix() => $"t{Interlocked.Increment(ref tables).ToString(CultureInfo.InvariantCulture)}x";

    /// <summary>An account with fresh tables.</summary>
    internal StorageAccount NewAccount(Azure.Core.Pipeline.HttpPipelineTransport? transport = null, string? prefix = null) =>
        new(new StorageOptions { ConnectionString = ConnectionString, TablePrefix = prefix ?? NewPrefix() }, transport);

    public async ValueTask InitializeAsync()
    {
        using var http = new HttpClient();
        foreach (var (address, process) in instances)
            await Wait.UntilAsync(() => AnswersAsync(http, address, process));
    }

    public ValueTask DisposeAsync()
    {
        foreach (var (_, process) in instances)
        {
            process.Kill();
            process.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    private static (Uri Address, Process Process) Start()
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        var process = ChildProcess.Start(new ProcessStartInfo("node", [
            RepositoryFolder.Combine("node_modules", "azurite", "dist", "src", "table", "main.js"),
            "--tableHost", "127.0.0.1", "--tablePort", port, "--silent", "--disableTelemetry", "--inMemoryPersistence"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        });
        _ = process.StandardOutput.ReadToEndAsync();
        return (new($"http://127.0.0.1:{port}"), process);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri address, Process process)
    {
        try
        {
            using var answer = await http.GetAsync(address);
            return true;
        }
        catch (HttpRequestException) when (!process.HasExited)
        {
            return false;
        }
    }
}
