using System.Globalization;
using static ShareLinks.Benchmarks.Markdown;

namespace ShareLinks.Benchmarks;

/// <summary>How many redirects a second, each click stored, as a ratio to a server that does nothing; and what each costs.</summary>
internal static class RedirectLoad
{
    private const int Links = 10_000;
    private const int Rounds = 3;

    private static readonly int[] Connections = [1, 32, 128, 512];
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    public static async Task ReportAsync()
    {
        Print($"\n| Connections | | answers a second | of the limit | CPU µs an answer | transactions a click | bytes a click | recorded − answered |");
        Print($"|---|---|---|---|---|---|---|---|");
        foreach (var connections in Connections)
            await ReportAsync(connections);
        Print($"\nEvery answer's click is stored when the last column is never below 0; it counts up to one request of each connection that was cut off when its time was up.");
        await ReportColdAsync();
    }

    private static async Task ReportAsync(int connections)
    {
        // Fresh ones for each, since the emulator looks through all rows of a table whenever it adds one.
        using var forOne = await EmulatorProcess.StartAsync();
        using var forMany = await EmulatorProcess.StartAsync();
        using var forBuffered = await EmulatorProcess.StartAsync();
        using var limit = await PublishedApp.StartNothingAsync();
        using var one = await PublishedApp.StartAsync(forOne);
        using var many = await PublishedApp.StartAsync(forMany);
        using var buffered = await PublishedApp.StartAsync(forBuffered, "Buffered");
        Line[] lines =
        [
            new("limit", limit, null, null, new(limit.Address, "x"), null),
            new("`Committed`, one link", one.Server, one, forOne, new(one.Address, (await one.MintAsync(1))[0]), null),
            new($"`Committed`, {Links} links by Zipf", many.Server, many, forMany, many.Address, WrkScripts.Zipf(await many.MintAsync(Links))),
            new("`Buffered`, one link", buffered.Server, buffered, forBuffered, new(buffered.Address, (await buffered.MintAsync(1))[0]), null),
        ];
        foreach (var line in lines)
            await Wrk.RunAsync(line.Url, 128, WarmUp, line.Script);
        var results = lines.ToDictionary(line => line, _ => new List<Result>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var line in lines)
                results[line].Add(await MeasureAsync(line, connections));
        }
        var most = Median(results[lines[0]].Select(result => result.PerSecond));
        foreach (var line in lines)
            PrintRounds(connections, line.Name, results[line], most);
    }

    /// <summary>Links that the process has never seen: each costs two reads beside its click.</summary>
    private static async Task ReportColdAsync()
    {
        using var emulator = await EmulatorProcess.StartAsync();
        string[] codes;
        using (var app = await PublishedApp.StartAsync(emulator))
            codes = await app.MintAsync(Links);
        using (var app = await PublishedApp.StartAsync(emulator))
        {
            var warm = await app.MintAsync(1);
            await Wrk.RunAsync(new(app.Address, warm[0]), 128, WarmUp);
            // Fewer than there are in so short a time: none is opened twice.
            var cold = await Wrk.RunAsync(app.Address, 128, TimeSpan.FromSeconds(2), WrkScripts.InTurn("cold", codes));
            Print($"\nLinks opened for the first time, 128 connections: {cold.PerSecond:F0} a second ({cold.Answered} of {Links}).");
        }
    }

    private static async Task<Result> MeasureAsync(Line line, int connections)
    {
        var before = line.Emulator is null ? default : await StoredClicks.ReadAsync(line.Emulator);
        var cpu = line.Server.Cpu;
        var result = await Wrk.RunAsync(line.Url, connections, Round, line.Script);
        cpu = line.Server.Cpu - cpu;
        if (result.Failed > 0 || result.HasSocketErrors)
            throw new InvalidOperationException($"{line.Name}: {result.Failed} answers failed.");
        var stored = line.Emulator is null ? default : await SettledAsync(line.Emulator, line.App!) - before;
        return new Result(result.PerSecond, cpu.TotalMicroseconds / result.Answered, stored, line.Emulator is null ? 0 : stored.Clicks - result.Answered);
    }

    /// <summary>What is stored once nothing waits in memory.</summary>
    private static async Task<StoredClicks> SettledAsync(EmulatorProcess emulator, PublishedApp app)
    {
        do
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        while ((await app.GetAsync("/api/health"))["clicks"]!["queued"]!.GetValue<int>() > 0);
        return await StoredClicks.ReadAsync(emulator);
    }

    private static void PrintRounds(int connections, string name, List<Result> rounds, double most)
    {
        var clicks = rounds.Sum(round => round.Stored.Clicks);
        var stored = clicks == 0 ? "| | |" : string.Create(CultureInfo.InvariantCulture,
            $"{(double)rounds.Sum(round => round.Stored.Blocks) / clicks:F4} | {(double)rounds.Sum(round => round.Stored.Bytes) / clicks:F1} | {rounds.Min(round => round.Extra)} to {rounds.Max(round => round.Extra)} |");
        double[] perSecond = [.. rounds.Select(round => round.PerSecond)];
        Print($"| {connections} | {name} | {Spread(perSecond)} | {Median(perSecond) / most:F2} | {Median(rounds.Select(round => round.Cpu)):F1} | {stored}");
    }

    /// <param name="Name">What it is.</param>
    /// <param name="Server">What answers.</param>
    /// <param name="App">What it is, unless it does nothing.</param>
    /// <param name="Emulator">Where its clicks are; null: nowhere.</param>
    /// <param name="Url">What is opened.</param>
    /// <param name="Script">What is opened, when it is many.</param>
    private sealed record Line(string Name, ServerProcess Server, PublishedApp? App, EmulatorProcess? Emulator, Uri Url, string? Script);

    /// <param name="PerSecond">Answers.</param>
    /// <param name="Cpu">Microseconds of the server for each.</param>
    /// <param name="Stored">What came into storage.</param>
    /// <param name="Extra">Clicks stored beyond those answered.</param>
    private readonly record struct Result(double PerSecond, double Cpu, StoredClicks Stored, long Extra);
}
