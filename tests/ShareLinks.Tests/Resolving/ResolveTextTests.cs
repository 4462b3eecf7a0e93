using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

public class ResolveTextTests(Azurite azurite)
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["ShareLinks:BaseUrl"] = $"https://{PastedLink.Host}",
        ["ShareLinks:FormerHosts:0"] = PastedLink.FormerHost,
        ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket",
    };

    [Fact]
    public async Task However_a_text_was_damaged_its_link_is_found()
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        var link = await MintAsync(app, new { listingId = "item-1", alias = PastedLink.Alias, listing = new { title = "iPhone 13 128G 95新", price = 2399, currency = "CNY" } });
        for (var i = 0; i < 20; i++)
            await app.MintAsync();
        var longAlias = await app.MintCodeAsync(new { listingId = "item-1", alias = PastedLink.LongAlias });
        Assert.True(app.Get<CodeScanner>().Scan($"{PastedLink.Host}/{PastedLink.LongAlias}").Codes[0] is { Link: not null, Alias: not null });
        var wrong = new List<string>();
        foreach (var (damage, text, form, isRepaired) in PastedTexts.Damaged)
        {
            using var response = await ResolveAsync(app, new { text = text(link) });
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            var match = answer["matches"]?.AsArray();
            if (match?.Count != 1 || match[0]!["code"]!.GetValue<string>() != (text(link).Contains(PastedLink.LongAlias, StringComparison.Ordinal) ? longAlias : link.Code) || match[0]!["form"]!.GetValue<string>() != form
                || match[0]!["match"]!.GetValue<string>() != (isRepaired ? "repaired" : "exact"))
            {
                wrong.Add($"{damage}: {text(link)} → {answer.ToJsonString()}");
            }
        }
        Assert.Empty(wrong);
        Assert.True(PastedTexts.Damaged.Count() >= 60);
        Assert.Equal(PastedTexts.Damaged.Count(), (await app.ReadFeedAsync()).Clicks.Count);
    }

    [Fact]
    public async Task Texts_without_a_code_match_nothing()
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        await app.MintAsync();
        var wrong = new List<string>();
        foreach (var text in PastedTexts.Innocent)
        {
            using var response = await ResolveAsync(app, new { text });
            var answer = await response.Content.ReadAsStringAsync();
            if (response.StatusCode != HttpStatusCode.NotFound || !answer.Contains("no_code_in_text", StringComparison.Ordinal))
                wrong.Add($"{text} → {answer}");
        }
        Assert.Empty(wrong);
        Assert.True(PastedTexts.Innocent.Count >= 40);
        Assert.Empty((await app.ReadFeedAsync()).Clicks);
    }

    [Fact]
    public async Task An_alias_that_begins_with_another_link_s_code_is_not_that_link()
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        var other = await app.MintCodeAsync(new { listingId = "item-1" });
        var code = await app.MintCodeAsync(new { listingId = "item-2", alias = other + "-spring" });
        using var response = await ResolveAsync(app, new { text = $"https://{PastedLink.Host}/{other}-spring" });
        Assert.Equal(code, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["matches"]![0]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Several_links_come_back_in_their_order_and_the_first_is_recorded()
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        var (one, two) = (await MintAsync(app, new { listingId = "item-1" }), await MintAsync(app, new { listingId = "item-2" }));
        var disabled = await MintAsync(app, new { listingId = "item-3" });
        await app.Client.PatchAsync($"/api/links/{disabled.Code}", TestApp.Json(new { disabled = true }));
        using var response = await ResolveAsync(app, new { text = $"{disabled.Url} 和 {two.Token}，{one.Text}，再看一次 {two.Url}", app = "marketplace-ios", os = "ios", userId = "user-9" });
        var matches = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["matches"]!.AsArray();
        Assert.Equal([two.Code, one.Code], matches.Select(match => match!["code"]!.GetValue<string>()));
        Assert.Equal(["token", "url"], matches.Select(match => match!["form"]!.GetValue<string>()));
        Assert.Null(matches[1]!["clickId"]);
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(matches[0]!["clickId"]!.GetValue<string>(), click["clickId"]!.GetValue<string>());
        Assert.Equal(
            (two.Code, "token", "marketplace-ios", "ios", "user-9", "page"),
            (click["code"]!.GetValue<string>(), click["entry"]!.GetValue<string>(), click["app"]!.GetValue<string>(), click["os"]!.GetValue<string>(), click["userId"]!.GetValue<string>(), click["action"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_answer_says_where_to_go_on()
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        var link = await MintAsync(app, new { listingId = "a b/1".Replace("/", "&"), listing = new { title = "Lamp" } });
        using var response = await ResolveAsync(app, new { text = link.Text, os = "ios" });
        var match = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["matches"]![0]!;
        var click = match["clickId"]!.GetValue<string>();
        Assert.Equal($"examplemarket://item?id=a%20b%261&clickId={click}", match["open"]!["app"]!.GetValue<string>());
        Assert.Equal($"https://market.example/item/a%20b%261?clickId={click}", match["open"]!["web"]!.GetValue<string>());
        Assert.Equal(("a b&1", "Lamp", "available"), (match["listing"]!["id"]!.GetValue<string>(), match["listing"]!["title"]!.GetValue<string>(), match["listing"]!["state"]!.GetValue<string>()));
        using var onAndroid = await ResolveAsync(app, new { text = link.Text, os = "android" });
        Assert.Null(JsonNode.Parse(await onAndroid.Content.ReadAsStringAsync())!["matches"]![0]!["open"]!["app"]);
    }

    [Theory]
    [InlineData("disabled", HttpStatusCode.Gone, "link_disabled", "miss_disabled")]
    [InlineData("unknown", HttpStatusCode.NotFound, "link_unknown", "miss_unknown")]
    public async Task A_text_whose_only_link_leads_nowhere_is_a_recorded_miss(string kind, HttpStatusCode status, string problem, string action)
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        var link = await MintAsync(app, new { listingId = "item-1" });
        var text = link.Text;
        if (kind == "disabled")
            await app.Client.PatchAsync($"/api/links/{link.Code}", TestApp.Json(new { disabled = true }));
        else
            text = "https://s.example/" + app.Get<ShortCodes>().Encode(new LinkId(123_456_789));
        using var response = await ResolveAsync(app, new { text });
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(problem, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
        Assert.Equal(action, Assert.Single((await app.ReadFeedAsync()).Clicks)["action"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"text":""}""", "/text")]
    [InlineData("""{"text":null}""", "/text")]
    [InlineData("""{"text":"x","app":"My App"}""", "/app")]
    [InlineData("""{"text":"x","os":"iOS 17"}""", "/os")]
    [InlineData("""{"text":"x","userId":"a/b"}""", "/userId")]
    [InlineData("""{"text":"x","scanId":"a b"}""", "/scanId")]
    [InlineData("""{"text":"x","occurredAt":"2020-01-01T00:00:00Z"}""", "/occurredAt")]
    [InlineData("""{"text":"x","occurredAt":"2099-01-01T00:00:00Z"}""", "/occurredAt")]
    [InlineData("""{"text":"x","txet":"y"}""", "/txet")]
    public async Task What_is_wrong_is_named(string body, string pointer)
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        using var response = await app.Client.PostAsync("/api/resolve", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(pointer, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_text_of_4_KiB_is_read_and_a_longer_one_refused()
    {
        await using var app = await TestApp.StartAsync(azurite, Settings);
        var link = await MintAsync(app, new { listingId = "item-1" });
        var longest = link.Url + new string('。', (4096 - link.Url.Length) / 3);
        Assert.Equal(HttpStatusCode.OK, (await ResolveAsync(app, new { text = longest })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/find?text=" + Uri.EscapeDataString(longest))).StatusCode);
        using var tooLong = await ResolveAsync(app, new { text = longest + "。。" });
        Assert.Equal((HttpStatusCode)413, tooLong.StatusCode);
        Assert.Contains("text_too_long", await tooLong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode)413, (await app.Client.GetAsync("/find?text=" + Uri.EscapeDataString(longest + "。。"))).StatusCode);
    }

    internal static Task<HttpResponseMessage> ResolveAsync(TestApp app, object request) => app.Client.PostAsync("/api/resolve", TestApp.Json(request));

    internal static async Task<PastedLink> MintAsync(TestApp app, object request)
    {
        var link = await app.MintAsync(request);
        return new PastedLink(link["code"]!.GetValue<string>(), link["token"]!.GetValue<string>(), link["shareText"]!["zh-CN"]!.GetValue<string>());
    }
}
