using System.Diagnostics;
using System.Globalization;
using Azure.Data.Tables;
using HdrHistogram;
using static ShareLinks.Benchmarks.Markdown;

namespace ShareLinks.Benchmarks;

/// <summary>How long visitors wait at half of the load that the app can bear, beside a single insert under the same load. Bar: a p99 of under four times the insert's.</summary>
internal static class RedirectLatency
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    public static async Task ReportAsync()
    {
        using var emulator = await EmulatorProcess.StartAsync();
        using var app = await PublishedApp.StartAsync(emulator);
        var url = new Uri(app.Address, (await app.MintAsync(1))[0]);
        await Wrk.RunAsync(url, 128, WarmUp);
        // As many as the same generator gets answered at most: it shares the machine, and costs more than wrk.
        var half = (await Wrk.RunAsync(url, 128, Ceiling)).PerSecond / 2;
        await OpenLoop.RunAsync(url, half, WarmUp);
        using var stop = new CancellationTokenSource();
        var inserts = InsertAsync(emulator, stop.Token);
        var (times, failed) = await OpenLoop.RunAsync(url, half, Measured);
        await stop.CancelAsync();
        var insert = await inserts;
        Print($"\n| At {half:F0} redirects a second, open loop | p50 | p99 | p99.9 | most |\n|---|---|---|---|---|");
        Print($"| redirect, its click stored (ms) | {Ms(times, 50)} | {Ms(times, 99)} | {Ms(times, 99.9)} | {Ms(times, 100)} |");
        Print($"| one insert beside it (ms) | {Ms(insert, 50)} | {Ms(insert, 99)} | {Ms(insert, 99.9)} | {Ms(insert, 100)} |");
        Print($"\nRatio of the p99: {(double)times.GetValueAtPercentile(99) / insert.GetValueAtPercentile(99):F2} (bar 4). {failed} were no redirect.");
    }

    private static string Ms(LongHistogram histogram, double percentile) => (histogram.GetValueAtPercentile(percentile) / 1000.0).ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>Inserts a small row again and again, so that the emulator's own time under the same load is known.</summary>
    private static async Task<LongHistogram> InsertAsync(EmulatorProcess emulator, CancellationToken stop)
    {
        var table = new TableServiceClient(emulator.ConnectionString).GetTableClient("inserts");
        await table.CreateIfNotExistsAsync(CancellationToken.None);
        var times = new LongHistogram(60_000_000, 3);
        for (var row = 0; !stop.IsCancellationRequested; row++)
        {
            var started = Stopwatch.GetTimestamp();
            await table.AddEntityAsync(new TableEntity("p", row.ToString("D9", CultureInfo.InvariantCulture)) { ["Data"] = new byte[100] }, CancellationToken.None);
            times.RecordValue((long)Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }
        return times;
    }
}
