using System.Globalization;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>Statistics against a naive recount of the change feed, which shares no code with the fold.</summary>
public class StatsTests(Azurite azurite)
{
    private static readonly string[] Groupings = ["day", "hour", "app", "os", "country", "entry", "action", "channel", "campaign", "placement"];

    /// <summary>Steps that are small, several to a batch and parts of one, and processes that do not wait for each other.</summary>
    private static Dictionary<string, string?> Settings(string zone) => new()
    {
        ["ShareLinks:ReportingTimeZone"] = zone,
        ["ShareLinks:ReportedTags:0"] = "group",
        ["ShareLinks:Fold:StepClicks"] = "500",
        ["ShareLinks:Fold:StepLinkDays"] = "60",
        ["ShareLinks:Fold:Lease"] = "00:00:00.001",
    };

    [Theory]
    [InlineData("Asia/Shanghai", 1)]
    [InlineData("Europe/Berlin", 2)]
    [InlineData("America/St_Johns", 3)]
    public async Task Every_answer_equals_a_recount_of_the_feed(string zone, int seed)
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings(zone), prefix: prefix);
        await using var second = await TestApp.StartAsync(azurite, Settings(zone), prefix: prefix);
        await using var third = await TestApp.StartAsync(azurite, Settings(zone), prefix: prefix);
        TestApp[] apps = [app, second, third];
        var world = await World.CreateAsync(app, seed);
        var random = new Random(seed);
        // Summer time ends on 25 October 2026 in Berlin and on 1 November in St John's; and a month ends.
        var from = new DateTimeOffset(2026, 10, 20, 0, 0, 0, TimeSpan.Zero);
        for (var round = 0; round < Scale.Of(40, 13); round++)
        {
            // Blocks of any sizes, in three streams, cut and folded at any moment by anyone, at once or not.
            var clicks = random.Next(1, 400);
            await Task.WhenAll(apps.Select(one => AppendAsync(one, [.. Enumerable.Range(0, clicks / 3 + 1).Select(_ => world.Next(from, from.AddDays(18)))])));
            if (random.Next(3) > 0)
                await Task.WhenAll(apps.Where(_ => random.Next(2) == 0).Select(one => one.Client.GetStringAsync("/api/stats?subject=all&from=2026-10-01&to=2026-12-01")));
        }
        await AssertAnswersAsync(app, world, zone, "2026-10-19", "2026-11-09", world.Subjects, Groupings);
        await AssertAnswersAsync(second, world, zone, "2026-10-25", "2026-10-26", ["all", "channel:wechat"], Groupings);
        await AssertAnswersAsync(third, world, zone, "2026-11-01", "2026-11-02", ["all", "placement:hz-market/*"], Groupings);
        await AssertTopAsync(app, zone);
    }

    [Fact]
    public async Task A_click_is_in_the_answer_right_after_it()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:ClientAddressHeader"] = "CLIENT-IP" });
        app.Client.DefaultRequestHeaders.Add("CLIENT-IP", "203.0.113.7");
        var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-7", channel = "wechat" });
        // On a busy machine the day's salt may come too late for the first visitors.
        while (await app.Get<VisitorHashes>().OfAsync("203.0.113.7", "") == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        for (var clicks = 1; clicks <= 20; clicks++)
        {
            await app.Client.GetAsync("/" + code);
            var answer = await app.GetJsonAsync($"/api/stats?subject=link:{code}");
            Assert.Equal(clicks, answer["total"]!["clicks"]!.GetValue<int>());
            Assert.Equal(1, answer["total"]!["visitors"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Late_scans_and_clocks_that_jump_back_count_on_their_own_days()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:ReportingTimeZone"] = "Europe/Berlin" });
        var code = await app.MintCodeAsync(new { listingId = "item-1" });
        // A clock that goes from 00:30 back to 23:30, over midnight: each click counts by what the clock said.
        var midnight = new DateTimeOffset(2026, 10, 24, 22, 0, 0, TimeSpan.Zero);
        var link = (await app.Get<ShareLinks.Links.LinkFinder>().FindAsync(code))!.Attributes;
        foreach (var minutes in new[] { -90, 30, -30, 10, -1 })
        {
            await app.Get<ClickLog>().AppendAsync(new Click { Link = link, At = midnight.AddMinutes(minutes), ReceivedAt = midnight, Entry = ClickEntry.Code, Action = ClickAction.Redirect });
            await app.GetJsonAsync("/api/stats?subject=all");
        }
        var days = await app.GetJsonAsync($"/api/stats?subject=link:{code}&from=2026-10-24&to=2026-10-26");
        Assert.Equal([3, 2], days["rows"]!.AsArray().Select(row => row!["clicks"]!.GetValue<int>()));

        var occurredAt = TimeProvider.System.GetUtcNow().AddDays(-29);
        var scans = new { clicks = new[] { new { scanId = "8d3f2b6e-4a51-4c0e-9f53-2f1f3c1d7a90", text = $"{app.Client.BaseAddress}{code}", occurredAt } } };
        for (var sent = 0; sent < 2; sent++)
            (await app.Client.PostAsync("/api/clicks", TestApp.Json(scans))).EnsureSuccessStatusCode();
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(occurredAt, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")).DateTime);
        var late = await app.GetJsonAsync(string.Create(CultureInfo.InvariantCulture, $"/api/stats?subject=link:{code}&by=entry&from={day:yyyy-MM-dd}&to={day.AddDays(1):yyyy-MM-dd}"));
        Assert.Equal("""{"key":"offline","kind":"value","clicks":1}""", Assert.Single(late["rows"]!.AsArray(), row => row!["key"]!.GetValue<string>() == "offline")!.ToJsonString());
    }

    [Fact]
    public async Task Nothing_clicked_is_an_answer_of_zeros()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var answer = await app.GetJsonAsync("/api/stats?subject=all&from=2026-11-01&to=2026-11-04");
        Assert.Equal("""{"clicks":0,"visitors":0,"bots":0,"prefetches":0,"misses":0}""", answer["total"]!.ToJsonString());
        Assert.Equal(["2026-11-01", "2026-11-02", "2026-11-03"], answer["rows"]!.AsArray().Select(row => row!["key"]!.GetValue<string>()));
        Assert.Equal("Asia/Shanghai", answer["timeZone"]!.GetValue<string>());
        Assert.Empty((await app.GetJsonAsync("/api/stats/top?kind=listing"))["rows"]!.AsArray());
        Assert.Equal(0, (await app.GetJsonAsync("/api/stats?subject=sharer:nobody&by=hour"))["total"]!["clicks"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("", "subject")]
    [InlineData("?subject=", "subject")]
    [InlineData("?subject=everything", "subject")]
    [InlineData("?subject=channel:", "subject")]
    [InlineData("?subject=placement:/*", "subject")]
    [InlineData("?subject=tag:group=g-1", "subject")]
    [InlineData("?subject=all&by=colour", "by")]
    [InlineData("?subject=all&from=1.11.2026", "from")]
    [InlineData("?subject=all&to=2026-13-01", "to")]
    [InlineData("?subject=all&from=2026-11-02&to=2026-11-02", "from")]
    [InlineData("?subject=all&from=2024-11-02&to=2026-11-02", "from")]
    [InlineData("/top", "kind")]
    [InlineData("/top?kind=root", "kind")]
    [InlineData("/top?kind=listing&limit=0", "limit")]
    [InlineData("/top?kind=listing&limit=501", "limit")]
    public async Task A_wrong_question_names_what_is_wrong(string question, string parameter)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.GetAsync("/api/stats" + question);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("?" + parameter, problem["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    private static Task<ClickReceipt[]> AppendAsync(TestApp app, IReadOnlyList<Click> clicks) =>
        Task.WhenAll(clicks.Select(click => app.Get<ClickLog>().AppendAsync(click).AsTask()));

    private static async Task AssertAnswersAsync(TestApp app, World world, string zone, string from, string to, IReadOnlyList<string> subjects, IReadOnlyList<string> groupings)
    {
        var (feed, _) = await app.ReadFeedAsync();
        Assert.NotEmpty(feed);
        var clock = TimeZoneInfo.FindSystemTimeZoneById(zone);
        foreach (var subject in subjects)
        {
            foreach (var by in groupings)
            {
                var answer = await app.GetJsonAsync($"/api/stats?subject={Uri.EscapeDataString(subject)}&by={by}&from={from}&to={to}");
                var (total, rows, visitors) = World.Recount(feed, subject, by, DateOnly.Parse(from, CultureInfo.InvariantCulture), DateOnly.Parse(to, CultureInfo.InvariantCulture), clock);
                Assert.Equal($"{subject} {total.ToJsonString()}", $"{subject} {answer["total"]!.ToJsonString()}");
                var answered = answer["rows"]!.AsArray().ToDictionary(row => row!["key"]?.GetValue<string>() ?? "", row => row!["clicks"]!.GetValue<long>());
                Assert.Equal(
                    rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => $"{subject} {row.Key} {row.Value}"),
                    answered.Where(row => row.Value > 0).OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => $"{subject} {row.Key} {row.Value}"));
                if (by == "day")
                {
                    Assert.All(answer["rows"]!.AsArray(), row =>
                        Assert.Equal(visitors.GetValueOrDefault(row!["key"]!.GetValue<string>()), row["visitors"]!.GetValue<long>()));
                }
            }
        }
    }

    private static async Task AssertTopAsync(TestApp app, string zone)
    {
        var (feed, _) = await app.ReadFeedAsync();
        var clock = TimeZoneInfo.FindSystemTimeZoneById(zone);
        foreach (var (kind, field) in new[] { ("listing", "listingId"), ("sharer", "sharerId"), ("link", "code"), ("channel", "channel"), ("campaign", "campaign"), ("placement", "placement") })
        {
            var expected = feed
                .Where(click => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(click["at"]!.GetValue<DateTimeOffset>(), clock).DateTime) is var day && day >= new DateOnly(2026, 10, 22) && day < new DateOnly(2026, 11, 5))
                .Where(click => !click["isBot"]!.GetValue<bool>() && !click["isPrefetch"]!.GetValue<bool>() && !click["action"]!.GetValue<string>().StartsWith("miss_", StringComparison.Ordinal))
                .Where(click => click[field] is not null)
                .GroupBy(click => click[field]!.GetValue<string>())
                .ToDictionary(group => group.Key, group => group.Count());
            var answer = await app.GetJsonAsync($"/api/stats/top?kind={kind}&from=2026-10-22&to=2026-11-05&limit=500");
            Assert.False(answer["approximate"]!.GetValue<bool>());
            var rows = answer["rows"]!.AsArray().Select(row => (Key: row!["key"]!.GetValue<string>(), Clicks: row["clicks"]!.GetValue<int>())).ToList();
            Assert.Equal(expected.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => $"{row.Key} {row.Value}"), rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => $"{row.Key} {row.Clicks}"));
            Assert.Equal(rows.Select(row => row.Clicks).OrderDescending(), rows.Select(row => row.Clicks));
        }
    }
}
