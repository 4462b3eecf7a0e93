using System.Net;
using System.Numerics;
using Azure.Data.Tables;
using ShareLinks.Clicks;
using ShareLinks.Codes;
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
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(9, 4)]
    public async Task A_poll_reads_one_record_for_each_that_is_new_and_never_many(int batches, int pointReads)
    {
        await using var app = await TestApp.StartAsync(azurite);
        await AppendBatchAsync(app, 1);
        var (_, cursor) = await app.ReadFeedAsync();
        for (var i = 0; i < batches; i++)
            await AppendBatchAsync(app, 1);
        app.Storage.Reset();
        Assert.Equal(batches, (await app.ReadFeedAsync(cursor)).Clicks.Count);
        var requests = app.Storage.Requests;
        // The cursor's record to see that it is there, the same to read it, one for each new one, and one that is not there.
        Assert.Equal(pointReads, requests.Count(request => request.IsPointRead && request.Path.Contains("batches", StringComparison.Ordinal)));
        // The cut's own, and one for the records after the first few.
        Assert.Equal(batches < 2 ? 1 : 2, requests.Count(request => request.IsQuery && request.Path.Contains("batches", StringComparison.Ordinal)));
        Assert.Equal(0, requests.Count(request => request.Method != "GET"));
        // The cut's own; then one block, two more, four, and what is left.
        Assert.Equal(2 + BitOperations.Log2((uint)batches + 1), requests.Count(request => request.IsQuery && request.Path.Contains("blocks", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_every_click_has_a_batch_of_its_own_a_page_costs_few_queries_and_still_goes_on_at_any_of_them()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        await using var second = await TestApp.StartAsync(azurite, prefix: prefix);
        for (var batch = 0; batch < 90; batch++)
            await AppendBatchAsync(batch % 7 == 0 ? second : app, 1 + batch % 2);
        var appended = (await app.ReadFeedAsync(limit: 1)).Clicks.Select(Feed.Id).ToList();
        Assert.Equal(135, appended.Distinct().Count());
        app.Storage.Reset();
        Assert.Equal(appended, (await app.ReadFeedAsync()).Clicks.Select(Feed.Id));
        // 1, 2, 4, …, 64 blocks, each with a query for either writer and one more for every ten blocks.
        Assert.InRange(app.Storage.Requests.Count(request => request.IsQuery && request.Path.Contains("blocks", StringComparison.Ordinal)), 10, 40);
    }

    [Fact]
    public async Task Blocks_are_read_from_one_place_to_before_another()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        // Three batches of 3 blocks each, in streams of two writers.
        await using var second = await TestApp.StartAsync(azurite, prefix: prefix);
        for (var batch = 0; batch < 3; batch++)
        {
            foreach (var writer in new[] { app, second, app })
                await writer.Get<ClickLog>().AppendAsync(ClickSamples.One(), mustBeStored: true);
            await app.Get<ClickCutter>().CutAsync();
        }
        var all = await ReadAsync(FeedCursor.Start, null);
        Assert.Equal([(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (3, 2)], all.Select(block => (block.Batch, block.Block)));
        Assert.Equal((await app.ReadFeedAsync()).Clicks.Select(Feed.Id), all.SelectMany(block => block.Counted()).Select(click => app.Get<ClickIdCodes>().Encode(click.Id)));
        var places = all.Select(block => new FeedCursor(block.Batch, block.Block, 0)).Append(new FeedCursor(4, 0, 0)).ToList();
        for (var from = 0; from < places.Count; from++)
        {
            for (var to = 0; to < places.Count; to++)
                Assert.Equal(all.Skip(from).Take(Math.Max(0, to - from)).Select(block => block.Key), (await ReadAsync(places[from], places[to])).Select(block => block.Key));
        }
        // A place in the middle of a block stands for the block; one behind a batch's last block for the next batch.
        Assert.Equal(all.Skip(4).Select(block => block.Key), (await ReadAsync(new FeedCursor(2, 1, 7), new FeedCursor(3, 99, 0))).Select(block => block.Key));
        Assert.Equal(all.Skip(6).Select(block => block.Key), (await ReadAsync(new FeedCursor(2, 3, 0), null)).Select(block => block.Key));
        app.Storage.Reset();
        await ReadAsync(new FeedCursor(1, 0, 0), new FeedCursor(2, 0, 0));
        Assert.Equal(1, app.Storage.Requests.Count(request => request.Path.Contains("batches", StringComparison.Ordinal)));

        async Task<List<FeedBlock>> ReadAsync(FeedCursor from, FeedCursor? to)
        {
            var blocks = new List<FeedBlock>();
            await foreach (var block in app.Get<ClickFeed>().ReadBlocksAsync(from, to, CancellationToken.None))
                blocks.Add(block);
            return blocks;
        }
    }

    [Fact]
    public async Task A_block_tells_which_of_its_clicks_do_not_count_and_has_none_when_damaged()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var scan = ClickSamples.One() with { ScanId = "scan-0123456789-a" };
        await app.Get<ClickLog>().AppendAsync(scan, mustBeStored: true);
        await app.Get<ClickLog>().AppendAsync(scan, mustBeStored: true);
        await app.Get<ClickLog>().AppendAsync(ClickSamples.One(), mustBeStored: true);
        await app.Get<ClickCutter>().CutAsync();
        var table = new TableClient(azurite.ConnectionString, prefix + "blocks");
        var damaged = table.Query<TableEntity>(row => row.RowKey == "000002").Single();
        damaged["Data0"] = new byte[] { 1, 2, 3 };
        await table.UpdateEntityAsync(damaged, damaged.ETag, TableUpdateMode.Replace);
        var blocks = new List<FeedBlock>();
        await foreach (var block in app.Get<ClickFeed>().ReadBlocksAsync(FeedCursor.Start, null, CancellationToken.None))
            blocks.Add(block);
        Assert.Equal([(1, 0), (1, 1), (0, 0)], blocks.Select(block => (block.Clicks.Count, block.Uncounted.Count)));
        Assert.Equal(blocks[2].Key, Assert.Single(app.Get<UnreadBlocks>().Damaged.First));
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

    private static async Task AppendBatchAsync(TestApp app, int clicks)
    {
        for (var i = 0; i < clicks; i++)
            await app.Get<ClickLog>().AppendAsync(ClickSamples.One(), mustBeStored: true);
        await app.Get<ClickCutter>().CutAsync();
    }
}
