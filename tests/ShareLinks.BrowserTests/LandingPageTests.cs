using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.BrowserTests;

/// <summary>The landing page in a real browser that calls itself each app in turn.</summary>
public class LandingPageTests(Azurite azurite, Browser browser)
{
    private const string ImageHost = "img.market.example";

    private static readonly Dictionary<string, string?> Apps = new()
    {
        ["ShareLinks:Brand:zh-CN"] = "闲置集市",
        ["ShareLinks:Apps:Ios:UniversalLink"] = "https://open.market.example/item/{listingId}?clickId={clickId}",
        ["ShareLinks:Apps:Ios:StoreUrl"] = "https://apps.market.example/ios",
        ["ShareLinks:Apps:Android:Scheme"] = "examplemarket",
        ["ShareLinks:Apps:Android:Package"] = "example.market",
        ["ShareLinks:Apps:Android:StoreUrl"] = "https://apps.market.example/android",
        ["ShareLinks:Apps:Alipay:MiniProgramAppId"] = "2021000000000000",
        ["ShareLinks:Destinations:ImageHosts:0"] = ImageHost,
    };

    private static readonly object Listing = new { title = "iPhone 13 128G 95新", price = 2399, currency = "CNY", imageUrl = $"https://{ImageHost}/1.png" };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task In_WeChat_the_share_text_is_copied_with_the_visit_and_the_page_s_address_carries_it(bool hasClipboard)
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var link = await app.MintAsync(new { listingId = "item-1", listing = Listing });
        await using var visit = await OpenAsync(link, Agents.WechatAndroid, hasClipboard: hasClipboard);
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        var id = Feed.Id(click);
        Assert.EndsWith($"/{Text(link, "code")}~{id}", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal(("wechat", "android", "mobile", "page"), (Text(click, "app"), Text(click, "os"), Text(click, "device"), Text(click, "action")));

        await visit.Page.ClickAsync("#copy");
        await visit.Page.GetByText("已复制").WaitForAsync();
        var copied = await visit.Page.EvaluateAsync<string>("navigator.clipboard.readText()");
        Assert.Equal(link["shareText"]!["zh-CN"]!.GetValue<string>().Replace(Text(link, "code"), $"{Text(link, "code")}~{id}", StringComparison.Ordinal), copied);

        // The friend who pastes it into the app goes on with this very visit.
        using var resolved = await app.Client.PostAsync("/api/resolve", TestApp.Json(new { text = copied }));
        Assert.Equal(id, JsonNode.Parse(await resolved.Content.ReadAsStringAsync())!["matches"]![0]!["continues"]!.GetValue<string>());
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task In_WeChat_the_guide_points_out_of_it_and_the_browser_goes_on_with_the_visit()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var link = await app.MintAsync(new { listingId = "item-1", listing = Listing });
        await using var visit = await OpenAsync(link, Agents.WechatIphone);
        Assert.False(await visit.Page.Locator("#browser").IsVisibleAsync());
        await visit.Page.ClickAsync("a[href='#browser']");
        Assert.True(await visit.Page.Locator("#browser").IsVisibleAsync());
        await Accessibility.AssertAsync(visit.Page);
        var address = visit.Page.Url;
        await visit.Page.GetByText("知道了").ClickAsync();
        Assert.False(await visit.Page.Locator("#browser").IsVisibleAsync());
        await visit.Page.ReloadAsync();
        Assert.Single((await app.ReadFeedAsync()).Clicks);

        await using var safari = await browser.VisitAsync(Agents.Iphone);
        await RouteImageAsync(safari);
        await safari.Page.GotoAsync(address);
        Assert.StartsWith("https://open.market.example/item/item-1?clickId=", await safari.Page.Locator(".way.main").GetAttributeAsync("href"), StringComparison.Ordinal);
        var clicks = (await app.ReadFeedAsync()).Clicks;
        Assert.Equal([null, Feed.Id(clicks[0])], clicks.Select(click => click["continues"]?.GetValue<string>()));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task On_a_desktop_the_QR_picture_decodes_to_the_same_link()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var link = await app.MintAsync(new { listingId = "item-1", listing = Listing });
        await using var visit = await OpenAsync(link, Agents.Desktop, width: 1280);
        var text = await Scanner.ReadPngAsync(await visit.Page.ScreenshotAsync());
        Assert.Equal($"{Text(link, "url")}~{Feed.Id(Assert.Single((await app.ReadFeedAsync()).Clicks))}", text);
        Assert.Equal("https://market.example/item/item-1", (await visit.Page.Locator(".way.main").GetAttributeAsync("href"))!.Split('?')[0]);
    }

    [Fact]
    public async Task The_store_button_copies_first()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var link = await app.MintAsync(new { listingId = "item-1", listing = Listing });
        await using var visit = await OpenAsync(link, Agents.AndroidChrome, language: "en-US");
        await visit.Page.Context.RouteAsync("https://apps.market.example/**", route => route.FulfillAsync(new() { Body = "store", ContentType = "text/html" }));
        await visit.Page.GetByText("Get the app").ClickAsync();
        await visit.Page.WaitForURLAsync("https://apps.market.example/android");
        await visit.Page.GotoAsync(Text(link, "url"));
        Assert.Contains(Text(link, "token"), await visit.Page.EvaluateAsync<string>("navigator.clipboard.readText()"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sold_listing_s_page_leads_on()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        await app.Client.PutAsync("/api/listings/item-2", TestApp.Json(new { title = "Newer" }));
        var link = await app.MintAsync(new { listingId = "item-1", listing = new { title = "Lamp", state = "sold", successorId = "item-2" } });
        await using var visit = await OpenAsync(link, Agents.Iphone, language: "en-GB");
        Assert.Contains("has been sold", await visit.Page.InnerTextAsync(".state"), StringComparison.Ordinal);
        Assert.StartsWith("https://open.market.example/item/item-2?clickId=", await visit.Page.Locator(".way.main").GetAttributeAsync("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_script_everything_but_the_copy_button_is_there()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var link = await app.MintAsync(new { listingId = "item-1", listing = Listing });
        await using var visit = await OpenAsync(link, Agents.WechatAndroid, hasScript: false);
        Assert.False(await visit.Page.Locator("#copy").IsVisibleAsync());
        Assert.Equal(Text(link, "token"), await visit.Page.InnerTextAsync(".token"));
        await visit.Page.ClickAsync("a[href='#browser']");
        Assert.True(await visit.Page.Locator("#browser").IsVisibleAsync());
    }

    public static TheoryData<string, string, int, bool> Looks()
    {
        string[] agents = [nameof(Agents.WechatAndroid), nameof(Agents.WechatIphone), nameof(Agents.Iphone), nameof(Agents.AndroidChrome), nameof(Agents.Desktop)];
        (string Language, int Width, bool IsDark)[] screens = [("zh-CN", 320, false), ("en-US", 390, true), ("zh-CN", 1280, true), ("en-US", 1280, false)];
        // Screens change faster than agents and by one more place each time, so one in four has every agent and every screen.
        return [.. Scale.OneIn(4, [.. agents.Index().SelectMany(agent => screens.Index().Select(screen => (agent.Item, Screen: screens[(agent.Index + screen.Index) % screens.Length]))
            .Select(look => (look.Item, look.Screen.Language, look.Screen.Width, look.Screen.IsDark)))])];
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Everybody_can_use_it_and_nothing_is_fetched_but_the_picture(string agent, string language, int width, bool isDark)
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var link = await app.MintAsync(new { listingId = "item-1", listing = new { title = "</script><img src=x onerror=alert(1)>\u202e宝贝👨‍👩‍👧‍👦", price = 1.5, currency = "CNY", imageUrl = $"https://{ImageHost}/1.png", state = "sold" } });
        await using var visit = await OpenAsync(link, (string)typeof(Agents).GetField(agent)!.GetValue(null)!, width, language, isDark);
        Assert.Empty(visit.Complaints);
        Assert.Equal(language[..2], (await visit.Page.Locator("html").GetAttributeAsync("lang"))![..2]);
        // Nothing is wider than the screen.
        Assert.True(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        var own = app.Client.BaseAddress!.Authority;
        Assert.All(visit.Requests, request => Assert.Contains(new Uri(request.Url).Authority, new[] { own, ImageHost }));
        var picture = Assert.Single(visit.Requests, request => request.Url.Contains(ImageHost, StringComparison.Ordinal));
        Assert.False((await picture.AllHeadersAsync()).ContainsKey("referer"));
        await Accessibility.AssertAsync(visit.Page);
    }

    [Theory]
    [InlineData("/", "zh-CN", false)]
    [InlineData("/", "en-US", true)]
    [InlineData("/find?text=nothing", "zh-CN", true)]
    [InlineData("/AbC3dE9k", "en-US", false)]
    public async Task The_small_pages_are_accessible_too(string path, string language, bool isDark)
    {
        await using var app = await TestApp.StartAsync(azurite);
        await using var visit = await browser.VisitAsync(Agents.Iphone, 320, language, isDark);
        await visit.Page.GotoAsync(new Uri(app.Client.BaseAddress!, path).ToString());
        Assert.All(visit.Complaints, complaint => Assert.Contains("404", complaint, StringComparison.Ordinal));
        await Accessibility.AssertAsync(visit.Page);
    }

    [Fact]
    public async Task A_text_pasted_into_the_box_leads_to_the_marketplace()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1" });
        await using var visit = await browser.VisitAsync(Agents.Desktop);
        await visit.Page.Context.RouteAsync("https://market.example/**", route => route.FulfillAsync(new() { Body = "market", ContentType = "text/html" }));
        await visit.Page.GotoAsync(app.Client.BaseAddress!.ToString());
        await visit.Page.FillAsync("#text", link["shareText"]!["zh-CN"]!.GetValue<string>());
        await visit.Page.ClickAsync("button");
        await visit.Page.WaitForURLAsync("https://market.example/item/item-1?clickId=*");
        Assert.Empty(visit.Complaints);
    }

    private async Task<BrowserVisit> OpenAsync(
        JsonNode link, string agent, int width = 390, string language = "zh-CN", bool isDark = false, bool hasScript = true, bool hasClipboard = true)
    {
        var visit = await browser.VisitAsync(agent, width, language, isDark, hasScript);
        await RouteImageAsync(visit);
        // As in old in-app browsers: the selection must do.
        if (!hasClipboard)
            await visit.Page.AddInitScriptAsync("const write = navigator.clipboard.writeText; navigator.clipboard.writeText = undefined;");
        var response = await visit.Page.GotoAsync(Text(link, "url"));
        Assert.Equal(200, response!.Status);
        return visit;
    }

    private static async Task RouteImageAsync(BrowserVisit visit) => await visit.Page.Context.RouteAsync($"https://{ImageHost}/**", route => route.FulfillAsync(new()
    {
        ContentType = "image/png",
        BodyBytes = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
    }));

    private static string Text(JsonNode node, string field) => node[field]!.GetValue<string>();
}
