using System.Diagnostics;
using HdrHistogram;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>Sends requests at a fixed rate, whatever the answers do, and measures each from the moment that it was due: nobody's wait is left out.</summary>
internal static class OpenLoop
{
    private const long MaxMicroseconds = 60_000_000;

    /// <param name="url">Where to.</param>
    /// <param name="perSecond">Requests a second.</param>
    /// <param name="duration">For how long.</param>
    /// <returns>Microseconds from when each was due to its whole answer, and how many were no redirect.</returns>
    public static async Task<(LongHistogram Microseconds, long Failed)> RunAsync(Uri url, double perSecond, TimeSpan duration)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, MaxConnectionsPerServer = 512 });
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Agents.AndroidChrome);
        var times = new LongHistogram(MaxMicroseconds, 3);
        var failed = 0L;
        var open = new List<Task>();
        var started = Stopwatch.GetTimestamp();
        var count = (long)(perSecond * duration.TotalSeconds);
        for (var sent = 0L; sent < count;)
        {
            var due = Math.Min(count, (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond) + 1);
            for (; sent < due; sent++)
                open.Add(SendAsync(started + (long)(sent / perSecond * Stopwatch.Frequency)));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await Task.WhenAll(open);
        return (times, failed);

        async Task SendAsync(long due)
        {
            using var response = await client.GetAsync(url);
            var took = (long)Stopwatch.GetElapsedTime(due).TotalMicroseconds;
            if ((int)response.StatusCode != 302)
                Interlocked.Increment(ref failed);
            lock (times)
                times.RecordValue(Math.Clamp(took, 1, MaxMicroseconds));
        }
    }
}
