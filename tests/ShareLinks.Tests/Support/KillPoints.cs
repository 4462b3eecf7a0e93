namespace ShareLinks.Tests.Support;

/// <summary>The requests to storage after which a test kills an app: every one with <c>--full</c>, otherwise an eighth, another one each day.</summary>
internal static class KillPoints
{
    private const int Turns = 8;

    /// <summary>Visits the points of a run.</summary>
    /// <param name="requests">How many requests a run makes that nothing kills.</param>
    /// <param name="atOnce">Runs side by side.</param>
    /// <param name="run">Kills the app after the given request, checks what is left, and gives how many requests it made.</param>
    public static Task VisitAsync(int requests, int atOnce, Func<int, Task<int>> run) => Parallel.ForEachAsync(
        Scale.OneIn(Turns, Enumerable.Range(1, requests).ToArray()), new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (point, _) => await VisitOneAsync(point, requests, run));

    private static async Task VisitOneAsync(int point, int requests, Func<int, Task<int>> run)
    {
        try
        {
            if (await run(point) >= point)
                return;
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"Killed after request {point} of {requests}: {fault.Message}", fault);
        }
        // How many requests a run makes depends on its timing. Where it ends before the point, the one before is visited.
        await VisitOneAsync(point - 1, requests, run);
    }
}
