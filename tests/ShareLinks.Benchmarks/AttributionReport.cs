using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ShareLinks.Attribution;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.Rollups;
using ShareLinks.Tests.Clicks;

namespace ShareLinks.Benchmarks;

/// <summary>How long a question about a month with 100,000 conversions takes beside an emulator, and how much memory.</summary>
/// <remarks>Takes two minutes. Times and memory are this machine's; the ratio to reading the same paths without a model holds on any.</remarks>
internal static class AttributionReport
{
    private const int Conversions = 100_000;
    private const int Days = 30;
    private const int Links = 10_000;
    private const int Rounds = 5;

    private static readonly DateTimeOffset FirstDay = new(2026, 10, 20, 0, 0, 0, TimeSpan.FromHours(8));

    public static async Task RunAsync()
    {
        using var emulator = await EmulatorProcess.StartAsync();
        await using var app = emulator.NewApp();
        var paths = app.Services.GetRequiredService<PathTable>();
        var state = await app.Services.GetRequiredService<ClickFold>().FoldAsync();
        await WriteAsync(paths, state.Generation);

        var reading = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var (read, touches) = (0, 0);
            await foreach (var path in paths.ReadAsync(state.Generation, "order", FirstDay, FirstDay.AddDays(Days), CancellationToken.None))
                (read, touches) = (read + 1, touches + path.Touches.Count);
            if (read != Conversions)
                throw new InvalidOperationException($"{read} conversions were read.");
            reading.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            if (round == 0)
                Console.WriteLine(FormattableString.Invariant($"{read:N0} conversions with {touches:N0} touches over {Days} days; bars: 2 s, 200 MB."));
        }
        Console.WriteLine(FormattableString.Invariant($"- reading alone: {Median(reading):F2} s"));

        var questions = app.Services.GetRequiredService<AttributionQuestions>();
        var day = DateOnly.FromDateTime(FirstDay.Date);
        foreach (var (by, model) in new[] { ("channel", AttributionModel.LastNonDirect), ("channel", AttributionModel.Markov), ("channel", AttributionModel.Shapley), ("link", AttributionModel.Linear) })
        {
            var times = new List<double>();
            var (heap, process) = (0L, 0L);
            for (var round = 0; round < Rounds; round++)
            {
                GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                var isDone = false;
                var watching = Task.Run(async () =>
                {
                    while (!Volatile.Read(ref isDone))
                    {
                        heap = Math.Max(heap, GC.GetTotalMemory(forceFullCollection: false));
                        process = Math.Max(process, Environment.WorkingSet);
                        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
                    }
                });
                var start = Stopwatch.GetTimestamp();
                var answer = await questions.AskAsync(null, "all", "order", model, PathScope.Parse(by, null, null, null).Scope, new DayRange(day, day.AddDays(Days)), 1000, CancellationToken.None);
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                Volatile.Write(ref isDone, true);
                await watching;
                if (answer.Conversions != Conversions)
                    throw new InvalidOperationException($"{answer.Conversions} conversions were counted.");
            }
            Console.WriteLine(FormattableString.Invariant(
                $"- by {by}, {model.Name()}: {Median(times):F2} s (ratio to reading {Median(times) / Median(reading):F2}); managed memory at most {heap / 1e6:F0} MB, the whole process {process / 1e6:F0} MB"));
        }
    }

    private static async Task WriteAsync(PathTable paths, int generation)
    {
        var random = new Random(7);
        var next = ClickSamples.Zipf(random, ClickSamples.Links(random, Links));
        for (var day = 0; day < Days; day++)
        {
            var changes = new List<PathChange>();
            for (var i = day; i < Conversions; i += Days)
            {
                var at = FirstDay.AddDays(day).AddSeconds(random.Next(86_400));
                changes.Add(new PathChange("order", $"order-{i}", at)
                {
                    Event = new Conversion { Id = $"order-{i}", At = at, ListingId = $"item-{random.Next(Links)}", Value = random.Next(1, 500_000) / 100m, Currency = "CNY" },
                    Touches = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => TouchAt(random, next(), at.AddSeconds(-random.Next(7 * 86_400)))).Order(Touch.InOrder)],
                });
            }
            await paths.ApplyTypesAsync(generation, day + 1, changes, CancellationToken.None);
            await paths.ApplyAsync(generation, day + 1, changes, CancellationToken.None);
        }
    }

    private static Touch TouchAt(Random random, LinkAttributes link, DateTimeOffset at) => Touch.Of(
        new ClickId(random.NextInt64(ClickId.MaxStream), random.Next(10_000), random.Next(500)), ClickSamples.One(link, at) with { App = random.Next(3) == 0 ? "chrome" : "wechat" });

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
