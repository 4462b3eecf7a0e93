using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

public class ResolveEndpointsTests(Azurite azurite)
{
    [Fact]
    public async Task A_link_leads_to_the_listing_s_page_and_no_cache_keeps_it()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "a b\\ü?&#" });
        using var response = await app.Client.GetAsync("/" + code);
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Matches("^https://market\\.example/item/a%20b%5C%C3%BC%3F%26%23\\?clickId=[0-9A-Za-z]{22}$", response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Head_answers_the_same_and_records_nothing()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync();
        using var response = await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/" + code));
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Empty((await app.ReadFeedAsync()).Clicks);
    }

    [Fact]
    public async Task Format_json_tells_the_decision_and_records_nothing()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "item-1", alias = "summer" });
        var decision = await app.GetJsonAsync("/summer?format=json");
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse($$$"""{"code":"{{{code}}}","listingId":"item-1","client":{"app":"chrome","os":"windows","device":"desktop","isBot":false},"decision":{"action":"redirect","target":"https://market.example/item/item-1?clickId=","rule":"desktop","destination":"web","ways":["web"]}}"""), decision));
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync($"/{code}?format=xml")).StatusCode);
        Assert.Empty((await app.ReadFeedAsync()).Clicks);
    }

    [Theory]
    [InlineData("available", null, "web", "/item/item-1")]
    [InlineData("sold", null, "similar", "/like/item-1")]
    [InlineData("sold", "available", "successor", "/item/item-2")]
    [InlineData("sold", "sold", "similar", "/like/item-1")]
    [InlineData("removed", "available", "successor", "/item/item-2")]
    [InlineData("removed", null, "similar", "/like/item-1")]
    public async Task A_listing_that_is_gone_leads_on_and_the_click_stays_attributed(string state, string? successor, string rule, string path)
    {
        await using var app = await TestApp.StartAsync(azurite);
        await app.Client.PutAsync("/api/listings/item-2", TestApp.Json(new { title = "Newer", state = successor ?? "sold" }));
        var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-7", listing = new { state, successorId = successor is null ? null : "item-2" } });
        Assert.Equal(rule, (await app.GetJsonAsync($"/{code}?format=json"))["decision"]!["destination"]!.GetValue<string>());
        Assert.Equal(path, (await app.Client.GetAsync("/" + code)).Headers.Location!.AbsolutePath);
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(("item-1", "user-7"), (click["listingId"]!.GetValue<string>(), click["sharerId"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_removed_listing_with_nothing_in_its_place_is_gone()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Destinations:Similar"] = "" });
        var removed = await app.MintCodeAsync(new { listingId = "item-1", listing = new { state = "removed" } });
        var sold = await app.MintCodeAsync(new { listingId = "item-2", listing = new { state = "sold" } });
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.GetAsync("/" + removed)).StatusCode);
        Assert.Equal("/item/item-2", (await app.Client.GetAsync("/" + sold)).Headers.Location!.AbsolutePath);
    }

    [Theory]
    [InlineData("zh-CN,zh;q=0.9", "没有找到这个链接", "lang=\"zh-CN\"")]
    [InlineData("en-GB", "This link was not found", "lang=\"en\"")]
    [InlineData(null, "This link was not found", "lang=\"en\"")]
    public async Task People_get_a_friendly_page_in_their_language(string? language, string text, string lang)
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var path in new[] { "/AbC3dE9k", "/no/such/place" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
            if (language is not null)
                request.Headers.Add("Accept-Language", language);
            using var response = await app.Client.SendAsync(request);
            var page = await response.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Contains(text, page, StringComparison.Ordinal);
            Assert.Contains(lang, page, StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Programs_get_a_problem()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.GetAsync("/AbC3dE9k");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("link_unknown", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_root_answers_without_storage()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString });
        proxy.Before = _ => Fault.Hang;
        app.Storage.Reset();
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
            Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(new(method, "/"))).StatusCode);
        Assert.Empty(app.Storage.Requests);
    }

    [Fact]
    public async Task Without_storage_cached_links_go_on_and_others_are_unavailable()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString,
            ["ShareLinks:Clicks:CommitDeadline"] = "00:00:00.100",
        });
        var cached = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + cached);
        proxy.Before = _ => Fault.Busy;
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + cached)).StatusCode);
        var uncached = app.Get<ShareLinks.Codes.ShortCodes>().Encode(new(123_456));
        using var response = await app.Client.GetAsync("/" + uncached);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("1", response.Headers.RetryAfter!.ToString());
        Assert.Contains("storage_unavailable", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("unreachable", (await app.GetJsonAsync("/api/health"))["storage"]!.GetValue<string>());
        proxy.Before = _ => Fault.None;
    }
}
