using ShareLinks.Tests.Simulation;
using ShareLinks.Tests.Support;

[assembly: AssemblyFixture(typeof(ShareLinks.BrowserTests.SimulatedMarket))]

namespace ShareLinks.BrowserTests;

/// <summary>A simulated history, written once for all tests that only look at it.</summary>
public sealed class SimulatedMarket : IAsyncLifetime
{
    private readonly SemaphoreSlim gate = new(1);
    private History? history;

    /// <summary>The history, written at the first call.</summary>
    internal async Task<History> GetAsync(Azurite azurite)
    {
        await gate.WaitAsync();
        try
        {
            return history ??= await History.WriteAsync(azurite, History.Plan(6000), reports: true);
        }
        finally
        {
            gate.Release();
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (history is not null)
            await history.DisposeAsync();
        gate.Dispose();
    }
}
