using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using static ShareLinks.Benchmarks.Markdown;

namespace ShareLinks.Benchmarks;

/// <summary>How long the dashboard's pages take on a simulated month of 50,000 clicks, and how much a first visit loads. Bars: 150 ms, 400 KB compressed.</summary>
internal static partial class DashboardPages
{
    private const int Clicks = 50_000;
    private const int Times = 11;

    public static async Task ReportAsync()
    {
        using var emulator = await EmulatorProcess.StartAsync();
        await SimulateAsync(emulator);
        using var app = await PublishedApp.StartAsync(emulator);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Add("Accept-Encoding", "br, gzip");
        await SignInAsync(client, app.Key);
        var sharer = (await app.GetAsync("/api/stats/top?kind=sharer&limit=1"))["rows"]![0]!["key"]!.GetValue<string>();
        var code = await CodeAsync(app);

        Print($"\n| A page of the dashboard, on {Clicks} clicks | ms | KB, compressed |\n|---|---|---|");
        foreach (var path in new[] { "", "?range=90", "/subject?subject=channel:wechat", $"/subject?subject=sharer:{sharer}", $"/subject?subject=link:{code}", "/attribution", "/links", "/posters" })
        {
            var times = new List<double>();
            var size = 0L;
            for (var time = 0; time < Times; time++)
            {
                var started = Stopwatch.GetTimestamp();
                size = (await GetAsync(client, "/dashboard" + path)).LongLength;
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            // The first one reads what the others find at hand.
            Print($"| `/dashboard{path}` | {Spread(times[1..])}, the first {times[0]:F0} | {size / 1024.0:F1} |");
        }

        var page = await GetAsync(client, "/dashboard");
        var whole = page.LongLength;
        foreach (var asset in AssetAddresses().Matches(Encoding.UTF8.GetString(page)).Select(match => match.Value).Distinct())
            whole += (await GetAsync(client, asset)).LongLength;
        Print($"\nA first visit loads {whole / 1024.0:F0} KB, charts among them (bar 400).");
    }

    /// <summary>The link of some click: half of them are shared on.</summary>
    private static async Task<string> CodeAsync(PublishedApp app)
    {
        var lines = await app.GetTextAsync("/api/clicks?limit=1");
        return JsonNode.Parse(lines.Split('\n')[0])!["code"]!.GetValue<string>();
    }

    /// <summary>As a browser does, but that the session's cookie goes over http as well: nothing else is between this and the app.</summary>
    private static async Task SignInAsync(HttpClient client, string key)
    {
        using var form = new FormUrlEncodedContent([new("key", key)]);
        using var signedIn = await client.PostAsync("/dashboard/sign-in", form);
        client.DefaultRequestHeaders.Add("Cookie", signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
    }

    private static async Task<byte[]> GetAsync(HttpClient client, string address)
    {
        using var answer = await client.GetAsync(address);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    private static async Task SimulateAsync(EmulatorProcess emulator)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "ShareLinks.Simulation"), ["simulate", "--yes", "--clicks", Clicks.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in PublishedApp.SettingsOf(emulator, "Committed"))
            start.Environment[name] = value;
        using var simulate = Process.Start(start)!;
        await simulate.StandardOutput.ReadToEndAsync();
        await simulate.WaitForExitAsync();
        if (simulate.ExitCode != 0)
            throw new InvalidOperationException("No month could be simulated.");
    }

    [GeneratedRegex("/dashboard/assets/[^\"]+")]
    private static partial Regex AssetAddresses();
}
