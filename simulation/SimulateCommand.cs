using System.CommandLine;
using System.Globalization;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Hosting;
using ShareLinks.Links;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Storage;

namespace ShareLinks.Simulation;

/// <summary><c>simulate</c>: writes a simulated history into the deployment's tables.</summary>
internal static class SimulateCommand
{
    private const string DayForm = "yyyy-MM-dd";

    /// <summary>The commit deadline of a click. It is long, since a single missing click makes the history useless.</summary>
    private static readonly TimeSpan CommitTimeout = TimeSpan.FromMinutes(3);

    private const int StepClicks = 250_000;

    private static readonly Option<int> Listings = Number("--listings", "Listings", 200);
    private static readonly Option<int> Sharers = Number("--sharers", "People who share without having opened a link", 100);
    private static readonly Option<int> Days = Number("--days", "Days of history", 30);
    private static readonly Option<int> Clicks = Number("--clicks", "Openings by people that lead somewhere; misses, bots and prefetches are added", 50_000);
    private static readonly Option<int> Seed = Number("--seed", "Another number makes another history", 1);
    private static readonly Option<string?> End = new("--end") { Description = "The last day, such as 2026-11-30, in the reporting time zone; today, up to now, when absent" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Write outside Development, or beside links that are there already" };

    public static Command Create()
    {
        var command = new Command("simulate", "Write a simulated history of a marketplace, the same for the same seed and end, and count it") { Listings, Sharers, Days, Clicks, Seed, End, Yes };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var app = StandaloneHead.Build([], replace: Add);
            var services = app.Services;
            if (!result.GetValue(Yes) && !app.Environment.IsDevelopment())
                return await RefuseAsync("This is not Development, and simulate writes invented clicks into its tables: add --yes if that is what you want.");
            var (plan, error) = PlanOf(result, services.GetRequiredService<ReportingZone>(), TimeProvider.System.GetUtcNow());
            if (plan is null)
                return await RefuseAsync(error);
            await using var emulator = await Emulator.StartIfNeededAsync(services.GetRequiredService<Settings>().Storage, TimeProvider.System, cancellationToken);
            if (!result.GetValue(Yes) && await services.GetRequiredService<LinkIdLeases>().HasLeasedAsync(cancellationToken))
                return await RefuseAsync("There are links already, and simulate would mix invented clicks with theirs: set another ShareLinks:Storage:TablePrefix, or add --yes.");
            await RunAsync(services, plan, cancellationToken);
            return 0;
        });
        return command;
    }

    /// <summary>The plan of the options, or an error message.</summary>
    internal static (SimulationPlan? Plan, string Error) PlanOf(ParseResult result, ReportingZone zone, DateTimeOffset now)
    {
        foreach (var (option, max) in new[]
        {
            (Listings, SimulationPlan.MaxListings), (Sharers, SimulationPlan.MaxSharers), (Days, SimulationPlan.MaxDays), (Clicks, SimulationPlan.MaxClicks),
        })
        {
            if (result.GetValue(option) < 1 || result.GetValue(option) > max)
                return (null, string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be 1 to {max}."));
        }
        var today = zone.DayOf(now).Date;
        var end = today;
        if (result.GetValue(End) is { } text && (!DateOnly.TryParseExact(text, DayForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out end) || end > today || end.Year < 2001))
            return (null, $"{End.Name} must be a day such as {today.ToString(DayForm, CultureInfo.InvariantCulture)}, from the year 2001 on and not in the future.");
        return (SimulationPlan.Until(
            end, result.GetValue(Days), result.GetValue(Listings), result.GetValue(Sharers), result.GetValue(Clicks), result.GetValue(Seed), zone, now), "");
    }

    /// <summary>Adds the services of a simulation: its clock, and longer timeouts for storage.</summary>
    internal static void Add(IServiceCollection services)
    {
        services.AddSingleton<SimulatedTime>();
        services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<SimulatedTime>());
        services.AddSingleton(provider =>
        {
            var clicks = provider.GetRequiredService<Settings>().Clicks;
            return new ClickOptions
            {
                CommitDeadline = CommitTimeout,
                MaxQueued = clicks.MaxQueued,
                SealAfter = clicks.SealAfter,
                RotateAfter = clicks.RotateAfter,
                RetentionDays = clicks.RetentionDays,
            };
        });
        // Large steps: no reader waits for one, and each step rewrites the rows of many subjects.
        services.AddSingleton(provider => new FoldOptions { StepClicks = StepClicks, Lease = provider.GetRequiredService<Settings>().Fold.Lease });
        services.AddSingleton<MarketWriter>();
        services.AddSingleton<OpeningWriter>();
    }

    /// <summary>Writes the history and counts it; prints the progress and a summary.</summary>
    internal static async Task RunAsync(IServiceProvider services, SimulationPlan plan, CancellationToken cancellationToken)
    {
        var market = new MarketReport(services.GetRequiredService<EventIntake>(), services.GetRequiredService<ClickIdCodes>());
        Func<IReadOnlyList<SimulatedEvent>, CancellationToken, Task> sink = (events, _) => market.SendAsync(events);
        var started = TimeProvider.System.GetTimestamp();
        var zone = services.GetRequiredService<ReportingZone>();
        var line = new ProgressLine(Console.Out, !Console.IsOutputRedirected);
        var summary = await ActivatorUtilities.CreateInstance<Simulator>(services, plan, sink).RunAsync(
            (done, moment) => line.Show(done, done < 1 ? zone.Local(moment).ToString(DayForm, CultureInfo.InvariantCulture) : "written, now counted"), cancellationToken);
        line.End();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {summary.Links:N0} links, re-shared up to {summary.Depth} deep.
            {summary.Clicks:N0} clicks by {summary.Visitors:N0} people: {summary.Continued:N0} continued in the app, {summary.Forwarded:N0} forwarded, {summary.LateScans:N0} scanned offline.
            Beside them {summary.Misses:N0} misses, {summary.Bots:N0} by programs, {summary.Prefetches:N0} prefetches; all in {summary.Blocks:N0} blocks.
            {market.Orders:N0} orders among {market.Events:N0} marketplace events.
            Took {TimeProvider.System.GetElapsedTime(started):h\:mm\:ss}.
            """));
    }

    private static Option<int> Number(string name, string description, int otherwise) => new(name) { Description = description, DefaultValueFactory = _ => otherwise };

    private static async Task<int> RefuseAsync(string reason)
    {
        await Console.Error.WriteLineAsync(reason);
        return 1;
    }
}
