using System.Net;
using Azure.Data.Tables;
using ShareLinks.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

public class ClickFeedTests(Azurite azurite)
{
    [Fact]
    public async Task Pages_of_any_size_make_up_the_whole()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync();
        var ids = new List<string>();
        for (var batch = 0; batch < 4; batch++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1 + batch * 5).Select(_ => app.Client.GetAsync("/" + code)));
            ids = [.. (await app.ReadFeedAsync()).Clicks.Select(Feed.Id)];
        }
        Assert.Equal(34, ids.Count);
        foreach (var limit in new[] { 1, 2, 3, 16, 33, 34, 35, 1000 })
            Assert.Equal(ids, (await app.ReadFeedAsync(limit: limit)).Clicks.Select(Feed.Id));
    }

    [Fact]
    public async Task A_cursor_at_the_end_goes_on_with_what_comes_later()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (none, start) = await app.ReadFeedAsync();
        Assert.Empty(none);
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        var (one, cursor) = await app.ReadFeedAsync(start);
        Assert.Single(one);
        Assert.Empty((await app.ReadFeedAsync(cursor)).Clicks);
        await app.Client.GetAsync("/" + code);
        Assert.NotEqual(Feed.Id(one[0]), Feed.Id(Assert.Single((await app.ReadFeedAsync(cursor)).Clicks)));
    }

    [Theory]
    [InlineData("after=x")]
    [InlineData("after=1-2")]
    [InlineData("after=0-0-0")]
    [InlineData("after=-1-0-0")]
    [InlineData("after=99-0-0")]
    [InlineData("after=99999999999999999999-0-0")]
    [InlineData("limit=0")]
    [InlineData("limit=10001")]
    [InlineData("limit=many")]
    public async Task What_no_feed_gave_is_refused(string query)
    {
        await using var app = await TestApp.StartAsync(azurite);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync("/api/clicks?" + query)).StatusCode);
    }

    [Fact]
    public async Task A_cursor_whose_record_is_gone_has_expired()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        var (_, cursor) = await app.ReadFeedAsync();
        await app.Client.GetAsync("/" + code);
        await app.ReadFeedAsync();
        await new TableClient(azurite.ConnectionString, prefix + "batches").DeleteEntityAsync("batches", $"{int.MaxValue - 1:D10}");
        var response = await app.Client.GetAsync($"/api/clicks?after={cursor}");
        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        Assert.Contains("cursor_expired", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_block_costs_only_itself_and_is_named_in_health()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var code = await app.MintCodeAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add((await app.Client.GetAsync("/" + code)).Headers.Location!.Query.Split("clickId=")[1]);

        var table = new TableClient(azurite.ConnectionString, prefix + "blocks");
        var rows = table.Query<TableEntity>(row => row.RowKey == "000002").ToList();
        var damaged = Assert.Single(rows);
        var bytes = damaged.GetBinary("Data0");
        bytes[bytes.Length / 2] ^= 0x10;
        damaged["Data0"] = bytes;
        await table.UpdateEntityAsync(damaged, damaged.ETag, TableUpdateMode.Replace);

        for (var i = 0; i < 2; i++)
            Assert.Equal([ids[0], ids[1], ids[3], ids[4]], (await app.ReadFeedAsync(limit: 2)).Clicks.Select(Feed.Id));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/api/clicks/{ids[2]}")).StatusCode);
        var health = await app.GetJsonAsync("/api/health");
        Assert.Equal("degraded", health["status"]!.GetValue<string>());
        Assert.Equal($"{damaged.PartitionKey}/000002", Assert.Single(health["clicks"]!["damagedBlocks"]!.AsArray())!.GetValue<string>());
    }

    [Fact]
    public async Task A_damaged_batch_record_is_refused_rather_than_misread()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        await app.Client.GetAsync("/" + await app.MintCodeAsync());
        await app.ReadFeedAsync();
        var table = new TableClient(azurite.ConnectionString, prefix + "batches");
        var row = table.Query<TableEntity>().Single();
        var bytes = row.GetBinary("Data0");
        bytes[3] ^= 1;
        row["Data0"] = bytes;
        await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);
        var batches = app.Get<BatchTable>();
        await Assert.ThrowsAsync<InvalidDataException>(() => batches.GetAsync(1, CancellationToken.None));
    }

    [Fact]
    public async Task An_idle_stream_is_sealed_recorded_and_leaves()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Clicks:SealAfter"] = "00:00:00.100" }, prefix: prefix);
        var code = await app.MintCodeAsync();
        var streams = new TableClient(azurite.ConnectionString, prefix + "streams");
        for (var i = 0; i < 3; i++)
        {
            await app.Client.GetAsync("/" + code);
            await app.ReadFeedAsync();
            Assert.Single(streams.Query<TableEntity>());
            await Task.Delay(TimeSpan.FromMilliseconds(1200), TimeProvider.System);
            await app.ReadFeedAsync();
            Assert.Empty(streams.Query<TableEntity>());
        }
        Assert.Equal(3, (await app.ReadFeedAsync()).Clicks.Count);
        // A writer that slept through all that and announces its stream once more changes nothing.
        var retired = new TableClient(azurite.ConnectionString, prefix + "blocks").Query<TableEntity>(row => row.RowKey == "retired").First();
        await streams.AddEntityAsync(new TableEntity("streams", retired.PartitionKey) { ["Nonce"] = 1L });
        Assert.Equal(3, (await app.ReadFeedAsync()).Clicks.Count);
        Assert.Empty(streams.Query<TableEntity>());
    }
}
