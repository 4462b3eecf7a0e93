using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Minting;

public class MintBatchTests(Azurite azurite)
{
    [Fact]
    public async Task A_thousand_links_of_one_sharer_and_listing_cost_few_transactions()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await app.MintAsync(new { listingId = "item-0", sharerId = "user-0" });
        app.Storage.Reset();
        var results = await BatchAsync(app, Enumerable.Range(0, 1000).Select(i => (object)new
        {
            listingId = "item-1",
            listing = new { title = "Lamp" },
            sharerId = "user-7",
            placement = $"lot-1/{i}",
        }));
        TestContext.Current.SendDiagnosticMessage($"transactions for a batch of 1,000: {app.Storage.Count}");
        Assert.InRange(app.Storage.Count, 1, 60);
        Assert.All(results, result => Assert.Equal(201, result["status"]!.GetValue<int>()));
        var codes = results.Select(result => result["link"]!["code"]!.GetValue<string>()).ToList();
        Assert.Equal(1000, codes.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"lot-1/{i}"), results.Select(result => result["link"]!["placement"]!.GetValue<string>()));
        foreach (var i in new[] { 0, 98, 99, 100, 500, 999 })
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + codes[i])).StatusCode);

        foreach (var query in new[] { "listingId=item-1", "sharerId=user-7" })
        {
            var (listed, cursor) = (new List<string>(), "");
            do
            {
                var page = await app.GetJsonAsync($"/api/links?{query}{cursor}");
                listed.AddRange(page["links"]!.AsArray().Select(link => link!["code"]!.GetValue<string>()));
                cursor = page["cursor"] is { } next ? $"&cursor={next}" : "";
            }
            while (cursor.Length > 0);
            Assert.Equal(codes.Order(), listed.Order());
        }
    }

    [Fact]
    public async Task Each_link_has_a_result_of_its_own()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var root = await app.MintAsync(new { listingId = "item-1", alias = "taken" });
        var results = await BatchAsync(app,
        [
            new { listingId = "item-1", sharerId = "user-1" },
            new { channel = "wechat" },
            new { listingId = "item-2", alias = "taken" },
            new { listingId = "item-2", alias = "free", parent = "taken" },
            new { listingId = "item-2", parent = "nosuchparent" },
            new { listingId = "item-3", listing = new { title = "First" } },
            new { listingId = "item-3", listing = new { price = 5, currency = "CNY" }, sharerId = "user-1" },
            new { listingId = "item-4", alias = "twice" },
            new { listingId = "item-4", alias = "twice" },
        ]);
        Assert.Equal([201, 400, 409, 201, 400, 201, 201], results.Take(7).Select(result => result["status"]!.GetValue<int>()));
        Assert.Equal([201, 409], results.Skip(7).Select(result => result["status"]!.GetValue<int>()).Order());
        Assert.Equal("/listingId", results[1]["problem"]!["errors"]![0]!["pointer"]!.GetValue<string>());
        Assert.Equal("alias_taken", results[2]["problem"]!["code"]!.GetValue<string>());
        Assert.Equal((root["code"]!.GetValue<string>(), 1), (results[3]["link"]!["root"]!.GetValue<string>(), results[3]["link"]!["depth"]!.GetValue<int>()));
        Assert.Null(results[1]["link"]);
        var listing = await app.GetJsonAsync("/api/listings/item-3");
        Assert.Equal(("First", 5m), (listing["title"]!.GetValue<string>(), listing["price"]!.GetValue<decimal>()));
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/free")).StatusCode);
    }

    [Fact]
    public async Task An_entry_of_a_wrong_type_hinders_no_other()
    {
        await using var app = await TestApp.StartAsync(azurite);
        const string body = """{"links":[{"listingId":"a"},{"listingId":7},null,{"listingId":"b","chanel":"x"},{"listingId":"c"}]}""";
        var texts = new List<string>();
        // A retry gives the same links, though some entries are wrong.
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/links/batch") { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Headers = { { "Idempotency-Key", "one" } } };
            using var response = await app.Client.SendAsync(request);
            texts.Add(await response.Content.ReadAsStringAsync());
            Assert.True(response.StatusCode == HttpStatusCode.OK, texts[i]);
        }
        Assert.Equal(texts[0], texts[1]);
        var results = JsonNode.Parse(texts[0])!["results"]!.AsArray();
        Assert.Equal([201, 400, 400, 400, 201], results.Select(result => result!["status"]!.GetValue<int>()));
        Assert.Equal(["/listingId", "", "/chanel"], results.Skip(1).Take(3).Select(result => result!["problem"]!["errors"]![0]!["pointer"]!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + results[4]!["link"]!["code"])).StatusCode);
    }

    [Fact]
    public async Task A_listing_of_a_wrong_type_hinders_no_other()
    {
        await using var app = await TestApp.StartAsync(azurite);
        const string body = """{"listings":[{"id":"a","title":"Lamp"},{"id":7},{"title":"x"},"b",{"id":"c","price":"5","currency":"CNY"},{"id":"d","title":"Chair"}]}""";
        using var response = await app.Client.PostAsync("/api/listings/batch", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        var results = JsonNode.Parse(text)!["results"]!.AsArray();
        Assert.Equal([200, 400, 400, 400, 400, 200], results.Select(result => result!["status"]!.GetValue<int>()));
        Assert.Equal(["/id", "/id", "", "/price"], results.Skip(1).Take(4).Select(result => result!["problem"]!["errors"]![0]!["pointer"]!.GetValue<string>()));
        Assert.Equal("Chair", (await app.GetJsonAsync("/api/listings/d"))["title"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("{}", "/links")]
    [InlineData("""{"links":[]}""", "/links")]
    [InlineData("""{"links":{}}""", "/links")]
    [InlineData("""{"links":[{"listingId":"a"}],"chanel":"x"}""", "/chanel")]
    public async Task A_wrong_batch_is_refused_whole(string body, string pointer)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/api/links/batch", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        Assert.Equal(pointer, JsonNode.Parse(text)!["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    [Fact]
    public async Task More_than_a_thousand_are_refused()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/api/links/batch", TestApp.Json(new { links = Enumerable.Repeat(new { listingId = "item-1" }, 1001) }));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Ten_thousand_old_codes_come_in_as_aliases()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var random = new Random(7);
        const string symbols = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
        var olds = Enumerable.Range(0, Scale.Of(10_000)).Select(_ => new string(random.GetItems<char>(symbols, 7))).Distinct().ToList();
        foreach (var chunk in olds.Chunk(1000))
        {
            var results = await BatchAsync(app, chunk.Select(alias => (object)new { listingId = $"item-{alias}", alias }));
            Assert.All(results, result => Assert.Equal(201, result["status"]!.GetValue<int>()));
        }
        foreach (var alias in olds.Where((_, i) => i % 50 == 0))
            Assert.Equal($"/item/item-{alias}", (await app.Client.GetAsync("/" + alias)).Headers.Location!.AbsolutePath);
    }

    [Fact]
    public async Task Of_simultaneous_claims_of_an_alias_exactly_one_wins()
    {
        var prefix = azurite.NewPrefix();
        await using var one = await TestApp.StartAsync(azurite, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        await one.MintAsync(new { listingId = "item-0", alias = "warm-up" });
        for (var round = 0; round < Scale.Of(50); round++)
        {
            var statuses = await Task.WhenAll(Enumerable.Range(0, 32).Select(async i =>
            {
                using var response = await (i % 2 == 0 ? one : other).Client.PostAsync("/api/links", TestApp.Json(new { listingId = $"item-{i}", alias = $"alias-{round}" }));
                return response.StatusCode;
            }));
            Assert.Equal(1, statuses.Count(status => status == HttpStatusCode.Created));
            Assert.Equal(31, statuses.Count(status => status == HttpStatusCode.Conflict));
        }
    }

    [Fact]
    public async Task An_alias_of_a_mint_that_was_interrupted_becomes_free_again()
    {
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton(provider =>
            new ShareLinks.Links.AliasTable(provider.GetRequiredService<ShareLinks.Storage.StorageAccount>(), TimeProvider.System, abandonedAfter: TimeSpan.FromSeconds(3))));
        var aliases = app.Get<ShareLinks.Links.AliasTable>();
        var links = app.Get<ShareLinks.Links.LinkTable>();
        Assert.True(await aliases.AddAsync("orphan", new(999_999), links.ExistsAsync));
        using var early = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", alias = "orphan" }));
        Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        await Task.Delay(TimeSpan.FromSeconds(4.5), TimeProvider.System);
        using var later = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", alias = "orphan" }));
        Assert.Equal(HttpStatusCode.Created, later.StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/orphan")).StatusCode);
    }

    [Fact]
    public async Task Listings_come_in_by_the_thousand_each_with_a_result_of_its_own()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var listings = Enumerable.Range(0, Scale.Of(1000) - 3).Select(i => (object)new { id = $"item-{i}", title = $"Lamp {i}" })
            .Append(new { title = "no id" }).Append(new { id = "item-0", price = -1, currency = "CNY" }).Append(new { id = "item-1", state = "sold" }).ToList();
        using var response = await app.Client.PostAsync("/api/listings/batch", TestApp.Json(new { listings }));
        var results = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["results"]!.AsArray();
        Assert.Equal(listings.Count, results.Count);
        Assert.All(results.SkipLast(3), result => Assert.Equal(200, result!["status"]!.GetValue<int>()));
        Assert.Equal(("/id", "/price"), (Pointer(results[^3]!), Pointer(results[^2]!)));
        Assert.Equal(("Lamp 1", "sold"), (results[^1]!["listing"]!["title"]!.GetValue<string>(), results[^1]!["listing"]!["state"]!.GetValue<string>()));
        Assert.Equal("Lamp 2", (await app.GetJsonAsync("/api/listings/item-2"))["title"]!.GetValue<string>());

        static string Pointer(JsonNode result) => result["problem"]!["errors"]![0]!["pointer"]!.GetValue<string>();
    }

    private static async Task<List<JsonNode>> BatchAsync(TestApp app, IEnumerable<object> links)
    {
        using var response = await app.Client.PostAsync("/api/links/batch", TestApp.Json(new { links = links.ToArray() }));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return [.. JsonNode.Parse(text)!["results"]!.AsArray().Select(result => result!)];
    }
}
