using System.Collections;

namespace ShareLinks.Tests.Support;

/// <summary>Several apps, each a process of its own, which end together: also when a test fails, or when one of them does not start.</summary>
internal sealed class AppProcesses : IReadOnlyList<AppProcess>, IAsyncDisposable
{
    /// <summary>Cold starts take most of what two cores give, so more at once only wait for each other.</summary>
    private const int StartedAtOnce = 2;

    private readonly List<AppProcess> apps = [];

    private AppProcesses()
    {
    }

    public int Count => apps.Count;

    public AppProcess this[int index] => apps[index];

    /// <summary>Starts an app for each of the given environments, and waits until they answer.</summary>
    public static async Task<AppProcesses> StartAsync(string folder, string connectionString, string prefix, params IEnumerable<Dictionary<string, string>> environments)
    {
        var started = new AppProcesses();
        try
        {
            foreach (var some in environments.Chunk(StartedAtOnce))
            {
                var starting = some.Select(environment => AppProcess.Start(folder, connectionString, prefix, environment)).ToArray();
                started.apps.AddRange(starting);
                await Task.WhenAll(starting.Select(app => app.UntilItAnswersAsync()));
            }
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public IEnumerator<AppProcess> GetEnumerator() => apps.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps)
            await app.DisposeAsync();
    }
}
