using static ShareLinks.Benchmarks.Markdown;

namespace ShareLinks.Benchmarks;

/// <summary>How soon a process that was just started sends its first visitor on, beside one that does nothing. Bar: 1.7 times as long.</summary>
internal static class ColdStart
{
    private const int Starts = 20;

    public static async Task ReportAsync()
    {
        using var emulator = await EmulatorProcess.StartAsync();
        string code;
        using (var app = await PublishedApp.StartAsync(emulator))
            code = (await app.MintAsync(1))[0];
        var (nothing, own) = (new List<double>(), new List<double>());
        // The first ones find cold files.
        for (var start = -2; start < Starts; start++)
        {
            var (server, took) = await ServerProcess.StartAsync(PublishedFolders.Nothing.Folder, PublishedFolders.Nothing.Name, [], "/x", 302);
            server.Dispose();
            var (app, tookApp) = await ServerProcess.StartAsync(PublishedFolders.App.Folder, PublishedFolders.App.Name, PublishedApp.SettingsOf(emulator, "Committed"), "/" + code, 302);
            app.Dispose();
            if (start < 0)
                continue;
            nothing.Add(took.TotalMilliseconds);
            own.Add(tookApp.TotalMilliseconds);
        }
        Print($"\nFrom the process's start to the first redirect, which needs two reads and a write of storage: {Spread(own)} ms; a server that does nothing {Spread(nothing)} ms. Ratio {Median(own) / Median(nothing):F2} (bar 1.7).");
    }
}
