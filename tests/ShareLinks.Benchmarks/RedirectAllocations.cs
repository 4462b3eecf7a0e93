using ShareLinks.Clicks;
using static ShareLinks.Benchmarks.Markdown;

namespace ShareLinks.Benchmarks;

/// <summary>What the redirect of a link at hand allocates beyond what the server itself does. Bar: 1 KB.</summary>
internal static class RedirectAllocations
{
    private const int Connections = 128;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);

    public static async Task ReportAsync()
    {
        Print($"\n| A redirect, {Connections} connections | bytes allocated | beyond the server's own |\n|---|---|---|");
        await using var nothing = NothingServer.Build(["--urls=http://127.0.0.1:0"]);
        await nothing.StartAsync();
        var own = await MeasureAsync(new(nothing.Urls.First()), "x");
        Print($"| a server that does nothing | {own:F0} | |");
        foreach (var durability in Enum.GetValues<ClickDurability>())
        {
            using var emulator = await EmulatorProcess.StartAsync();
            var settings = PublishedApp.SettingsOf(emulator, durability.ToString());
            await using var app = EmulatorProcess.NewApp(settings);
            await app.StartAsync();
            var address = new Uri(app.Urls.First());
            using var client = PublishedApp.ClientOf(address, await PublishedApp.NewKeyAsync(settings));
            var bytes = await MeasureAsync(address, (await PublishedApp.MintAsync(client, 1))[0]);
            await app.StopAsync();
            Print($"| `{durability}` | {bytes:F0} | {bytes - own:F0} |");
        }
    }

    /// <summary>Bytes an answer; the generator is another process.</summary>
    private static async Task<double> MeasureAsync(Uri address, string path)
    {
        await Wrk.RunAsync(new(address, path), Connections, Round);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var result = await Wrk.RunAsync(new(address, path), Connections, Round);
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / result.Answered;
    }
}
