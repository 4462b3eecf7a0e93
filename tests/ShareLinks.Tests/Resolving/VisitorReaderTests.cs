using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

/// <summary>What a click keeps of its visitor.</summary>
public class VisitorReaderTests(Azurite azurite)
{
    private readonly ShiftedTime time = new();

    private static readonly Dictionary<string, string?> BehindEdge = new() { ["ShareLinks:ClientAddressHeader"] = "X-Client" };

    [Fact]
    public async Task A_click_keeps_app_system_device_country_language_and_referrer_and_no_address()
    {
        await using var app = await TestApp.StartAsync(azurite, BehindEdge);
        await OpenAsync(app, "114.114.114.114", referrer: "https://m.weibo.cn/u/1?secret=2");
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(
            ("safari", "ios", "mobile", "CN", "zh-CN", "m.weibo.cn"),
            (Text(click, "app"), Text(click, "os"), Text(click, "device"), Text(click, "country"), Text(click, "language"), Text(click, "referrer")));
        Assert.DoesNotContain("114.114", click.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_day_s_number_tells_visitors_apart()
    {
        await using var app = await StartWithSaltAsync();
        foreach (var address in new[] { "203.0.113.7", "203.0.113.7", "203.0.113.8", null })
            await OpenAsync(app, address);
        var hashes = (await StoredAsync(app)).Select(click => click.VisitorHash).ToArray();
        Assert.NotEqual(0, hashes[0]);
        Assert.Equal(hashes[0], hashes[1]);
        Assert.NotEqual(hashes[0], hashes[2]);
        Assert.Equal(0, hashes[3]);
    }

    [Fact]
    public async Task In_WeChat_somebody_else_s_opening_of_a_visit_s_address_was_forwarded_and_leaves_the_visit_to_be_continued()
    {
        await using var app = await StartWithSaltAsync();
        using var first = await OpenAsync(app, "203.0.113.7", agent: Agents.WechatAndroid);
        var address = first.Headers.Location!.ToString();
        time.Shift = TimeSpan.FromSeconds(20);
        using var friend = await OpenAsync(app, "203.0.113.8", address, Agents.WechatAndroid);
        Assert.Equal(HttpStatusCode.Found, friend.StatusCode);
        using var again = await OpenAsync(app, "203.0.113.7", address, Agents.WechatAndroid);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var browser = await OpenAsync(app, "203.0.113.7", address);
        var clicks = (await app.ReadFeedAsync()).Clicks;
        var visit = Feed.Id(clicks[0]);
        Assert.Equal(
            [(null, null), (null, visit), (visit, null)],
            clicks.Select(click => (click["continues"]?.GetValue<string>(), click["forwardedFrom"]?.GetValue<string>())));
    }

    [Theory]
    [InlineData("Off", null, false, false)]
    [InlineData("Ask", null, false, true)]
    [InlineData("On", null, true, false)]
    [InlineData("On", "Sec-GPC", false, false)]
    [InlineData("Ask", "DNT", false, false)]
    public async Task A_visitor_is_remembered_only_as_the_deployment_and_the_browser_let_us(string mode, string? objection, bool isSet, bool isAsked)
    {
        await using var app = await TestApp.StartAsync(azurite, new(BehindEdge) { ["ShareLinks:Visitors:Cookie"] = mode, ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket" });
        using var response = await OpenAsync(app, "203.0.113.7", objection: objection);
        Assert.Equal(isSet, response.Headers.TryGetValues("Set-Cookie", out var cookies));
        Assert.Equal(isAsked, (await response.Content.ReadAsStringAsync()).Contains("action=\"/visitor-consent\"", StringComparison.Ordinal));
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(isSet, click["visitorId"] is not null);
        if (isSet)
            Assert.StartsWith($"sl_v={Text(click, "visitorId")};", cookies!.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_are_given_no_cookie()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Visitors:Cookie"] = "On" });
        using var response = await OpenAsync(app, null, agent: Agents.Googlebot);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    /// <summary>An app that has the day's salt, for which no visitor waits long.</summary>
    private async Task<TestApp> StartWithSaltAsync()
    {
        var app = await TestApp.StartAsync(azurite, BehindEdge, services => services.AddSingleton<TimeProvider>(time));
        while (await app.Get<VisitorHashes>().OfAsync("203.0.113.1", "") == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        return app;
    }

    private static async Task<HttpResponseMessage> OpenAsync(TestApp app, string? address, string? path = null, string agent = Agents.Iphone, string? referrer = null, string? objection = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path ?? "/" + await app.MintCodeAsync(new { listingId = "item-1" }));
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        request.Headers.Add("Accept-Language", "zh-CN");
        if (address is not null)
            request.Headers.Add("X-Client", address);
        if (referrer is not null)
            request.Headers.Add("Referer", referrer);
        if (objection is not null)
            request.Headers.Add(objection, "1");
        return await app.Client.SendAsync(request);
    }

    private static async Task<List<Click>> StoredAsync(TestApp app)
    {
        var stored = new List<Click>();
        foreach (var click in (await app.ReadFeedAsync()).Clicks)
        {
            Assert.True(app.Get<ClickIdCodes>().TryDecode(Feed.Id(click), out var id));
            stored.Add((await app.Get<ClickFeed>().FindAsync(id, CancellationToken.None))!);
        }
        return stored;
    }

    private static string Text(JsonNode node, string field) => node[field]!.GetValue<string>();
}
