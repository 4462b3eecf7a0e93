using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Security;
using ShareLinks.Tests.Support;
using ShareLinks.WeChat;

namespace ShareLinks.Tests.WeChat;

public sealed class WeChatEndpointsTests(Azurite azurite) : IAsyncLifetime
{
    private WeChatServer server = null!;

    public async ValueTask InitializeAsync() => server = await WeChatServer.StartAsync(TimeProvider.System);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task The_picture_of_a_link_tells_the_mini_program_its_token()
    {
        await using var app = await StartAsync();
        var link = await app.MintAsync(new { listingId = "item-1", alias = "spring-sale" });
        var token = link["token"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal);
        foreach (var name in new[] { link["code"]!.GetValue<string>(), "spring-sale", token })
        {
            using var response = await app.Client.GetAsync($"/{name}/wxacode.png");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("image/jpeg", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal("public, max-age=86400", response.Headers.CacheControl!.ToString());
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal(WeChatServer.Picture(token, 430), await response.Content.ReadAsByteArrayAsync());
        }
        Assert.Equal(1, server.Count(WeChatServer.CodeCall));
        using var wide = await app.Client.GetAsync($"/{link["code"]}/wxacode.png?width=1280");
        Assert.Equal(WeChatServer.Picture(token, 1280), await wide.Content.ReadAsByteArrayAsync());

        // What the mini program is started with leads back to the link.
        var resolved = JsonNode.Parse(await (await app.Client.PostAsync("/api/resolve", TestApp.Json(new { text = token }))).Content.ReadAsStringAsync())!;
        Assert.Contains("item-1", resolved.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_tag_spares_a_second_transfer_and_a_head_request_the_first()
    {
        await using var app = await StartAsync();
        var path = $"/{await app.MintCodeAsync()}/wxacode.png";
        using var head = await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        var tag = head.Headers.ETag!;
        Assert.False(tag.IsWeak);
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { tag } } };
        using var response = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Equal(tag, response.Headers.ETag);
        Assert.NotEqual(tag, (await app.Client.GetAsync(path + "?width=280")).Headers.ETag);
    }

    [Theory]
    [InlineData("279")]
    [InlineData("1281")]
    [InlineData("300")]
    [InlineData("-430")]
    [InlineData("4e2")]
    [InlineData("")]
    public async Task A_width_that_WeChat_does_not_draw_is_refused(string width)
    {
        await using var app = await StartAsync();
        await AssertProblemAsync(app, $"/{await app.MintCodeAsync()}/wxacode.png?width={width}", HttpStatusCode.BadRequest, "invalid_request");
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task A_network_may_ask_for_so_many_pictures_at_once_and_those_in_memory_are_nearly_free()
    {
        var limiter = new PictureLimiter(new ClientAddress("X-Client", isPeerTheClient: false), new FakeTimeProvider());
        await using var app = await StartAsync(services => services.AddSingleton(limiter));
        using var minted = await app.Client.PostAsync("/api/links/batch", TestApp.Json(new { links = Enumerable.Range(0, 41).Select(_ => new { listingId = "item-1" }) }));
        var codes = JsonNode.Parse(await minted.Content.ReadAsStringAsync())!["results"]!.AsArray().Select(result => result!["link"]!["code"]!.GetValue<string>()).ToArray();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(codes[40], "203.0.113.8"));
        for (var i = 0; i < 39; i++)
            Assert.Equal(HttpStatusCode.OK, await AskAsync(codes[i], "203.0.113.7"));
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.OK, await AskAsync(codes[40], "203.0.113.7"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(codes[39], "203.0.113.7"));
        Assert.Equal(40, server.Count(WeChatServer.CodeCall));

        async Task<HttpStatusCode> AskAsync(string code, string address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/{code}/wxacode.png") { Headers = { { "X-Client", address } } };
            using var answer = await app.Client.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task An_unknown_link_has_no_picture_and_costs_no_call()
    {
        await using var app = await StartAsync();
        await AssertProblemAsync(app, "/nobody-made-this/wxacode.png", HttpStatusCode.NotFound, "link_unknown");
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task Without_credentials_there_is_no_picture_and_no_url_link()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Apps:WeChat:MiniProgramAppId"] = WeChatServer.AppId });
        await AssertProblemAsync(app, $"/{await app.MintCodeAsync()}/wxacode.png", HttpStatusCode.NotFound, "wechat_not_configured");
        var wechat = app.Get<IWeChat>();
        Assert.IsType<NoWeChat>(wechat);
        Assert.Null(await wechat.UrlLinkAsync("item-1", "c"));
        Assert.Null(await wechat.MiniProgramCodeAsync("7K2M9QXA3FVD", 430));
        Assert.NotNull(app.Get<MiniProgram>().PlainScheme("item-1", "c"));
    }

    [Fact]
    public async Task While_WeChat_does_not_answer_it_says_when_to_try_again()
    {
        await using var app = await StartAsync();
        server.FailWith(-1, "system error", WeChatServer.CodeCall);
        var path = $"/{await app.MintCodeAsync()}/wxacode.png";
        using var response = await AssertProblemAsync(app, path, HttpStatusCode.ServiceUnavailable, "wechat_unavailable");
        Assert.Equal(TimeSpan.FromMinutes(1), response.Headers.RetryAfter!.Delta);
        Assert.Null(response.Headers.ETag);
        Assert.Null(response.Headers.CacheControl);
    }

    [Fact]
    public async Task A_wrong_setting_stops_the_start_by_name()
    {
        var fault = await Assert.ThrowsAsync<ShareLinks.Hosting.SettingsException>(() =>
            TestApp.StartAsync(azurite, new() { ["ShareLinks:Apps:WeChat:MiniProgramAppId"] = "wx1", ["ShareLinks:Apps:WeChat:AppSecret"] = WeChatServer.Secret }));
        Assert.StartsWith("ShareLinks:Apps:WeChat:MiniProgramAppId must be", fault.Message, StringComparison.Ordinal);
    }

    private Task<TestApp> StartAsync(Action<IServiceCollection>? more = null) => TestApp.StartAsync(
        azurite,
        new() { ["ShareLinks:Apps:WeChat:MiniProgramAppId"] = WeChatServer.AppId, ["ShareLinks:Apps:WeChat:AppSecret"] = WeChatServer.Secret },
        services =>
        {
            services.AddSingleton(new WeChatApi(WeChatServer.Options, TimeProvider.System, new LogEntries<WeChatApi>(), server.Address));
            more?.Invoke(services);
        });

    private static async Task<HttpResponseMessage> AssertProblemAsync(TestApp app, string path, HttpStatusCode status, string code)
    {
        var response = await app.Client.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal((status, code), (response.StatusCode, JsonNode.Parse(text)!["code"]!.GetValue<string>()));
        Assert.DoesNotContain(WeChatServer.Secret, text, StringComparison.Ordinal);
        return response;
    }
}
