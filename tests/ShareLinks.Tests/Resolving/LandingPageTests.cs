using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ShareLinks.Codes;
using ShareLinks.Resolving;
using ShareLinks.Tests.Support;
using ShareLinks.WeChat;

namespace ShareLinks.Tests.Resolving;

public partial class LandingPageTests(Azurite azurite)
{
    private const string HostileTitle = "</script><img src=x onerror=alert(1)>\u202e\u2066\"'&{brand}￥";

    private static readonly Dictionary<string, string?> Apps = new()
    {
        ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket",
        ["ShareLinks:Destinations:ImageHosts:0"] = "img.market.example",
    };

    [Fact]
    public async Task In_WeChat_a_visit_is_recorded_once_and_its_page_loaded_anew_is_no_visit()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var code = await app.MintCodeAsync();
        using var opened = await GetAsync(app, "/" + code, Agents.WechatAndroid);
        Assert.Equal(HttpStatusCode.Found, opened.StatusCode);
        var address = opened.Headers.Location!.ToString();
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(app, address, Agents.WechatAndroid)).StatusCode);
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.EndsWith($"~{Feed.Id(click)}", address, StringComparison.Ordinal);
        Assert.Equal(("wechat", "page"), (click["app"]!.GetValue<string>(), click["action"]!.GetValue<string>()));
    }

    [Fact]
    public async Task In_WeChat_an_address_with_another_link_s_visit_makes_a_visit_of_its_own()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var (one, two) = (await app.MintCodeAsync(), await app.MintCodeAsync(new { listingId = "item-2" }));
        using var opened = await GetAsync(app, "/" + one, Agents.WechatAndroid);
        var visit = opened.Headers.Location!.ToString().Split('~')[1];
        using var other = await GetAsync(app, $"/{two}~{visit}", Agents.WechatAndroid);
        Assert.Equal(HttpStatusCode.Found, other.StatusCode);
        Assert.DoesNotContain(visit, other.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal([one, two], (await app.ReadFeedAsync()).Clicks.Select(click => click["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_prefetch_in_WeChat_is_recorded_once_and_not_sent_in_circles()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        using var request = Request(HttpMethod.Get, "/" + await app.MintCodeAsync(), Agents.WechatAndroid);
        request.Headers.Add("Sec-Purpose", "prefetch");
        Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(request)).StatusCode);
        Assert.True(Assert.Single((await app.ReadFeedAsync()).Clicks)["isPrefetch"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_visitor_whose_address_changes_with_every_request_arrives()
    {
        await using var app = await TestApp.StartAsync(azurite, new(Apps) { ["ShareLinks:ClientAddressHeader"] = "X-Client" });
        await using var other = await TestApp.StartAsync(azurite, new(Apps) { ["ShareLinks:ClientAddressHeader"] = "X-Client", ["ShareLinks:BaseUrl"] = app.Client.BaseAddress!.ToString().TrimEnd('/') }, prefix: app.Get<ShareLinks.Storage.StorageOptions>().TablePrefix);
        var path = "/" + await app.MintCodeAsync();
        for (var i = 0; i < 2; i++)
        {
            using var request = Request(HttpMethod.Get, path, Agents.WechatAndroid);
            request.Headers.Add("X-Client", $"203.0.113.{i}");
            // Another instance may have the second request.
            using var response = await (i == 0 ? app : other).Client.SendAsync(request);
            Assert.Equal(i == 0 ? HttpStatusCode.Found : HttpStatusCode.OK, response.StatusCode);
            path = response.Headers.Location?.AbsolutePath ?? path;
        }
        Assert.Single((await app.ReadFeedAsync()).Clicks);
    }

    [Fact]
    public async Task A_visit_that_cannot_be_read_is_an_opening_of_its_own_that_goes_round_in_no_circle()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var never = app.Get<ClickIdCodes>().Encode(new ClickId(77, 1, 1));
        using var response = await GetAsync(app, $"/{await app.MintCodeAsync()}~{never}", Agents.WechatAndroid);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(Assert.Single((await app.ReadFeedAsync()).Clicks)["forwardedFrom"]);
    }

    [Theory]
    [InlineData(nameof(Agents.Iphone))]
    [InlineData(nameof(Agents.WechatAndroid))]
    public async Task An_answer_to_the_question_of_consent_leads_back_to_the_same_visit(string agentName)
    {
        var agent = (string)typeof(Agents).GetField(agentName)!.GetValue(null)!;
        await using var app = await TestApp.StartAsync(azurite, new(Apps) { ["ShareLinks:Visitors:Cookie"] = "Ask" });
        var link = await app.MintAsync();
        using var found = await GetAsync(app, "/find?text=" + link["token"], agent);
        using var page = found.StatusCode == HttpStatusCode.Found ? await GetAsync(app, found.Headers.Location!.ToString(), agent) : found;
        var back = Regex.Match(await page.Content.ReadAsStringAsync(), "name=\"back\" value=\"([^\"]+)\"").Groups[1].Value;
        using var answer = Request(HttpMethod.Post, "/visitor-consent", agent);
        answer.Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["answer"] = "yes", ["back"] = back });
        using var answered = await app.Client.SendAsync(answer);
        Assert.Equal((HttpStatusCode.SeeOther, back), (answered.StatusCode, answered.Headers.Location!.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(app, back, agent)).StatusCode);
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.Equal($"/{link["code"]}~{Feed.Id(click)}", back);
    }

    [Fact]
    public async Task A_browser_that_loads_a_continued_visit_anew_makes_no_forward()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        using var opened = await GetAsync(app, "/" + await app.MintCodeAsync(), Agents.WechatAndroid);
        using var continued = await GetAsync(app, opened.Headers.Location!.ToString(), Agents.Iphone);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(app, continued.Headers.Location!.ToString(), Agents.Iphone)).StatusCode);
        var clicks = (await app.ReadFeedAsync()).Clicks;
        Assert.Equal([null, Feed.Id(clicks[0])], clicks.Select(click => click["continues"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Head_and_prefetch_use_no_visit_up()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var code = await app.MintCodeAsync();
        using var opened = await GetAsync(app, "/" + code, Agents.WechatAndroid);
        var address = opened.Headers.Location!.ToString();
        Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(Request(HttpMethod.Head, address, Agents.Iphone))).StatusCode);
        using var prefetch = Request(HttpMethod.Get, address, Agents.Iphone);
        prefetch.Headers.Add("Sec-Purpose", "prefetch");
        await app.Client.SendAsync(prefetch);
        await GetAsync(app, address, Agents.Googlebot);
        await GetAsync(app, address, Agents.Iphone);
        var clicks = (await app.ReadFeedAsync()).Clicks;
        Assert.Equal(
            [("page", false, false, null), ("page", false, true, null), ("preview", true, false, null), ("page", false, false, Feed.Id(clicks[0]))],
            clicks.Select(click => (click["action"]!.GetValue<string>(), click["isBot"]!.GetValue<bool>(), click["isPrefetch"]!.GetValue<bool>(), click["continues"]?.GetValue<string>())));
    }

    [Fact]
    public async Task A_crawler_gets_a_preview_with_what_it_looks_for()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        var link = await app.MintAsync(new { listingId = "item-1", listing = new { title = HostileTitle, price = 2399, currency = "CNY", imageUrl = "https://img.market.example/1.jpg" } });
        using var response = await GetAsync(app, "/" + link["code"], Agents.Googlebot, "en");
        var page = await response.Content.ReadAsStringAsync();
        Assert.Equal("noindex", response.Headers.GetValues("X-Robots-Tag").Single());
        const string Title = "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;{brand}￥";
        Assert.Contains($"<meta property=\"og:title\" content=\"{Title}\">", page, StringComparison.Ordinal);
        Assert.Contains("<meta property=\"og:image\" content=\"https://img.market.example/1.jpg\">", page, StringComparison.Ordinal);
        Assert.Contains("<meta property=\"og:description\" content=\"CNY 2399\">", page, StringComparison.Ordinal);
        Assert.Contains("<meta name=\"twitter:card\" content=\"summary_large_image\">", page, StringComparison.Ordinal);
        var product = JsonNode.Parse(ProductScript().Match(page).Groups[1].Value)!;
        Assert.Equal(("Product", "Offer", 2399m, "https://schema.org/InStock"), (
            product["@type"]!.GetValue<string>(), product["offers"]!["@type"]!.GetValue<string>(), product["offers"]!["price"]!.GetValue<decimal>(), product["offers"]!["availability"]!.GetValue<string>()));
        Assert.StartsWith("</script><img", product["name"]!.GetValue<string>(), StringComparison.Ordinal);
        AssertHarmless(page);
        Assert.Equal("preview", Assert.Single((await app.ReadFeedAsync()).Clicks)["action"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("https://wxaurl.cn/TICKET?cq=id%3Ditem-1%26x%3D%22", true)]
    [InlineData(null, false)]
    public async Task In_WeChat_the_mini_program_s_button_is_there_when_WeChat_gives_a_link(string? urlLink, bool isThere)
    {
        await using var app = await TestApp.StartAsync(azurite, Apps, services => services.AddSingleton<IWeChat>(new GivenWeChat(urlLink)));
        using var opened = await GetAsync(app, "/" + await app.MintCodeAsync(), Agents.WechatAndroid);
        using var response = await GetAsync(app, opened.Headers.Location!.ToString(), Agents.WechatAndroid);
        var page = await response.Content.ReadAsStringAsync();
        Assert.Equal(isThere, page.Contains("<a class=\"way main\" href=\"https://wxaurl.cn/TICKET?cq=id%3Ditem-1%26x%3D%22\">打开微信小程序</a>", StringComparison.Ordinal));
        Assert.Equal(!isThere, page.Contains("<a class=\"way main\" href=\"#browser\">", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deployment_may_let_search_engines_in()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:AllowIndexing"] = "true" });
        using var response = await GetAsync(app, "/" + await app.MintCodeAsync(), Agents.Googlebot);
        Assert.False(response.Headers.Contains("X-Robots-Tag"));
    }

    [Theory]
    [InlineData(nameof(Agents.WechatAndroid))]
    [InlineData(nameof(Agents.Iphone))]
    [InlineData(nameof(Agents.Desktop))]
    [InlineData(nameof(Agents.Googlebot))]
    public async Task A_hostile_or_endless_title_harms_no_page(string agent)
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        foreach (var title in new[] { HostileTitle, new string('长', 500), string.Concat(Enumerable.Repeat("👨‍👩‍👧‍👦", 45)), "\u202e\u2066\u200b", "a" + new string('\u0301', 400) })
        {
            var link = await app.MintAsync(new { listingId = "item-1", listing = new { title } });
            using var first = await GetAsync(app, "/" + link["code"], (string)typeof(Agents).GetField(agent)!.GetValue(null)!);
            using var response = first.StatusCode == HttpStatusCode.Found ? await GetAsync(app, first.Headers.Location!.ToString(), (string)typeof(Agents).GetField(agent)!.GetValue(null)!) : first;
            var page = await response.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            AssertHarmless(page);
            Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(page), 1000, 30_000);
        }
    }

    [Fact]
    public async Task A_title_of_ten_thousand_characters_reaches_no_page()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        using var refused = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", listing = new { title = new string('长', 10_000) } }));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("/listing/title", JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_picture_is_loaded_from_an_allowed_host_alone()
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        foreach (var (image, isShown) in new[] { ("https://img.market.example/1.jpg", true), ("https://evil.example/1.jpg", false), ("http://img.market.example:81/1.jpg", false) })
        {
            var link = await app.MintAsync(new { listingId = "item-1", listing = new { title = "Lamp", imageUrl = image } });
            using var response = await GetAsync(app, "/" + link["code"], Agents.Iphone);
            Assert.Equal(isShown, (await response.Content.ReadAsStringAsync()).Contains("<img ", StringComparison.Ordinal));
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Equal(isShown, policy.Contains("img-src https://img.market.example;", StringComparison.Ordinal));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("zh-TW,zh;q=0.9,en;q=0.8", "zh-CN")]
    [InlineData("fr-FR,en;q=0.5,zh;q=0.7", "zh-CN")]
    [InlineData("EN-us", "en")]
    [InlineData("fr", "en")]
    [InlineData("zh;q=0", "en")]
    [InlineData("*", "en")]
    [InlineData("*, zh;q=0.5", "zh-CN")]
    [InlineData("zh_CN", "zh-CN")]
    [InlineData("zh-Hant-HK", "zh-CN")]
    [InlineData("yue-HK", "zh-CN")]
    [InlineData("nan-TW,en;q=0.5", "zh-CN")]
    [InlineData(";;;,,q=", "en")]
    public void A_visitor_reads_the_language_that_the_browser_likes_best(string header, string language)
    {
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        http.Request.Headers.AcceptLanguage = header;
        Assert.Equal(language, PageWords.For(http.Request.Headers).Language);
    }

    [Theory]
    [InlineData("*", "zh-CN")]
    [InlineData("", "zh-CN")]
    [InlineData("fr", "zh-CN")]
    [InlineData("en", "en")]
    public void Who_names_no_language_that_there_is_reads_the_one_that_the_app_is_set_to(string header, string language)
    {
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        http.Request.Headers.AcceptLanguage = header;
        http.Request.Headers.UserAgent = Agents.WechatIphone;
        Assert.Equal(language, PageWords.For(http.Request.Headers).Language);
    }

    [Theory]
    [InlineData("台灯 九成新", "", "zh-CN", "2399元")]
    [InlineData("台灯 九成新", "en", "en", "CNY 2399")]
    [InlineData("台灯 九成新", "zh_CN", "zh-CN", "2399元")]
    [InlineData("Lamp", "", "en", "CNY 2399")]
    [InlineData("電気スタンドです", "", "en", "CNY 2399")]
    public async Task A_preview_without_a_language_is_in_that_of_its_title(string title, string header, string language, string price)
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/" + await app.MintCodeAsync(new { listingId = "item-1", listing = new { title, price = 2399, currency = "CNY" } }));
        request.Headers.TryAddWithoutValidation("User-Agent", Agents.Googlebot);
        request.Headers.TryAddWithoutValidation("Accept-Language", header);
        using var response = await app.Client.SendAsync(request);
        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Contains($"<meta property=\"og:description\" content=\"{price}\">", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12.5, "KWD", "12.500", "KWD 12.500")]
    [InlineData(2399, "JPY", "2399", "JPY 2399")]
    [InlineData(2399, "CNY", "2399.00", "CNY 2399")]
    public async Task A_price_has_its_currency_s_decimals(decimal price, string currency, string amount, string description)
    {
        await using var app = await TestApp.StartAsync(azurite, Apps);
        using var response = await GetAsync(app, "/" + await app.MintCodeAsync(new { listingId = "item-1", listing = new { title = "Lamp", price, currency } }), Agents.Googlebot, "en");
        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains($"<meta property=\"product:price:amount\" content=\"{amount}\">", page, StringComparison.Ordinal);
        Assert.Contains($"<meta property=\"og:description\" content=\"{description}\">", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_language_has_every_word()
    {
        Assert.Superset(new HashSet<string> { "en", "zh-CN" }, PageWords.All.Select(words => words.Language).ToHashSet());
        foreach (var words in PageWords.All)
        {
            foreach (var property in typeof(PageWords).GetProperties().Where(property => property.CanWrite))
                Assert.NotEmpty(property.GetValue(words) switch { Notice notice => notice.Title.Length * notice.Text.Length == 0 ? "" : notice.Title, var text => (string)text! });
        }
    }

    private sealed class GivenWeChat(string? urlLink) : IWeChat
    {
        public bool IsConfigured => true;

        public ValueTask<string?> UrlLinkAsync(string? listingId, string? clickId) => new(urlLink);

        public bool IsCached(string scene, int width) => false;

        public Task<WeChatPicture?> MiniProgramCodeAsync(string scene, int width, CancellationToken cancellationToken) => Task.FromResult<WeChatPicture?>(null);
    }

    /// <summary>All tags are those that the pages themselves have, and no attribute holds a script.</summary>
    private static void AssertHarmless(string page)
    {
        string[] known = ["html", "head", "meta", "title", "link", "style", "script", "body", "main", "div", "img", "h1", "h2", "p", "a", "section", "textarea", "button", "svg", "path"];
        Assert.Empty(Tag().Matches(Script().Replace(page, "")).Select(match => match.Groups[1].Value).Except(known));
        Assert.DoesNotMatch("<[^>]*\\son[a-z]+=", Regex.Replace(Script().Replace(page, ""), "\"[^\"]*\"", "\"\""));
        Assert.DoesNotContain("src=x", Script().Replace(page, "").Replace("&lt;img src=x", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', page);
        Assert.DoesNotContain('\u2066', page);
    }

    private static Task<HttpResponseMessage> GetAsync(TestApp app, string path, string agent, string language = "zh-CN") => app.Client.SendAsync(Request(HttpMethod.Get, path, agent, language));

    private static HttpRequestMessage Request(HttpMethod method, string path, string agent, string language = "zh-CN")
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        request.Headers.Add("Accept-Language", language);
        return request;
    }

    [GeneratedRegex("<script type=\"application/ld\\+json\">(.*?)</script>")]
    private static partial Regex ProductScript();

    [GeneratedRegex("<(script|style)[^>]*>.*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<([a-zA-Z0-9]+)")]
    private static partial Regex Tag();
}
