using System.Net;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Storage;

/// <summary>What things cost in storage transactions, counted at the transport, retries included.</summary>
public class TransactionCostTests(Azurite azurite)
{
    [Fact]
    public async Task A_hot_resolve_reads_nothing()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "item-1", listing = new { title = "Lamp" } });
        await app.Client.GetAsync("/" + code);
        app.Storage.Reset();
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
        Assert.DoesNotContain(app.Storage.Requests, request => request.Method == "GET");
    }

    [Theory]
    [InlineData("plain", 2)]
    [InlineData("alias", 3)]
    [InlineData("successor", 3)]
    public async Task A_cold_resolve_costs_few_point_reads(string kind, int mostReads)
    {
        var prefix = azurite.NewPrefix();
        string code;
        await using (var minting = await TestApp.StartAsync(azurite, prefix: prefix))
        {
            code = await minting.MintCodeAsync(new { listingId = "item-1", alias = kind == "alias" ? "summer-sale" : null, listing = new { title = "Lamp" } });
            await PutListingAsync(minting, "item-2", new { title = "Newer lamp" });
            if (kind == "successor")
                await PutListingAsync(minting, "item-1", new { state = "sold", successorId = "item-2" });
        }
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        app.Storage.Reset();
        var response = await app.Client.GetAsync(kind == "alias" ? "/summer-sale" : "/" + code);
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        var reads = app.Storage.Requests.Where(request => request.Method == "GET").ToList();
        Assert.All(reads, request => Assert.True(request.IsPointRead, request.ToString()));
        Assert.InRange(reads.Count, 1, mostReads);
    }

    [Fact]
    public async Task What_is_no_code_costs_nothing()
    {
        await using var app = await TestApp.StartAsync(azurite);
        app.Storage.Reset();
        foreach (var path in new[] { "/x", "/favicon.ico", "/robots.txt", "/%E9%97%B2%E9%B1%BC", "/AbC3dE9k.x", "/a%20b%20c%20d" })
            Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync(path)).StatusCode);
        Assert.Empty(app.Storage.Requests);
    }

    [Fact]
    public async Task A_mint_costs_at_most_five_transactions()
    {
        await using var app = await TestApp.StartAsync(azurite);
        // The first mint of a deployment makes its tables.
        await app.MintAsync(new { listingId = "item-0", sharerId = "user-0" });
        app.Storage.Reset();
        // Every listing new and every third sharer: more than any real mix has.
        var mints = Scale.Of(1000);
        await Parallel.ForEachAsync(Enumerable.Range(0, mints), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            await app.MintAsync(new { listingId = $"item-{i}", listing = new { title = "Lamp", price = i, currency = "CNY" }, sharerId = $"user-{i % (mints / 3)}", channel = "qq" }));
        Assert.InRange((double)app.Storage.Count / mints, 1, 5);

        var parent = await app.MintCodeAsync();
        app.Storage.Reset();
        await app.MintAsync(new { listingId = "item-1", listing = new { title = "Lamp" }, sharerId = "user-1", parent });
        Assert.InRange(app.Storage.Count, 1, 7);
    }

    [Fact]
    public async Task A_thousand_clicks_from_64_visitors_at_once_take_few_writes()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        app.Storage.Reset();
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, cancellationToken) =>
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code, cancellationToken)).StatusCode));
        var writes = app.Storage.Requests.Where(request => request.Method != "GET").ToList();
        TestContext.Current.SendDiagnosticMessage($"block writes for 1,000 clicks over 64 connections: {writes.Count}");
        Assert.All(writes, write => Assert.Contains("blocks", write.Path, StringComparison.Ordinal));
        Assert.InRange(writes.Count, 1, 60);
        Assert.Equal(1001, (await app.ReadFeedAsync()).Clicks.Count);
    }

    [Fact]
    public async Task No_query_is_without_a_partition()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-7", alias = "summer" });
        await app.Client.GetAsync("/" + code);
        await app.ReadFeedAsync();
        await app.GetJsonAsync("/api/links?listingId=item-1");
        await app.GetJsonAsync("/api/links?sharerId=user-7");
        await app.GetJsonAsync("/api/keys");
        var queries = app.Storage.Requests.Where(request => request.IsQuery).ToList();
        Assert.NotEmpty(queries);
        Assert.All(queries, query => Assert.Contains("PartitionKey eq '", query.Query, StringComparison.Ordinal));
    }

    private static async Task PutListingAsync(TestApp app, string id, object listing) =>
        (await app.Client.PutAsync($"/api/listings/{id}", TestApp.Json(listing))).EnsureSuccessStatusCode();
}
