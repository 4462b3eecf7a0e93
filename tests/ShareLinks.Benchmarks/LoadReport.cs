using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using HdrHistogram;
using ShareLinks.Security;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>How near the machine's limit redirects are, each click stored: the published app beside a server that does nothing, in alternating rounds.</summary>
/// <remarks>
/// App, emulator and generator share the machine, so only ratios within one run say anything. Prints Markdown. Parts: <c>redirects</c>, <c>latency</c>,
/// <c>others</c>, <c>start</c>. Takes a quarter of an hour.
/// </remarks>
internal static class LoadReport
{
    private const int Links = 10_000;
    private const int Rounds = 3;
    private const int Starts = 20;

    private static readonly int[] Connections = [1, 32, 128, 512];
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly string Folder = RepositoryFolder.Combine(".data", "bench");

    /// <param name="parts">Which parts; all of them when it names none.</param>
    public static async Task RunAsync(string[] parts)
    {
        Wrk.Install();
        await PublishAsync("functions", "app");
        await PublishAsync("tests/ShareLinks.Benchmarks/Minimal", "minimal");
        using var emulator = await EmulatorProcess.StartAsync();
        if (IsAsked("redirects"))
            await ReportRedirectsAsync(emulator);
        if (IsAsked("latency"))
            await ReportLatencyAsync(emulator);
        if (IsAsked("others"))
            await ReportOthersAsync(emulator);
        if (IsAsked("start"))
            await ReportStartAsync(emulator);

        bool IsAsked(string part) => parts.Length == 0 || parts.Contains(part);
    }

    private static async Task ReportRedirectsAsync(EmulatorProcess emulator)
    {
        using var limit = await MinimalAsync();
        using var committed = await AppAsync(emulator, "committed", "Committed");
        using var buffered = await AppAsync(emulator, "buffered", "Buffered");
        var (one, other) = (await MintAsync(committed, 1), await MintAsync(buffered, 1));
        var script = ScriptOf(await MintAsync(committed, Links));
        (string Name, ServerProcess Server, Uri Url, string? Script)[] lines =
        [
            ("limit", limit, new(limit.Address, "x"), null),
            ("Committed, one link", committed, new(committed.Address, one[0]), null),
            ($"Committed, {Links} links by Zipf", committed, committed.Address, script),
            ("Buffered, one link", buffered, new(buffered.Address, other[0]), null),
        ];
        foreach (var line in lines)
            await Wrk.RunAsync(line.Url, 128, WarmUp, line.Script);

        Print($"\n| Connections | | answers a second | of the limit | CPU µs an answer | clicks in a block | bytes a click | recorded − answered |");
        Print($"|---|---|---|---|---|---|---|---|");
        foreach (var connections in Connections)
        {
            var results = lines.ToDictionary(line => line.Name, _ => new List<(double PerSecond, double Cpu, Stored Stored, long Extra)>());
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (name, server, url, what) in lines)
                {
                    var isApp = server != limit;
                    var before = isApp ? await StoredAsync(emulator, server == committed ? "committed" : "buffered") : default;
                    var cpu = server.Cpu;
                    var result = await Wrk.RunAsync(url, connections, Round, what);
                    cpu = server.Cpu - cpu;
                    if (result.Failed > 0 || result.HasSocketErrors)
                        throw new InvalidOperationException($"{name}: {result.Failed} answers failed.");
                    // What was sent when the time was up is stored a moment later.
                    await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
                    var stored = isApp ? await StoredAsync(emulator, server == committed ? "committed" : "buffered") - before : default;
                    results[name].Add((result.PerSecond, cpu.TotalMicroseconds / result.Answered, stored, isApp ? stored.Clicks - result.Answered : 0));
                }
            }
            var most = Median(results["limit"].Select(result => result.PerSecond));
            foreach (var (name, rounds) in results)
            {
                var perSecond = Median(rounds.Select(result => result.PerSecond));
                var clicks = rounds.Sum(result => result.Stored.Clicks);
                var stored = clicks == 0 ? "| | |" : string.Create(CultureInfo.InvariantCulture,
                    $"{(double)clicks / rounds.Sum(result => result.Stored.Blocks):F0} | {(double)rounds.Sum(result => result.Stored.Bytes) / clicks:F1} | {rounds.Min(result => result.Extra)} to {rounds.Max(result => result.Extra)} |");
                Print($"| {connections} | {name} | {perSecond:F0} ({rounds.Min(result => result.PerSecond):F0}–{rounds.Max(result => result.PerSecond):F0}) | {perSecond / most:F2} | {Median(rounds.Select(result => result.Cpu)):F1} | {stored}");
            }
        }
        Print($"\nEvery answer's click is stored when the last column is never below 0; it counts up to one request of each connection that was cut off when its time was up.");
    }

    private static async Task ReportLatencyAsync(EmulatorProcess emulator)
    {
        using var app = await AppAsync(emulator, "latency", "Committed");
        var url = new Uri(app.Address, (await MintAsync(app, 1))[0]);
        await Wrk.RunAsync(url, 128, WarmUp);
        var half = (await Wrk.RunAsync(url, 128, Round)).PerSecond / 2;
        await OpenLoop.RunAsync(url, half, Round);
        using var stop = new CancellationTokenSource();
        var inserts = InsertAsync(emulator, stop.Token);
        var (times, failed) = await OpenLoop.RunAsync(url, half, TimeSpan.FromSeconds(20));
        await stop.CancelAsync();
        var insert = await inserts;
        Print($"\n| At {half:F0} redirects a second, open loop | p50 | p99 | p99.9 | most |\n|---|---|---|---|---|");
        Print($"| redirect, its click stored (ms) | {Ms(times, 50)} | {Ms(times, 99)} | {Ms(times, 99.9)} | {Ms(times, 100)} |");
        Print($"| one insert beside it (ms) | {Ms(insert, 50)} | {Ms(insert, 99)} | {Ms(insert, 99.9)} | {Ms(insert, 100)} |");
        Print($"\nRatio of the p99: {(double)times.GetValueAtPercentile(99) / insert.GetValueAtPercentile(99):F2} (bar 4). {failed} were no redirect.");

        static string Ms(LongHistogram histogram, double percentile) => (histogram.GetValueAtPercentile(percentile) / 1000.0).ToString("F1", CultureInfo.InvariantCulture);
    }

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

    private static async Task ReportOthersAsync(EmulatorProcess emulator)
    {
        using var limit = await MinimalAsync();
        using var app = await AppAsync(emulator, "others", "Committed");
        var codes = await MintAsync(app, 1000);
        var token = (await GetAsync(app, $"/api/links/{codes[0]}"))["token"]!.GetValue<string>();
        var damaged = token[..^1] + (token[^1] == '0' ? '1' : '0');
        var most = Median((await Task.WhenAll(Wrk.RunAsync(new(limit.Address, "x"), 32, Round))).Select(result => result.PerSecond));
        Print($"\n| 32 connections | answers a second | of the limit |\n|---|---|---|\n| limit | {most:F0} | 1 |");
        foreach (var (name, path, script) in new[]
        {
            ("landing page", "/" + codes[1], Script("landing", $"wrk.headers['User-Agent'] = '{Agents.Iphone}'")),
            ("QR picture, SVG", $"/{codes[0]}/qr.svg", null), ("QR picture, PNG", $"/{codes[0]}/qr.png", null),
            ("mint", "/api/links", Script("mint", Post("{\"listingId\":\"item-1\",\"sharerId\":\"user-7\",\"channel\":\"wechat\"}"))),
            ("mint of 100", "/api/links/batch", Script("batch", Post($"{{\"links\":[{string.Join(',', Enumerable.Repeat("{\"listingId\":\"item-1\",\"sharerId\":\"user-7\"}", 100))}]}}"))),
            ("resolve a passphrase", "/api/resolve", Script("resolve", Post($"{{\"text\":\"{token}\"}}"))),
            ("resolve a damaged one", "/api/resolve", Script("repair", Post($"{{\"text\":\"{damaged}\"}}"))),
            ("statistics of a month", "/api/stats?subject=all", null), ("a page of the feed", "/api/clicks?limit=1000", null),
        })
        {
            var result = await Wrk.RunAsync(new(app.Address, path), 32, Round, script);
            Print($"| {name} | {result.PerSecond:F0} | {result.PerSecond / most:F3} |{(result.Failed > 0 ? $" {result.Failed} failed" : "")}");
        }

        static string Post(string body) => $"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [==[{body}]==]";
    }

    private static async Task ReportStartAsync(EmulatorProcess emulator)
    {
        string code;
        using (var app = await AppAsync(emulator, "start", "Committed"))
            code = (await MintAsync(app, 1))[0];
        var (minimal, own) = (new List<double>(), new List<double>());
        // The first ones find cold files.
        for (var start = -2; start < Starts; start++)
        {
            var (server, took) = await ServerProcess.StartAsync(Path.Combine(Folder, "minimal"), "Minimal", [], "/x", 302);
            server.Dispose();
            var (app, tookApp) = await ServerProcess.StartAsync(Path.Combine(Folder, "app"), "ShareLinks", SettingsOf(emulator, "start", "Committed"), "/" + code, 302);
            app.Dispose();
            if (start < 0)
                continue;
            minimal.Add(took.TotalMilliseconds);
            own.Add(tookApp.TotalMilliseconds);
        }
        Print($"\nFrom the process's start to the first redirect, which needs two reads and a write of storage: {Median(own):F0} ms ({own.Min():F0}–{own.Max():F0}); a server that does nothing {Median(minimal):F0} ms ({minimal.Min():F0}–{minimal.Max():F0}). Ratio {Median(own) / Median(minimal):F2} (bar 1.7).");
    }

    private static async Task PublishAsync(string project, string name)
    {
        using var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", RepositoryFolder.Combine(project), "--nologo", "--verbosity", "quiet", "--output", Path.Combine(Folder, name)]))!;
        await publish.WaitForExitAsync();
        if (publish.ExitCode != 0)
            throw new InvalidOperationException($"{project} could not be published.");
    }

    private static async Task<ServerProcess> MinimalAsync() => (await ServerProcess.StartAsync(Path.Combine(Folder, "minimal"), "Minimal", [], "/x", 302)).Server;

    private static async Task<ServerProcess> AppAsync(EmulatorProcess emulator, string prefix, string durability) =>
        (await ServerProcess.StartAsync(Path.Combine(Folder, "app"), "ShareLinks", SettingsOf(emulator, prefix, durability), "/", 200)).Server;

    private static Dictionary<string, string> SettingsOf(EmulatorProcess emulator, string prefix, string durability) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ShareLinks__Storage__ConnectionString"] = emulator.ConnectionString,
        ["ShareLinks__Storage__TablePrefix"] = prefix,
        ["ShareLinks__Destinations__Web"] = "https://market.example/item/{listingId}?clickId={clickId}",
        ["ShareLinks__Apps__Ios__Scheme"] = "examplemarket",
        ["ShareLinks__Clicks__Durability"] = durability,
        ["ShareLinks__Limits__RequestsPerKey"] = "1000000",
        // Nothing else is done meanwhile.
        ["ShareLinks__Fold__Every"] = "1.00:00:00",
        ["ShareLinks__Clicks__SealAfter"] = "1.00:00:00",
    };

    private static async Task<string[]> MintAsync(ServerProcess app, int count)
    {
        using var client = ClientOf(app);
        var codes = new List<string>();
        foreach (var some in Enumerable.Range(0, count).Chunk(1000))
        {
            using var response = await client.PostAsJsonAsync("/api/links/batch", new { links = some.Select(i => new { listingId = $"item-{i % 500}", sharerId = $"user-{i % 200}", channel = "wechat" }) });
            var answer = JsonNode.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
            codes.AddRange(answer["results"]!.AsArray().Select(result => result!["link"]!["code"]!.GetValue<string>()));
        }
        return [.. codes];
    }

    private static async Task<JsonNode> GetAsync(ServerProcess app, string path)
    {
        using var client = ClientOf(app);
        return JsonNode.Parse(await client.GetStringAsync(path))!;
    }

    private static HttpClient ClientOf(ServerProcess app)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.Address, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DevelopmentKey.Value);
        return client;
    }

    /// <summary>Opens the n-th of some links in proportion to 1/n.</summary>
    private static string ScriptOf(string[] codes) => Script("zipf", string.Create(CultureInfo.InvariantCulture, $$"""
        local codes = { {{string.Join(',', codes.Select(code => $"'/{code}'"))}} }
        request = function() return wrk.format('GET', codes[math.max(1, math.floor({{codes.Length}} ^ math.random()))]) end
        """));

    private static string Script(string name, string lua)
    {
        var file = Path.Combine(Folder, name + ".lua");
        File.WriteAllText(file, lua);
        return file;
    }

    /// <summary>What the log of an app holds.</summary>
    private static async Task<Stored> StoredAsync(EmulatorProcess emulator, string prefix)
    {
        var (clicks, blocks, bytes) = (0L, 0L, 0L);
        await foreach (var row in new TableServiceClient(emulator.ConnectionString).GetTableClient(prefix + "blocks").QueryAsync<TableEntity>(maxPerPage: 1000))
        {
            if (row.GetInt32("Count") is not { } count)
                continue;
            clicks += count;
            blocks++;
            // A row's own bytes, by the service's formula: 4, its keys, and for each property 8, its name and its value.
            bytes += BinaryColumns.Read(row).Length + 4 + 2 * (row.PartitionKey.Length + row.RowKey.Length) + row.Keys.Sum(name => 8 + 2 * name.Length + 8);
        }
        return new Stored(clicks, blocks, bytes);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private readonly record struct Stored(long Clicks, long Blocks, long Bytes)
    {
        public static Stored operator -(Stored after, Stored before) => new(after.Clicks - before.Clicks, after.Blocks - before.Blocks, after.Bytes - before.Bytes);
    }
}
