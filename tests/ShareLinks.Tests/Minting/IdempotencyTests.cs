using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Minting;

public class IdempotencyTests(Azurite azurite, PublishedApp published)
{
    private static readonly object Whole = new
    {
        listingId = "item-1",
        listing = new { title = "Lamp" },
        sharerId = "user-7",
        channel = "qq",
        alias = "summer",
        parent = "root",
        tags = new { group = "g-1" },
    };

    [Fact]
    public async Task Every_retry_gives_the_same_answer_for_two_transactions_more()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await PostAsync(app.Client, "/api/links", new { listingId = "item-0", sharerId = "user-0", alias = "root" }, "first");
        app.Storage.Reset();
        var (status, first) = await PostAsync(app.Client, "/api/links", Whole, "key-1");
        Assert.Equal(HttpStatusCode.Created, status);
        // Four or five for the mint, one for the alias, two for the parent (cached here), two for the key.
        Assert.InRange(app.Storage.Count, 1, 10);
        for (var i = 0; i < 3; i++)
        {
            app.Storage.Reset();
            var (again, second) = await PostAsync(app.Client, "/api/links", Whole, "key-1");
            Assert.Equal((HttpStatusCode.Created, first), (again, second));
        }
        Assert.Single((await app.GetJsonAsync("/api/links?listingId=item-1"))["links"]!.AsArray());
    }

    [Fact]
    public async Task A_key_with_another_body_is_refused_and_another_key_or_caller_is_another_call()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (_, first) = await PostAsync(app.Client, "/api/links", new { listingId = "item-1" }, "key-1");
        var (status, problem) = await PostAsync(app.Client, "/api/links", new { listingId = "item-2" }, "key-1");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("idempotency_key_reused", problem, StringComparison.Ordinal);
        Assert.NotEqual(first, (await PostAsync(app.Client, "/api/links", new { listingId = "item-1" }, "key-2")).Body);
        using var other = await app.Client.PostAsync("/api/keys", TestApp.Json(new { scopes = new[] { "mint" } }));
        using var client = new HttpClient { BaseAddress = app.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new("Bearer", JsonNode.Parse(await other.Content.ReadAsStringAsync())!["key"]!.GetValue<string>());
        Assert.NotEqual(first, (await PostAsync(client, "/api/links", new { listingId = "item-1" }, "key-1")).Body);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(app.Client, "/api/links", new { listingId = "item-1" }, new string('k', 129))).Status);
    }

    [Fact]
    public async Task A_key_is_kept_for_a_day()
    {
        var time = new ShiftedTime();
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(time));
        var body = new { listingId = "item-1", expiresAt = time.GetUtcNow() + TimeSpan.FromHours(1) };
        var (_, first) = await PostAsync(app.Client, "/api/links", body, "key-1");
        // A retry is judged as of the first try: then the expiry was in the future.
        time.Shift = TimeSpan.FromHours(23);
        Assert.Equal((HttpStatusCode.Created, first), await PostAsync(app.Client, "/api/links", body, "key-1"));
        time.Shift = TimeSpan.FromHours(25);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(app.Client, "/api/links", body, "key-1")).Status);
        Assert.Equal(HttpStatusCode.Created, (await PostAsync(app.Client, "/api/links", new { listingId = "item-2" }, "key-1")).Status);
    }

    [Fact]
    public async Task A_later_change_of_the_link_survives_a_retry()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var body = new { listingId = "item-1", listing = new { title = "Lamp" } };
        var (_, first) = await PostAsync(app.Client, "/api/links", body, "key-1");
        var code = JsonNode.Parse(first)!["code"]!.GetValue<string>();
        await app.Client.PatchAsync($"/api/links/{code}", TestApp.Json(new { channel = "qq" }));
        await app.Client.PutAsync("/api/listings/item-1", TestApp.Json(new { title = "Better lamp" }));
        // The link is the same again; its text names the listing as it is by then.
        Assert.Equal((HttpStatusCode.Created, first.Replace("Lamp", "Better lamp", StringComparison.Ordinal)), await PostAsync(app.Client, "/api/links", body, "key-1"));
        Assert.Equal("Better lamp", (await app.GetJsonAsync("/api/listings/item-1"))["title"]!.GetValue<string>());
        Assert.Equal("qq", (await app.GetJsonAsync($"/api/links/{code}"))["channel"]!.GetValue<string>());
        await using var fresh = await TestApp.StartAsync(azurite, prefix: app.Get<ShareLinks.Storage.StorageOptions>().TablePrefix);
        Assert.Equal("qq", (await fresh.GetJsonAsync($"/api/links/{code}"))["channel"]!.GetValue<string>());
    }

    [Fact]
    public async Task Sixteen_tries_at_once_on_two_instances_make_the_same_links()
    {
        var prefix = azurite.NewPrefix();
        Dictionary<string, string?> settings = new() { ["ShareLinks:BaseUrl"] = "https://s.example" };
        await using var one = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        for (var round = 0; round < Scale.Of(20); round++)
        {
            var batch = new { links = Enumerable.Range(0, 120).Select(i => new { listingId = $"item-{round}", sharerId = "user-7", alias = i < 3 ? $"alias-{round}-{i}" : null }) };
            var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => PostAsync((i % 2 == 0 ? one : other).Client, "/api/links/batch", batch, $"key-{round}")));
            Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, answers[0].Body), answer));
            Assert.DoesNotContain("problem", answers[0].Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_kill_after_any_write_of_a_mint_leaves_nothing_that_a_retry_does_not_complete()
    {
        var folder = await published.ProgramFolderAsync();
        var writes = await RunAsync(int.MaxValue);
        Assert.InRange(writes, 6, 20);
        await KillPoints.VisitAsync(writes, atOnce: 2, RunAsync);

        async Task<int> RunAsync(int faultPoint)
        {
            var prefix = azurite.NewPrefix();
            await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
            await other.MintAsync(new { listingId = "item-0", alias = "root" });
            await using var proxy = await StorageProxy.StartAsync(azurite);
            await using var app = await AppProcess.StartAsync(folder, proxy.ConnectionString, prefix);
            var writes = 0;
            proxy.After = request =>
            {
                if (request.Method == "GET" || Interlocked.Increment(ref writes) != faultPoint)
                    return Fault.None;
                app.Kill();
                return Fault.Cut;
            };
            if (faultPoint == int.MaxValue)
                await PostAsync(app.Client, "/api/links", Whole, "key-1");
            else
                await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(app.Client, "/api/links", Whole, "key-1"));

            var (status, first) = await PostAsync(other.Client, "/api/links", Whole, "key-1");
            Assert.Equal(HttpStatusCode.Created, status);
            Assert.Equal((status, first), await PostAsync(other.Client, "/api/links", Whole, "key-1"));
            var code = JsonNode.Parse(first)!["code"]!.GetValue<string>();
            foreach (var query in new[] { "listingId=item-1", "sharerId=user-7" })
                Assert.Equal(code, Assert.Single((await other.GetJsonAsync("/api/links?" + query))["links"]!.AsArray())!["code"]!.GetValue<string>());
            Assert.Equal(code, (await other.GetJsonAsync("/summer?format=json"))["code"]!.GetValue<string>());
            return writes;
        }
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(HttpClient client, string path, object body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = TestApp.Json(body) };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
