using System.Diagnostics;
using System.Globalization;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Clicks;

namespace ShareLinks.Benchmarks;

/// <summary>What counting costs with storage: how fast it is beside an emulator, whether questions stay fast, and what a million clicks cost.</summary>
/// <remarks>Takes a quarter of an hour on two busy cores. Ratios and counts hold on any machine, speeds on this one.</remarks>
internal static class FoldReport
{
    private const int Links = 10_000;
    private const int MaxBlockClicks = ClickBlockCodec.MaxClicks;

    /// <summary>Azure's list prices of 2026 for Table Storage in USD: East US, locally redundant, for transactions of any kind.</summary>
    private const double PriceOfTransaction = 0.00036 / 10_000;
    private const double PriceOfGigabyteMonth = 0.045;

    private const double SecondsOfMonth = 30 * 86_400;

    /// <summary>About how much longer than the emulator on this machine a request takes within a region of Azure.</summary>
    private static readonly TimeSpan AzureDelay = TimeSpan.FromMilliseconds(10);

    private static readonly DateTimeOffset FirstDay = new(2026, 10, 20, 0, 0, 0, TimeSpan.FromHours(8));

    /// <param name="parts">Which parts; all of them when it names none.</param>
    public static async Task RunAsync(string[] parts)
    {
        using var emulator = await EmulatorProcess.StartAsync();
        if (IsAsked("cpu"))
            ReportCpu();
        if (IsAsked("speed"))
            await ReportSpeedAsync(emulator);
        if (IsAsked("questions"))
            await ReportQuestionsAsync(emulator);
        if (IsAsked("cost"))
            await ReportCostAsync(emulator);

        bool IsAsked(string part) => parts.Length == 0 || parts.Contains(part);
    }

    private static void ReportCpu()
    {
        Print($"Clicks a CPU second, storage aside (medians; bar 150,000):");
        foreach (var links in new[] { 1, Links })
        {
            var sample = new FoldSample(links, FoldSample.StepClicks);
            var (decode, fold) = (new List<double>(), new List<double>());
            // The first rounds are the compiler's.
            for (var round = 0; round < 20; round++)
            {
                var start = Environment.CpuUsage.TotalTime;
                sample.Decode();
                var decoded = Environment.CpuUsage.TotalTime;
                sample.Fold();
                if (round < 5)
                    continue;
                decode.Add((decoded - start).TotalSeconds);
                fold.Add((Environment.CpuUsage.TotalTime - decoded).TotalSeconds);
            }
            Print($"- {links} links: decoding {FoldSample.StepClicks / Median(decode):N0}, counting {FoldSample.StepClicks / Median(fold):N0} (time ratio {Median(fold) / Median(decode):F1})");
        }
    }

    private static async Task ReportSpeedAsync(EmulatorProcess emulator)
    {
        Print($"Clicks a second with an emulator beside it, in steps of {FoldSample.StepClicks:N0}:");
        foreach (var (links, hasJourneys, rounds) in new[] { (1, false, 3), (Links, false, 3), (Links, true, 1) })
        {
            await using var app = emulator.NewApp();
            var log = new BlockWriter(app.Services);
            var clicks = Clicks(new Random(1), links, hasJourneys ? await UsersAsync(app.Services) : null).GetEnumerator();
            var (wall, cpu) = (new List<double>(), new List<double>());
            for (var round = 0; round < rounds; round++)
            {
                await log.WriteAsync(Take(clicks, FoldSample.StepClicks), MaxBlockClicks);
                var (start, startCpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                await app.Services.GetRequiredService<ClickFold>().FoldAsync();
                wall.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                cpu.Add((Environment.CpuUsage.TotalTime - startCpu).TotalSeconds);
            }
            Print($"- {links} links{(hasJourneys ? ", a third of the clicks in journeys" : "")}: {FoldSample.StepClicks / Median(wall):N0} (a CPU second {FoldSample.StepClicks / Median(cpu):N0})");
        }

        const int campaigns = 15_000;
        await using var wide = emulator.NewApp();
        var own = ClickSamples.Links(new Random(1), campaigns).Select((link, i) => link with { Campaign = $"campaign-{i}" }).ToArray();
        await new BlockWriter(wide.Services).WriteAsync(ClickSamples.Realistic(new Random(1), Cycle(own)).Take(2 * campaigns), MaxBlockClicks);
        var began = Stopwatch.GetTimestamp();
        await wide.Services.GetRequiredService<ClickFold>().FoldAsync();
        Print($"- {campaigns:N0} links that are new, each with a campaign of its own and two clicks: {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s until all are counted");

        static Func<LinkAttributes> Cycle(LinkAttributes[] links)
        {
            var next = 0;
            return () => links[next++ % links.Length];
        }
    }

    private static async Task ReportQuestionsAsync(EmulatorProcess emulator)
    {
        const int few = 10_000, many = 1_000_000, links = 1000;
        var (fewStorage, manyStorage) = (new TransactionCount(), new TransactionCount());
        await using var fewApp = emulator.NewApp(fewStorage);
        await using var manyApp = emulator.NewApp(manyStorage);
        foreach (var (app, count) in new[] { (fewApp, few), (manyApp, many) })
        {
            var clicks = Clicks(new Random(1), links, null).Take(count).Select((click, i) => click with { At = FirstDay + TimeSpan.FromDays(30) / count * i });
            await new BlockWriter(app.Services).WriteAsync(clicks, MaxBlockClicks);
            await app.Services.GetRequiredService<ClickFold>().FoldAsync();
        }
        var listings = ClickSamples.Links(new Random(1), links);
        Print($"Time of a 30-day question at {many:N0} clicks as a ratio to {few:N0} (medians; bar 1.5):");
        foreach (var (name, listing, delay) in new[] { ("the most clicked listing", 0, TimeSpan.Zero), ("the tenth", 9, TimeSpan.Zero), ("the most clicked, requests as long as in Azure", 0, AzureDelay) })
        {
            fewStorage.Delay = manyStorage.Delay = delay;
            var (fewTimes, manyTimes) = (new List<double>(), new List<double>());
            // The first rounds are the compiler's.
            for (var round = -50; round < 100; round++)
            {
                var fewTime = await AskAsync(fewApp.Services, listings[listing]);
                var manyTime = await AskAsync(manyApp.Services, listings[listing]);
                if (round < 0)
                    continue;
                fewTimes.Add(fewTime);
                manyTimes.Add(manyTime);
            }
            Print($"- {name}: {Median(manyTimes) / Median(fewTimes):F2} ({Median(manyTimes):F1} ms to {Median(fewTimes):F1} ms)");
        }
    }

    private static async Task<double> AskAsync(IServiceProvider services, LinkAttributes link)
    {
        var day = DateOnly.FromDateTime(FirstDay.Date);
        var start = Stopwatch.GetTimestamp();
        var answer = await services.GetRequiredService<StatsQuestions>().StatsAsync(
            [new Subject(SubjectKind.Listing, link.ListingId!)], "", new DayRange(day, day.AddDays(30)), "day", CancellationToken.None);
        if (answer.Total.Clicks == 0)
            throw new InvalidOperationException("Nothing was counted.");
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task ReportCostAsync(EmulatorProcess emulator)
    {
        var columns = new List<string[]>();
        foreach (var (rate, minutes) in new[] { (1, 20), (20, 5), (500, 1) })
            columns.Add([.. await CostAsync(emulator, rate, minutes)]);
        string[] names =
        [
            "clicks in a block", "`blocks` written", "log read (`blocks`, `batches`, `streams`)", "`stats` read", "`stats` written", "`trees` read", "`trees` written", "`journeys` and `people` read",
            "`journeys` written", "`batches` and `fold` written, `fold` read", "**transactions a click**", "`blocks` stored, MB", "`stats` stored, MB", "`journeys` stored, MB",
            "million clicks a month", "transactions of a month, USD", "storage in the 12th month, USD",
        ];
        Print($"For a million clicks: transactions in millions, and what is stored.");
        Print($"| Clicks a second | {string.Join(" | ", columns.Select(column => column[0]))} |");
        Print($"|---|{string.Concat(columns.Select(_ => "---|"))}");
        for (var row = 0; row < names.Length; row++)
            Print($"| {names[row]} | {string.Join(" | ", columns.Select(column => column[row + 1]))} |");
    }

    /// <summary>Some minutes of clicks at a rate, each folded at its end.</summary>
    private static async Task<IEnumerable<string>> CostAsync(EmulatorProcess emulator, int rate, int minutes)
    {
        var blockClicks = await BlockClicksAsync(emulator, rate);
        var count = new TransactionCount();
        await using var app = emulator.NewApp(count);
        var log = new BlockWriter(app.Services);
        var clicks = Clicks(new Random(rate), Links, await UsersAsync(app.Services)).GetEnumerator();
        var blockBytes = 0L;
        // The first minute makes the tables.
        for (var minute = -1; minute < minutes; minute++)
        {
            if (minute == 0)
                count.Reset();
            var ofMinute = Take(clicks, 60 * rate).Select((click, i) => click with { At = FirstDay.AddMinutes(minute).AddSeconds((double)i / rate) });
            var bytes = await log.WriteAsync(ofMinute, (int)Math.Round(blockClicks));
            await app.Services.GetRequiredService<ClickFold>().FoldAsync();
            if (minute >= 0)
                blockBytes += bytes;
        }
        var total = 60.0 * rate * minutes;
        double[] transactions =
        [
            count.Of(table => table == "blocks", true), count.Of(table => table is "blocks" or "batches" or "streams", false),
            count.Of(table => table == "stats", false), count.Of(table => table == "stats", true),
            count.Of(table => table == "trees", false), count.Of(table => table == "trees", true),
            count.Of(table => table is "journeys" or "people", false), count.Of(table => table == "journeys", true),
            count.Of(table => table is "batches" or "fold" or "streams" or "people", true) + count.Of(table => table == "fold", false),
        ];
        var clicksOfMonth = rate * SecondsOfMonth;
        double[] stored = [blockBytes / total, 30 * DayBytes(rate * 86_400L) / clicksOfMonth, JourneyBytes() / 3];
        // Clicks are kept for three months, the others without end.
        var gigabytes = clicksOfMonth * (3 * stored[0] + 12 * stored[1] + 12 * stored[2]) / 1e9;
        return
        [
            Format($"{rate}"), Format($"{Math.Round(blockClicks)}"), .. transactions.Select(each => Format($"{each / total:F4}")), Format($"**{transactions.Sum() / total:F2}**"),
            .. stored.Select(each => Format($"{each:N0}")), Format($"{clicksOfMonth / 1e6:N1}"),
            Format($"{clicksOfMonth * transactions.Sum() / total * PriceOfTransaction:N2}"), Format($"{gigabytes * PriceOfGigabyteMonth:N2}"),
        ];
    }

    /// <summary>How many clicks share a block when they come at a rate and a write takes as long as in Azure.</summary>
    private static async Task<double> BlockClicksAsync(EmulatorProcess emulator, int rate)
    {
        var count = new TransactionCount { Delay = AzureDelay };
        await using var app = emulator.NewApp(count);
        var log = app.Services.GetRequiredService<ClickLog>();
        using var clicks = Clicks(new Random(1), Links, null).GetEnumerator();
        await Task.WhenAll(Take(clicks, 1).Select(click => log.AppendAsync(click).AsTask()));
        count.Reset();
        var receipts = new List<Task<ClickReceipt>>();
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10);)
        {
            var due = (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * rate);
            receipts.AddRange(Take(clicks, due - receipts.Count).Select(click => log.AppendAsync(click).AsTask()));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await Task.WhenAll(receipts);
        return (double)receipts.Count / count.Of(table => table == "blocks", true);
    }

    /// <summary>Bytes of a day's statistics: every 20th link stands for twenty, and the few subjects of other kinds are left out.</summary>
    private static double DayBytes(long clicks)
    {
        const int stride = 20;
        var random = new Random(1);
        var links = ClickSamples.Links(random, Links);
        var zone = ReportingZone.Find(ReportingZone.Default)!;
        var weights = Enumerable.Range(1, Links).Sum(n => 1.0 / n);
        var bytes = 0L;
        for (var n = stride / 2; n <= Links; n += stride)
        {
            // A part of a click is one with that chance.
            var ofLink = (int)(clicks / weights / n + random.NextDouble());
            var tally = new StepTally(zone, [], default, StepSlice.Whole);
            var opened = ClickSamples.Realistic(random, () => links[n - 1]).Take(ofLink).Select((click, i) => click with { At = FirstDay + TimeSpan.FromDays(1) / ofLink * i });
            foreach (var block in opened.Chunk(MaxBlockClicks))
                tally.Add(new FeedBlock(1, 0, default, true, block, [], new HashSet<int>()));
            foreach (var ((subject, day), added) in tally.BySubject().SelectMany(part => part).Where(entry => entry.Key.Subject.Kind is SubjectKind.Listing or SubjectKind.Link or SubjectKind.Root or SubjectKind.Sharer))
            {
                // A row holds a month.
                bytes += BytesOf(new TableEntity("00-1", subject.RowPrefix + "202610") { ["Step"] = 1 }) / 30;
                bytes += BytesOf(new TableEntity("", "") { [$"d{day.Day:D2}"] = FoldSample.Encode(added, tally.Names) });
            }
        }
        return (double)bytes * stride;
    }

    /// <summary>Bytes of a touch in the journey of somebody with ten a month.</summary>
    private static double JourneyBytes()
    {
        const int touches = 10;
        var random = new Random(1);
        var clicks = Clicks(random, Links, null).Take(touches).ToArray();
        var month = new JourneyMonth();
        var actor = Actor.OfCookie((ulong)random.NextInt64());
        for (var i = 0; i < touches; i++)
            month.Add(Touch.Of(new ClickId(random.NextInt64(ClickId.MaxStream), random.Next(10_000), 0), clicks[i] with { At = FirstDay.AddDays(i), Language = null, Referrer = null, Device = null, VisitorHash = 0 }));
        var row = new TableEntity("00-1", actor.RowPrefix + "202610") { ["Step"] = 1 };
        BinaryColumns.Write(row, month.ToBytes());
        return (double)BytesOf(row) / touches;
    }

    /// <summary>What a row is billed for.</summary>
    /// <remarks>After "Understanding Windows Azure Storage Billing" (Windows Azure Storage team, 2010).</remarks>
    private static long BytesOf(TableEntity row) => 4 + row.Sum(column => column switch
    {
        { Key: "PartitionKey" or "RowKey", Value: string key } => 2 * key.Length,
        { Value: byte[] binary } => 8 + 2 * column.Key.Length + 4 + binary.Length,
        { Value: int } => 8 + 2 * column.Key.Length + 4,
        _ => 8 + 2 * column.Key.Length + 8,
    });

    /// <summary>Opened links, a sixth of them by users and a sixth by visitors with cookies where there are users, by nobody known where not.</summary>
    private static IEnumerable<Click> Clicks(Random random, int links, PersonId[]? users)
    {
        var next = 0;
        foreach (var click in ClickSamples.Realistic(random, ClickSamples.Zipf(random, ClickSamples.Links(random, links))))
        {
            // One after the other, so that few come twice within a minute.
            yield return users is null ? click with { User = null, VisitorId = null } : click with { User = click.User is null ? null : users[next++ % users.Length] };
        }
    }

    private static async Task<PersonId[]> UsersAsync(IServiceProvider services)
    {
        var users = new PersonId[5000];
        await Parallel.ForAsync(0, users.Length, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellationToken) =>
            users[i] = await services.GetRequiredService<PersonTable>().GetOrAddAsync(string.Create(CultureInfo.InvariantCulture, $"user-{i}"), cancellationToken));
        return users;
    }

    private static IEnumerable<Click> Take(IEnumerator<Click> clicks, int count)
    {
        for (var left = count; left > 0 && clicks.MoveNext(); left--)
            yield return clicks.Current;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Print(FormattableString text) => Console.WriteLine(Format(text));

    /// <summary>Writes a stream in blocks of a given size, which the log leaves to chance.</summary>
    private sealed class BlockWriter(IServiceProvider services)
    {
        private readonly long stream = Stopwatch.GetTimestamp() & ClickId.MaxStream;
        private int blocksWritten;

        /// <returns>The bytes that the blocks are billed for.</returns>
        public async Task<long> WriteAsync(IEnumerable<Click> clicks, int blockClicks)
        {
            if (blocksWritten == 0)
                await services.GetRequiredService<StreamTable>().OpenAsync(stream, 1, CancellationToken.None);
            var bytes = 0L;
            await Parallel.ForEachAsync(clicks.Chunk(blockClicks), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (block, cancellationToken) =>
            {
                var key = new BlockKey(stream, Interlocked.Increment(ref blocksWritten) - 1);
                var encoded = ClickBlockCodec.Encode(key, block);
                if (!await services.GetRequiredService<BlockTable>().AddAsync(key, 1, encoded, block, 0, cancellationToken))
                    throw new InvalidOperationException($"Block {key} was refused.");
                var row = new TableEntity(key.Partition, key.Row) { ["Nonce"] = 1L, ["Count"] = 1, ["First"] = FirstDay, ["Last"] = FirstDay };
                BinaryColumns.Write(row, encoded);
                Interlocked.Add(ref bytes, BytesOf(row));
            });
            return bytes;
        }
    }
}
