using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Hosting;
using ShareLinks.Reporting;
using ShareLinks.Simulation;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Simulation;

/// <summary>A simulated history, and the app to ask about it.</summary>
internal sealed class History : IAsyncDisposable
{
    public static readonly DateOnly FirstDay = new(2026, 10, 12);
    public static readonly DateOnly LastDay = new(2026, 10, 25);

    private static readonly Dictionary<string, string?> ReportedTags = new() { ["ShareLinks:ReportedTags:0"] = "group" };

    private History(TestApp app, SimulationSummary summary, IReadOnlyList<SimulatedEvent> events, IReadOnlyList<EventRequest> reported) =>
        (App, Summary, Events, Reported) = (app, summary, events, reported);

    public TestApp App { get; }

    public SimulationSummary Summary { get; }

    public IReadOnlyList<SimulatedEvent> Events { get; }

    /// <summary>The events as they were reported; none when they were not.</summary>
    public IReadOnlyList<EventRequest> Reported { get; }

    public static SimulationPlan Plan(int clicks, int seed = 7) => SimulationPlan.Until(
        LastDay, LastDay.DayNumber - FirstDay.DayNumber + 1, listings: 60, sharers: 40, clicks, seed, ReportingZone.Find(ReportingZone.Default)!, new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public static async Task<History> WriteAsync(Azurite azurite, SimulationPlan plan, Action<IServiceCollection>? replace = null, bool reports = false)
    {
        var prefix = azurite.NewPrefix();
        var events = new List<SimulatedEvent>();
        var reported = new List<EventRequest>();
        await using var writer = StandaloneHead.Build(["--environment=Development"], builder =>
        {
            builder.Configuration.AddInMemoryCollection(ReportedTags);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ShareLinks:Storage:ConnectionString"] = azurite.ConnectionString,
                ["ShareLinks:Storage:TablePrefix"] = prefix,
                ["ShareLinks:Destinations:Web"] = TestApp.Web,
            });
            builder.Logging.ClearProviders();
        }, services =>
        {
            SimulateCommand.Add(services);
            replace?.Invoke(services);
        });
        var market = new MarketReport(writer.Services.GetRequiredService<EventIntake>(), writer.Services.GetRequiredService<ClickIdCodes>());
        Func<IReadOnlyList<SimulatedEvent>, CancellationToken, Task> sink = async (happened, _) =>
        {
            events.AddRange(happened);
            if (!reports)
                return;
            await market.SendAsync(happened);
            reported.AddRange(happened.Select(market.ToRequest));
        };
        var summary = await ActivatorUtilities.CreateInstance<Simulator>(writer.Services, plan, sink).RunAsync((_, _) => { }, CancellationToken.None);
        return new History(await TestApp.StartAsync(azurite, ReportedTags, prefix: prefix), summary, events, reported);
    }

    /// <summary>An answer about the history's days, but for what tells when it was given.</summary>
    public async Task<string> AskAsync(string question)
    {
        var answer = await App.GetJsonAsync($"/api/stats{question}&from={FirstDay:yyyy-MM-dd}&to={LastDay.AddDays(1):yyyy-MM-dd}");
        Assert.NotNull(answer["completeThrough"]);
        answer.AsObject().Remove("completeThrough");
        return answer.ToJsonString();
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
