using System.Net;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using ShareLinks.Rollups;
using ShareLinks.Tests.Events;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>Something else than the app wrote to its tables.</summary>
public class DamagedRowTests(Azurite azurite)
{
    [Fact]
    public async Task A_damaged_row_of_statistics_is_told_of_hides_no_other_and_goes_with_a_recount()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var code = await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat" });
        await app.Client.GetAsync("/" + code);
        Assert.Equal(1, await ClicksAsync(app, "channel:wechat"));
        Assert.Equal("ok", await StatusAsync(app));
        var stats = new TableClient(azurite.ConnectionString, prefix + "stats");
        var damaged = stats.Query<TableEntity>().Single(row => row.RowKey.StartsWith("c|wechat|", StringComparison.Ordinal));
        foreach (var day in damaged.Keys.Where(column => column is ['d', _, _]).ToList())
            damaged[day] = new byte[] { 9, 9, 9 };
        await stats.UpdateEntityAsync(damaged, damaged.ETag, TableUpdateMode.Replace);

        using var refused = await app.Client.GetAsync("/api/stats?subject=channel:wechat");
        Assert.Equal(
            (HttpStatusCode.InternalServerError, "damaged_row"),
            (refused.StatusCode, JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["code"]!.GetValue<string>()));
        Assert.Equal("degraded", await StatusAsync(app));
        var health = await app.GetJsonAsync("/api/health");
        Assert.Contains("1 damaged rows of table stats were found; the log names them.", health["warnings"]!.AsArray().Select(warning => warning!.GetValue<string>()));
        // Keys hold people's ids, and health is public.
        Assert.DoesNotContain("wechat", health.ToJsonString(), StringComparison.Ordinal);

        // Counting stops at the row. Questions are still answered from what was counted before it, and from the rows that the failed step wrote.
        await app.Client.GetAsync("/" + code);
        Assert.InRange(await ClicksAsync(app, "listing:item-1"), 1, 2);
        var (exitCode, _, errors) = await RunAsync(prefix, "fold");
        Assert.Equal((1, true, false), (exitCode, errors.Contains($"Row {damaged.PartitionKey}/{damaged.RowKey} of table stats is damaged", StringComparison.Ordinal), errors.Contains("   at ", StringComparison.Ordinal)));

        await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
        Assert.Equal((2, 2), (await ClicksAsync(app, "listing:item-1"), await ClicksAsync(app, "channel:wechat")));
    }

    [Fact]
    public async Task A_damaged_row_of_events_is_told_of_and_ends_no_recount()
    {
        var prefix = azurite.NewPrefix();
        await using (var app = await TestApp.StartAsync(azurite, prefix: prefix))
        {
            var at = app.Get<TimeProvider>().GetUtcNow();
            await EventEndpointsTests.PostAsync(app, Enumerable.Range(0, 3).Select(i => new { id = $"o-{i}", type = "order", occurredAt = at, value = 5, currency = "CNY" }));
            Assert.Equal(3, (await EventEndpointsTests.ConversionsAsync(app, "order")).Count);
        }
        var events = new TableClient(azurite.ConnectionString, prefix + "events");
        var damaged = events.Query<TableEntity>().Single(row => row.RowKey == "o-1");
        damaged["Place"] = "first";
        damaged.Remove("Sequence");
        await events.UpdateEntityAsync(damaged, damaged.ETag, TableUpdateMode.Replace);

        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        await other.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
        Assert.Equal(["o-0", "o-1", "o-2"], (await EventEndpointsTests.ConversionsAsync(other, "order")).Select(conversion => conversion.Id).Order());
        var health = await other.GetJsonAsync("/api/health");
        Assert.Equal("degraded", health["status"]!.GetValue<string>());
        Assert.Contains("1 damaged rows of table events were found; the log names them.", health["warnings"]!.AsArray().Select(warning => warning!.GetValue<string>()));
        var answer = await EventEndpointsTests.PostAsync(other, [new { id = "o-1", type = "order", occurredAt = other.Get<TimeProvider>().GetUtcNow() }]);
        Assert.Equal((0, 1), (answer["accepted"]!.GetValue<int>(), answer["duplicates"]!.GetValue<int>()));
    }

    private static async Task<int> ClicksAsync(TestApp app, string subject) => (await app.GetJsonAsync("/api/stats?subject=" + subject))["total"]!["clicks"]!.GetValue<int>();

    private static async Task<string> StatusAsync(TestApp app) => (await app.GetJsonAsync("/api/health"))["status"]!.GetValue<string>();

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string prefix, params string[] args) => AppCommand.RunHereAsync(args, new()
    {
        ["environment"] = "Development",
        ["ShareLinks:Storage:ConnectionString"] = azurite.ConnectionString,
        ["ShareLinks:Storage:TablePrefix"] = prefix,
        ["ShareLinks:Destinations:Web"] = TestApp.Web,
    });
}
