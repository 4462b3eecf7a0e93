using System.Diagnostics;
using ShareLinks.FunctionsHost;
using ShareLinks.Tests.Support;
using static ShareLinks.Benchmarks.Markdown;

namespace ShareLinks.Benchmarks;

/// <summary>The app as a function app, beside a worker whose one function does nothing: redirects a second, and how soon a worker that was just started sends its first visitor on.</summary>
/// <remarks>Both behind the host that tests play, so what the real host costs is not in the figures.</remarks>
internal static class HostedRedirects
{
    private const int Connections = 64;
    private const int Rounds = 5;
    private const int Starts = 10;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    public static async Task ReportAsync()
    {
        using var emulator = await EmulatorProcess.StartAsync();
        await using var nothing = await PlayedHost.StartAsync(PublishedFolders.NothingWorker.Folder, new Dictionary<string, string>());
        await using var app = await PlayedHost.StartAsync(PublishedFolders.App.Folder, PublishedApp.SettingsOf(emulator, "Committed"));
        await using var buffered = await PlayedHost.StartAsync(PublishedFolders.App.Folder, PublishedApp.SettingsOf(emulator, "Buffered"));
        string code;
        using (var client = PublishedApp.ClientOf(app.Address, await PublishedApp.NewKeyAsync(PublishedApp.SettingsOf(emulator, "Committed"))))
            code = (await PublishedApp.MintAsync(client, 1))[0];
        (string Name, Uri Url, List<double> PerSecond)[] lines =
            [("a worker that does nothing", new(nothing.Address, "x"), []), ("`Committed`", new(app.Address, code), []), ("`Buffered`", new(buffered.Address, code), [])];
        foreach (var line in lines)
            await Wrk.RunAsync(line.Url, Connections, WarmUp);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var line in lines)
            {
                var result = await Wrk.RunAsync(line.Url, Connections, Round);
                if (result.Failed > 0 || result.HasSocketErrors)
                    throw new InvalidOperationException($"{line.Name}: {result.Failed} answers failed.");
                line.PerSecond.Add(result.PerSecond);
            }
        }
        Print($"\nBehind the host that tests play, {Connections} connections:\n");
        Print($"| | redirects a second | of a worker that does nothing (bar 0.75) |");
        Print($"|---|---|---|");
        foreach (var line in lines)
            Print($"| {line.Name} | {Spread(line.PerSecond)} | {Median(line.PerSecond) / Median(lines[0].PerSecond):F2} |");

        var (least, own) = (new List<double>(), new List<double>());
        // The first ones find cold files.
        for (var start = -2; start < Starts; start++)
        {
            var tookNothing = await StartAsync(nothing, "x");
            var tookApp = await StartAsync(app, code);
            if (start < 0)
                continue;
            least.Add(tookNothing.TotalMilliseconds);
            own.Add(tookApp.TotalMilliseconds);
        }
        Print($"\nFrom a worker's start to its first redirect: {Spread(own)} ms; a worker that does nothing {Spread(least)} ms. Ratio {Median(own) / Median(least):F2} (aim 1.7).");
    }

    private static async Task<TimeSpan> StartAsync(PlayedHost host, string path)
    {
        host.KillWorker();
        var started = Stopwatch.GetTimestamp();
        await host.StartWorkerAsync();
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, path));
        request.Headers.UserAgent.ParseAdd(Agents.AndroidChrome);
        using var response = await client.SendAsync(request);
        return (int)response.StatusCode == 302 ? Stopwatch.GetElapsedTime(started) : throw new InvalidOperationException($"{path} is answered {response.StatusCode}:\n{host.Output}");
    }
}
