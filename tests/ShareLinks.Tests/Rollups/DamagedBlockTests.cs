using Azure.Data.Tables;
using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

public class DamagedBlockTests(Azurite azurite)
{
    [Theory]
    [InlineData("damaged")]
    [InlineData("missing")]
    public async Task A_block_that_cannot_be_read_is_passed_over_and_shown_and_holds_nothing_up(string what)
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var world = await World.CreateAsync(app, seed: 6);
        var from = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);
        for (var block = 0; block < 3; block++)
            await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => app.Get<ClickLog>().AppendAsync(world.Next(from, from.AddDays(2)) with { ScanId = null }).AsTask()));
        var blocks = new TableServiceClient(azurite.ConnectionString).GetTableClient(prefix + "blocks");
        var damaged = blocks.Query<TableEntity>().Where(row => row.ContainsKey("Nonce")).ElementAt(1);
        if (what == "damaged")
        {
            var bytes = damaged.GetBinary("Data0");
            bytes[bytes.Length / 2] ^= 1;
            damaged["Data0"] = bytes;
            await blocks.UpdateEntityAsync(damaged, damaged.ETag, TableUpdateMode.Replace);
        }
        else
        {
            await app.Get<ClickCutter>().CutAsync();
            await blocks.DeleteEntityAsync(damaged.PartitionKey, damaged.RowKey);
        }

        var (feed, _) = await app.ReadFeedAsync();
        Assert.InRange(feed.Count, 1, 119);
        var (total, _, _) = World.Recount(feed, "all", "day", new DateOnly(2026, 11, 1), new DateOnly(2026, 12, 1), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
        await app.Get<ClickFold>().FoldAsync();
        var answer = await app.GetJsonAsync("/api/stats?subject=all&from=2026-11-01&to=2026-12-01");
        Assert.Equal(total.ToJsonString(), answer["total"]!.ToJsonString());

        // Any instance tells, also one that never met the block.
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        var health = await other.GetJsonAsync("/api/health");
        Assert.Equal(1, health["fold"]![what + "Blocks"]!.GetValue<int>());
        Assert.Contains($"1 {what} blocks are not in statistics.", health["warnings"]!.ToJsonString(), StringComparison.Ordinal);
        var own = await app.GetJsonAsync("/api/health");
        Assert.Equal("degraded", own["status"]!.GetValue<string>());
        Assert.Equal($"{damaged.PartitionKey}/{damaged.RowKey}", Assert.Single(own["clicks"]![what + "Blocks"]!.AsArray())!.GetValue<string>());
    }
}
