using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Minting;

public class LinkEndpointsTests(Azurite azurite)
{
    [Fact]
    public async Task A_minted_link_is_told_whole_and_reads_back_the_same()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/api/links", new StringContent(
            """
            { "listingId": "item-1001",
              "listing": { "title": "iPhone 13 128G 95新", "price": 2399.00, "currency": "CNY", "imageUrl": "https://img.example/1.jpg" },
              "sharerId": "user-7", "channel": "wechat", "campaign": "spring", "placement": null,
              "parent": null, "alias": null, "expiresAt": null, "tags": { "group": "g-88" }, "destinations": null }
            """,
            Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var link = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        var code = link["code"]!.GetValue<string>();
        Assert.Equal($"/api/links/{code}", response.Headers.Location!.ToString());
        Assert.Equal(new Uri(app.Client.BaseAddress!, code).ToString(), link["url"]!.GetValue<string>());
        var expected = JsonNode.Parse(
            $$"""
            { "listingId": "item-1001", "sharerId": "user-7", "channel": "wechat", "campaign": "spring", "placement": null, "parent": null,
              "root": "{{code}}", "depth": 0, "alias": null, "tags": { "group": "g-88" }, "destinations": null, "expiresAt": null, "disabledAt": null }
            """)!.AsObject();
        foreach (var (name, value) in expected)
            Assert.True(JsonNode.DeepEquals(value, link[name]), name);
        Assert.Equal(link.ToJsonString(), (await app.GetJsonAsync($"/api/links/{code}")).ToJsonString());
        var listing = await app.GetJsonAsync("/api/listings/item-1001");
        Assert.Equal(("iPhone 13 128G 95新", 2399.00m, "CNY", "available"), (
            listing["title"]!.GetValue<string>(), listing["price"]!.GetValue<decimal>(), listing["currency"]!.GetValue<string>(), listing["state"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("{}", "/listingId")]
    [InlineData("""{"listingId":""}""", "/listingId")]
    [InlineData("""{"listingId":".."}""", "/listingId")]
    [InlineData("""{"listingId":"a/b"}""", "/listingId")]
    [InlineData("""{"listingId":"a%2fb"}""", "/listingId")]
    [InlineData("""{"listingId":"x","listing":{"updatedAt":"0001-01-01T00:00:00Z"}}""", "/listing/updatedAt")]
    [InlineData("""{"listingId":"x","destinations":{"web":"https://a\u2488com/"}}""", "/destinations/web")]
    [InlineData("""{"listingId":"x","listing":{"imageUrl":"https://img.example\uff0fevil/"}}""", "/listing/imageUrl")]
    [InlineData("""{"listingId":"a\u0000b"}""", "/listingId")]
    [InlineData("""{"listingId":5}""", "/listingId")]
    [InlineData("""{"listingId":"x","chanel":"wechat"}""", "/chanel")]
    [InlineData("""{"listingId":"x","listingId":"y"}""", "/listingId")]
    [InlineData("""{"listingId":"x","channel":"WeChat"}""", "/channel")]
    [InlineData("""{"listingId":"x","campaign":""}""", "/campaign")]
    [InlineData("""{"listingId":"x","placement":"/a//b"}""", "/placement")]
    [InlineData("""{"listingId":"x","parent":"nosuchcode"}""", "/parent")]
    [InlineData("""{"listingId":"x","alias":"a b"}""", "/alias")]
    [InlineData("""{"listingId":"x","alias":"ab"}""", "/alias")]
    [InlineData("""{"listingId":"x","alias":"api"}""", "/alias")]
    [InlineData("""{"listingId":"x","alias":"Docs"}""", "/alias")]
    [InlineData("""{"listingId":"x","expiresAt":"2001-01-01T00:00:00Z"}""", "/expiresAt")]
    [InlineData("""{"listingId":"x","expiresAt":"2101-01-01T00:00:00"}""", "/expiresAt")]
    [InlineData("""{"listingId":"x","expiresAt":"tomorrow"}""", "/expiresAt")]
    [InlineData("""{"listingId":"x","tags":{"Group":"g"}}""", "/tags/Group")]
    [InlineData("""{"listingId":"x","tags":{"group":null}}""", "/tags/group")]
    [InlineData("""{"listingId":"x","tags":{"group":7}}""", "/tags/group")]
    [InlineData("""{"listingId":"x","tags":"g"}""", "/tags")]
    [InlineData("""{"listingId":"x","destinations":{"web":"https://evil.example/"}}""", "/destinations/web")]
    [InlineData("""{"listingId":"x","destinations":{"web":"javascript:alert(1)"}}""", "/destinations/web")]
    [InlineData("""{"listingId":"x","destinations":{"web":"//market.example/"}}""", "/destinations/web")]
    [InlineData("""{"listingId":"x","listing":{"price":-1,"currency":"CNY"}}""", "/listing/price")]
    [InlineData("""{"listingId":"x","listing":{"price":"5","currency":"CNY"}}""", "/listing/price")]
    [InlineData("""{"listingId":"x","listing":{"price":1e300,"currency":"CNY"}}""", "/listing/price")]
    [InlineData("""{"listingId":"x","listing":{"price":5}}""", "/listing/currency")]
    [InlineData("""{"listingId":"x","listing":{"state":"gone"}}""", "/listing/state")]
    [InlineData("""{"listingId":"x","listing":{"state":null}}""", "/listing/state")]
    [InlineData("""{"listingId":"x","listing":{"successorId":"x"}}""", "/listing/successorId")]
    [InlineData("""{"listingId":"x","listing":{"updatedAt":"9999-12-31T23:59:59Z"}}""", "/listing/updatedAt")]
    [InlineData("""{"destinations":{"web":"https://market.example/x"},"listing":{"title":"t"}}""", "/listing")]
    [InlineData("[]", "")]
    [InlineData("null", "")]
    [InlineData("{", "")]
    public async Task A_wrong_field_is_named_and_nothing_is_minted(string body, string pointer)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/api/links", new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = JsonNode.Parse(text)!;
        Assert.Equal(pointer, Assert.Single(problem["errors"]!.AsArray())!["pointer"]!.GetValue<string>());
        Assert.NotEmpty(problem["requestId"]!.GetValue<string>());
        Assert.DoesNotContain(app.Storage.Requests, request => request.Method != "GET" && request.Path.EndsWith("links", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_wrong_fields_are_named_at_once()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/api/links", TestApp.Json(new { channel = "!", campaign = "", tags = new Dictionary<string, string> { ["X"] = "1" } }));
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(["/listingId", "/channel", "/campaign", "/tags/X"], problem["errors"]!.AsArray().Select(error => error!["pointer"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_link_of_its_own_leads_where_it_says()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { destinations = new { web = "https://market.example/event?x=1#top" } });
        var response = await app.Client.GetAsync("/" + code);
        Assert.Matches("^https://market\\.example/event\\?x=1&clickId=[0-9A-Za-z]{22}#top$", response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_share_of_a_share_knows_its_parent_root_and_depth()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var root = await app.MintAsync(new { listingId = "item-1", alias = "summer-sale" });
        var child = await app.MintAsync(new { listingId = "item-1", parent = "summer-sale" });
        var grandchild = await app.MintAsync(new { listingId = "item-1", parent = child["code"]!.GetValue<string>() });
        Assert.Equal((root["code"]!.GetValue<string>(), child["code"]!.GetValue<string>(), 2), (
            grandchild["root"]!.GetValue<string>(), grandchild["parent"]!.GetValue<string>(), grandchild["depth"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_parent_may_be_named_in_any_form_that_a_sharer_may_have()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var root = await app.MintAsync(new { listingId = "item-1", alias = "summer-sale" });
        var code = root["code"]!.GetValue<string>();
        var clickId = (await app.Client.GetAsync("/" + code)).Headers.Location!.Query.Split("clickId=")[1];
        foreach (var parent in new[] { code, "summer-sale", root["token"]!.GetValue<string>(), clickId })
            Assert.Equal(code, (await app.MintAsync(new { listingId = "item-1", parent }))["parent"]!.GetValue<string>());
        using var none = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", parent = app.Get<ShareLinks.Codes.ClickIdCodes>().Encode(new(1, 2, 3)) }));
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
    }

    [Fact]
    public async Task A_parent_click_past_retention_is_left_out_and_the_link_minted()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var root = await app.MintCodeAsync(new { listingId = "item-1" });
        var clickId = (await app.Client.GetAsync("/" + root)).Headers.Location!.Query.Split("clickId=")[1];
        Assert.True(app.Get<ClickIdCodes>().TryDecode(clickId, out var click));
        Assert.Equal(root, (await app.MintAsync(new { listingId = "item-1", parent = clickId }))["parent"]!.GetValue<string>());

        // As retention leaves the stream.
        var (blocks, end) = (app.Get<BlockTable>(), new BlockKey(click.Stream, click.Sequence + 1));
        await blocks.DeleteAsync(click.Stream, CancellationToken.None);
        await app.Get<RetentionRecord>().AdvanceAsync(new Retention(1, 1, TimeProvider.System.GetUtcNow()), CancellationToken.None);
        var link = await app.MintAsync(new { listingId = "item-1", parent = clickId });
        Assert.Null(link["parent"]);
        Assert.Equal((link["code"]!.GetValue<string>(), 0), (link["root"]!.GetValue<string>(), link["depth"]!.GetValue<int>()));

        // One that waits to be stored in a stream that has others; one that moved to another stream, which then went.
        Assert.True(await blocks.SealAsync(end, CancellationToken.None));
        var moved = new BlockKey(end.Stream, end.Sequence + 3);
        using var waiting = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", parent = app.Get<ClickIdCodes>().Encode(moved.Click(0)) }));
        Assert.Equal(HttpStatusCode.BadRequest, waiting.StatusCode);
        await blocks.MovedAsync(end, end.Stream + 1, CancellationToken.None);
        Assert.Null((await app.MintAsync(new { listingId = "item-1", parent = app.Get<ClickIdCodes>().Encode(moved.Click(0)) }))["parent"]);
        Assert.True(await blocks.SealAsync(new BlockKey(end.Stream + 1, 9), CancellationToken.None));
        using var never = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", parent = app.Get<ClickIdCodes>().Encode(moved.Click(0)) }));
        Assert.Equal(HttpStatusCode.BadRequest, never.StatusCode);
    }

    [Fact]
    public async Task An_alias_opens_its_link_and_belongs_to_one()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1", alias = "Summer_sale-26" });
        Assert.Equal("Summer_sale-26", link["alias"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/Summer_sale-26")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/summer_sale-26")).StatusCode);
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(("alias", link["code"]!.GetValue<string>()), (click["entry"]!.GetValue<string>(), click["code"]!.GetValue<string>()));
        using var second = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-2", alias = "Summer_sale-26" }));
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains("alias_taken", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var likeACode = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-2", alias = link["code"]!.GetValue<string>() }));
        Assert.Equal(HttpStatusCode.BadRequest, likeACode.StatusCode);
    }

    [Fact]
    public async Task Links_are_listed_by_listing_and_by_sharer_the_newest_first_in_pages()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var minted = new List<string>();
        for (var i = 0; i < 120; i++)
            minted.Add(await app.MintCodeAsync(new { listingId = "闲鱼\\item#1?", sharerId = "user|7" }));
        await app.MintAsync(new { listingId = "闲鱼\\item#1", sharerId = "user" });
        minted.Reverse();
        foreach (var query in new[] { "listingId=" + Uri.EscapeDataString("闲鱼\\item#1?"), "sharerId=" + Uri.EscapeDataString("user|7") })
        {
            var first = await app.GetJsonAsync("/api/links?" + query);
            var second = await app.GetJsonAsync($"/api/links?{query}&cursor={first["cursor"]}");
            Assert.Equal(minted, first["links"]!.AsArray().Concat(second["links"]!.AsArray()).Select(link => link!["code"]!.GetValue<string>()));
            Assert.Equal(100, first["links"]!.AsArray().Count);
            Assert.Null(second["cursor"]);
        }
        Assert.Empty((await app.GetJsonAsync("/api/links?sharerId=nobody"))["links"]!.AsArray());
        foreach (var query in new[] { "", "?listingId=a&sharerId=b", "?listingId=", "?listingId=a&cursor=x" })
            Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync("/api/links" + query)).StatusCode);
    }

    [Fact]
    public async Task A_change_keeps_what_it_does_not_name_and_affects_later_clicks_alone()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat", campaign = "spring", placement = "hz/1", tags = new { group = "g-1" } });
        await app.Client.GetAsync("/" + code);
        var changed = await PatchAsync(app, code, """{"listingId":"item-2","campaign":null,"channel":"qq"}""", HttpStatusCode.OK);
        Assert.Equal(("item-2", "qq", null, "hz/1", "g-1"), (
            changed["listingId"]!.GetValue<string>(), changed["channel"]!.GetValue<string>(), changed["campaign"]?.GetValue<string>(),
            changed["placement"]!.GetValue<string>(), changed["tags"]!["group"]!.GetValue<string>()));
        var response = await app.Client.GetAsync("/" + code);
        Assert.StartsWith("https://market.example/item/item-2?", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var (clicks, _) = await app.ReadFeedAsync();
        Assert.Equal(["item-1", "item-2"], clicks.Select(click => click["listingId"]!.GetValue<string>()));
        Assert.Equal(["wechat", "qq"], clicks.Select(click => click["channel"]!.GetValue<string>()));
        Assert.Empty((await app.GetJsonAsync("/api/links?listingId=item-1"))["links"]!.AsArray());
        Assert.Single((await app.GetJsonAsync("/api/links?listingId=item-2"))["links"]!.AsArray());

        Assert.NotNull((await PatchAsync(app, code, """{"disabled":true}""", HttpStatusCode.OK))["disabledAt"]);
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.GetAsync("/" + code)).StatusCode);
        Assert.Null((await PatchAsync(app, code, """{"disabled":false}""", HttpStatusCode.OK))["disabledAt"]);
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
        await PatchAsync(app, code, """{"listingId":null}""", HttpStatusCode.BadRequest);
        await PatchAsync(app, code, """{"alias":"x"}""", HttpStatusCode.BadRequest);
        await PatchAsync(app, "AbC3dE9kQ", """{"disabled":true}""", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_expired_link_is_gone()
    {
        var time = new ShiftedTime();
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(time));
        var code = await app.MintCodeAsync(new { listingId = "item-1", expiresAt = time.GetUtcNow() + TimeSpan.FromDays(1) });
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
        time.Shift = TimeSpan.FromDays(1);
        var response = await app.Client.GetAsync("/" + code);
        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        Assert.Contains("link_expired", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<JsonNode> PatchAsync(TestApp app, string code, string body, HttpStatusCode expected)
    {
        using var response = await app.Client.PatchAsync($"/api/links/{code}", new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, text);
        return JsonNode.Parse(text)!;
    }
}
