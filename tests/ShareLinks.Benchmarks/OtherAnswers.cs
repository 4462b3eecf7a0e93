using ShareLinks.Tests.Support;
using static ShareLinks.Benchmarks.Markdown;

namespace ShareLinks.Benchmarks;

/// <summary>How many of everything else the app answers in a second.</summary>
internal static class OtherAnswers
{
    private const int Connections = 32;

    /// <summary>Callers who mint by the hundred are few.</summary>
    private const int BatchConnections = 2;

    private const int Links = 1000;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    public static async Task ReportAsync()
    {
        using var emulator = await EmulatorProcess.StartAsync();
        using var limit = await PublishedApp.StartNothingAsync();
        using var app = await PublishedApp.StartAsync(emulator);
        var codes = await app.MintAsync(Links);
        var token = (await app.GetAsync($"/api/links/{codes[0]}"))["token"]!.GetValue<string>();
        var damaged = token[..^1] + (token[^1] == '0' ? '1' : '0');
        var most = (await Wrk.RunAsync(new(limit.Address, "x"), Connections, Round)).PerSecond;
        Print($"\n| {Connections} connections | answers a second | of the limit |\n|---|---|---|\n| limit | {most:F0} | 1 |");
        foreach (var (name, path, script) in new[]
        {
            ("landing page", "/" + codes[1], WrkScripts.Write("landing", $"wrk.headers['User-Agent'] = '{Agents.Iphone}'")),
            ("QR picture as SVG, one", $"/{codes[0]}/qr.svg", null), ("QR picture as PNG, one", $"/{codes[0]}/qr.png", null),
            ($"QR pictures as PNG, {Links} in turn", "/", WrkScripts.InTurn("pictures", [.. codes.Select(code => code + "/qr.png")])),
            ("mint", "/api/links", WrkScripts.Post("mint", "{\"listingId\":\"item-1\",\"sharerId\":\"user-7\",\"channel\":\"wechat\"}")),
            ($"mint of 100, {BatchConnections} connections", "/api/links/batch", WrkScripts.Post("batch", $"{{\"links\":[{string.Join(',', Enumerable.Repeat("{\"listingId\":\"item-1\",\"sharerId\":\"user-7\"}", 100))}]}}")),
            ("resolve a passphrase", "/api/resolve", WrkScripts.Post("resolve", $"{{\"text\":\"{token}\"}}")),
            ("resolve a damaged one", "/api/resolve", WrkScripts.Post("repair", $"{{\"text\":\"{damaged}\"}}")),
            ("statistics of a month", "/api/stats?subject=all", null), ("a page of the feed (1,000 clicks)", "/api/clicks?limit=1000", null),
        })
        {
            var connections = path.EndsWith("/batch", StringComparison.Ordinal) ? BatchConnections : Connections;
            var result = await Wrk.RunAsync(new(app.Address, path), connections, Round, script, path.StartsWith("/api", StringComparison.Ordinal) ? app.Key : null);
            Print($"| {name} | {result.PerSecond:F0} | {result.PerSecond / most:F3} |{(result.Failed > 0 ? $" {result.Failed} failed" : "")}");
        }
    }
}
