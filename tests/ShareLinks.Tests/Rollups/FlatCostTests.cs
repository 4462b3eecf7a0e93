using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>What a question costs in storage transactions: by its months, not by the clicks.</summary>
public class FlatCostTests(Azurite azurite)
{
    private const int Days = 30;

    /// <summary>Whether anything is new: the last batch record, the list of streams, the one that is open, the fold's state. Then a row for each of two months.</summary>
    private const int Transactions = 6;

    private static readonly int FewClicks = Scale.Of(10_000, 5);
    private static readonly int ManyClicks = Scale.Of(1_000_000, 25);

    /// <summary>At full scale more than a day has leaders.</summary>
    private static readonly int Links = Scale.Of(2000, 20);

    /// <summary>Neither the fold's own turns nor a sealed stream come between the questions.</summary>
    private static readonly Dictionary<string, string?> Settings = new() { ["ShareLinks:Fold:Every"] = "01:00:00", ["ShareLinks:Clicks:SealAfter"] = "1.00:00:00" };

    [Fact]
    public async Task A_question_costs_the_same_however_many_clicks_were_counted()
    {
        await using var few = await TestApp.StartAsync(azurite, Settings, BePatient);
        await using var many = await TestApp.StartAsync(azurite, Settings, BePatient);
        await AppendAsync(few, FewClicks);
        await AppendAsync(many, ManyClicks);
        var listing = ClickSamples.Links(new Random(1), Links)[0].ListingId;
        string[] questions = [$"?subject=listing:{listing}", $"?subject=listing:{listing}&by=app", "?subject=all&by=hour", "/top?kind=listing", "/top?kind=channel"];
        foreach (var question in questions)
        {
            foreach (var app in new[] { few, many })
            {
                // Also so that the state's time is not about to be renewed.
                await app.Get<ClickFold>().FoldAsync();
                for (var times = 0; times < 2; times++)
                {
                    app.Storage.Reset();
                    var answer = await app.GetJsonAsync($"/api/stats{question}&from=2026-10-20&to=2026-11-19");
                    Assert.NotEmpty(answer["rows"]!.AsArray());
                    Assert.True(app.Storage.Count == Transactions, $"{question}: {string.Join('\n', app.Storage.Requests)}");
                }
            }
        }
        foreach (var (app, clicks) in new[] { (few, FewClicks), (many, ManyClicks) })
        {
            var total = (await app.GetJsonAsync("/api/stats?subject=all&from=2026-10-20&to=2026-11-19"))["total"]!;
            Assert.Equal(clicks, total["clicks"]!.GetValue<int>() + total["bots"]!.GetValue<int>() + total["prefetches"]!.GetValue<int>());
        }
    }

    /// <summary>Clicks of 30 days, evenly, by visitors who have no journeys, since those are another matter.</summary>
    private static async Task AppendAsync(TestApp app, int count)
    {
        var random = new Random(1);
        var links = ClickSamples.Links(random, Links);
        var from = new DateTimeOffset(2026, 10, 20, 0, 0, 0, TimeSpan.FromHours(8));
        var clicks = ClickSamples.Realistic(random, ClickSamples.Zipf(random, links)).Take(count)
            .Select((click, i) => click with { At = from + TimeSpan.FromDays(Days) / count * i, User = null, VisitorId = null });
        foreach (var some in clicks.Chunk(10_000))
        {
            foreach (var receipt in await Task.WhenAll(some.Select(click => app.Get<ClickLog>().AppendAsync(click).AsTask())))
                Assert.Equal(ClickOutcome.Committed, receipt.Outcome);
        }
        await app.Get<ClickFold>().FoldAsync();
    }

    /// <summary>On a busy machine, too, an answer is to wait for the fold, rather than ask how far it has come.</summary>
    private static void BePatient(IServiceCollection services) => services.AddSingleton<TimeProvider>(new SlowTimers());
}
