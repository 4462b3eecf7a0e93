using System.Net;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

/// <summary>Addresses to which a messenger's link finder glued what stood behind them: opened as tolerantly as a pasted text is read.</summary>
public class GluedLinksTests(Azurite azurite)
{
    private const string Alias = "summer-sale";

    private static readonly Dictionary<string, string?> BehindEdge = new() { ["ShareLinks:ClientAddressHeader"] = "X-Forwarded-For" };

    /// <summary>What stood behind an address in a text, as link finders take it in.</summary>
    private static readonly string[] Ends =
    [
        ".", ",", ")", "]", "}", ">", "\"", "'", "!", ";", ":", "*", "`", "|", "_", "__", "--", "...", ").", "\">",
        "。", "，", "、", "！", "？", "；", "：", "）", "】", "」", "』", "》", "”", "’", "…", "～", "￥",
        "！快", "快来看", "，点开看看", "。iPhone 13", "--看", "__看", "」复制", ")快", "ー", "é", "한글", "ありがとう", "🔥", "👨‍👩‍👧‍👦",
        "\u200b", "\u200b快", "\u00ad", "\ufeff", "\u202c", "\u00a0", " ", "\ufffd", "%E3%80%82", "&quot;", "\\", "\u200d。",
    ];

    [Fact]
    public async Task Whatever_is_glued_behind_a_link_it_opens()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1", alias = Alias });
        var (code, token) = (link["code"]!.GetValue<string>(), new Uri(link["qrUrl"]!.GetValue<string>()).AbsolutePath);
        var dead = new List<string>();
        foreach (var end in Ends)
        {
            foreach (var path in new[] { "/" + code, "/" + Alias, token })
            {
                using var response = await app.Client.GetAsync(path + Uri.EscapeDataString(end));
                if (response.StatusCode != HttpStatusCode.Found || response.Headers.Location!.AbsolutePath != "/item/item-1")
                    dead.Add($"{path}{end} → {(int)response.StatusCode}");
            }
        }
        Assert.Empty(dead);
        Assert.Equal(
            Enumerable.Repeat<(string, string)[]>([("code", "exact"), ("alias", "exact"), ("qr", "exact")], Ends.Length).SelectMany(entries => entries),
            (await app.ReadFeedAsync()).Clicks.Select(click => (click["entry"]!.GetValue<string>(), click["match"]!.GetValue<string>())));
    }

    [Fact]
    public async Task A_text_with_slashes_of_its_own_may_be_glued_behind_a_link()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1", alias = Alias });
        var (code, token) = (link["code"]!.GetValue<string>(), new Uri(link["qrUrl"]!.GetValue<string>()).AbsolutePath);
        foreach (var path in new[] { $"/{code}，https://other.example/a/b", $"/{code}%22%3Ehttps://s.example/{code}%3C/a%3E", $"/{Alias}。转/借", $"{token}，快/来看", $"/{code}，/qr.gif", $"/{code}%2500/x" })
            Assert.Equal((path, HttpStatusCode.Found), (path, (await app.Client.GetAsync(path)).StatusCode));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/made-up%2500/x")).StatusCode);
        // What has an address of its own keeps it.
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync($"/{code}/qr.svg")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/{code}/qr.gif")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await app.Client.GetAsync("/api/events")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/stats，/x")).StatusCode);
    }

    [Fact]
    public async Task A_visit_s_address_with_something_behind_it_keeps_its_visit()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket" });
        await app.MintCodeAsync(new { listingId = "item-1", alias = Alias });
        foreach (var end in new[] { "，", "快来看", ")", "\u200b" })
        {
            using var opened = await OpenAsync(app, "/" + Alias, Agents.WechatAndroid);
            var visit = opened.Headers.Location!.ToString().Split('~')[1];
            using var browser = await OpenAsync(app, $"{opened.Headers.Location!.AbsolutePath}{Uri.EscapeDataString(end)}", Agents.Iphone);
            Assert.Equal(HttpStatusCode.Found, browser.StatusCode);
            Assert.Equal(visit, (await app.ReadFeedAsync()).Clicks[^1]["continues"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Letters_and_digits_make_another_name_and_the_exact_name_wins()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1", alias = "sale" });
        var (code, token) = (link["code"]!.GetValue<string>(), new Uri(link["qrUrl"]!.GetValue<string>()).AbsolutePath);
        await app.MintCodeAsync(new { listingId = "item-2", alias = "sale_" });
        await app.MintCodeAsync(new { listingId = "item-3", alias = code + "-spring" });
        foreach (var path in new[] { $"/{code}abc", $"/{code}0", $"/{code}abc，", "/sale2", "/sale2。", "/salexy快", $"{token}abc", $"{token}0，", "/sale.php", "/sale;x=1" })
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await app.Client.GetAsync(path)).StatusCode));
        foreach (var (path, item) in new[]
        {
            ("/sale", 1), ("/sale。", 1), ("/sale-", 1), ("/sale_", 2), ("/sale_。", 2), ("/sale__", 1), ($"/{code}-spring", 3), ($"/{code}-spring，", 3), ($"/{code}-summer，", 1), ($"/{code}_", 1),
        })
        {
            Assert.Equal((path, $"/item/item-{item}"), (path, (await app.Client.GetAsync(path)).Headers.Location?.AbsolutePath));
        }
    }

    [Fact]
    public async Task What_leads_nowhere_is_recorded_as_a_miss_if_it_has_the_shape_of_a_code()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var never = new LinkId(123_456);
        var disabled = await app.MintCodeAsync();
        await app.Client.PatchAsync("/api/links/" + disabled, TestApp.Json(new { disabled = true }));
        foreach (var (path, status) in new[]
        {
            ($"/{app.Get<ShortCodes>().Encode(never)}，", HttpStatusCode.NotFound), ($"/Q/{app.Get<PassphraseTokens>().Encode(never)}」", HttpStatusCode.NotFound),
            ($"/{disabled}快来看", HttpStatusCode.Gone), ("/no-such-alias，", HttpStatusCode.NotFound),
        })
        {
            Assert.Equal((path, status), (path, (await app.Client.GetAsync(path)).StatusCode));
        }
        Assert.Equal(["miss_unknown", "miss_unknown", "miss_disabled"], (await app.ReadFeedAsync()).Clicks.Select(click => click["action"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_end_that_no_chat_glues_to_an_alias_costs_no_read()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await app.Client.GetAsync("/made-up");
        foreach (var (path, reads) in new[]
        {
            ("/wp-login.php", 0), ("/.env", 0), ("/index.html", 0), ("/config.json~", 0), ("/made-up-1;x=1", 0), ("/made-up-2'or'1", 0), ("/made-up-3=", 1), ("/made-up-4。", 1), ("/made-up-5_", 2),
        })
        {
            app.Storage.Reset();
            Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync(path)).StatusCode);
            Assert.Equal((path, reads), (path, app.Storage.Requests.Count(request => request.Table == "aliases")));
        }
    }

    [Fact]
    public async Task Glued_links_count_against_nobody_and_open_for_whoever_guessed_too_often()
    {
        await using var app = await TestApp.StartAsync(azurite, BehindEdge);
        var code = await app.MintCodeAsync();
        for (var i = 0; i <= MissLimiter.Burst; i++)
            Assert.Equal(HttpStatusCode.Found, (await OpenAsync(app, $"/{code}，", Agents.Desktop, "203.0.113.7")).StatusCode);
        // More than are forgiven meanwhile.
        await Task.WhenAll(Enumerable.Range(0, 2 * MissLimiter.Burst).Select(i => OpenAsync(app, $"/made-up-{i}。", Agents.Desktop, "203.0.113.7")));
        Assert.Equal(HttpStatusCode.Found, (await OpenAsync(app, $"/{code}！快", Agents.Desktop, "203.0.113.7")).StatusCode);
    }

    [Fact]
    public async Task The_page_of_an_unknown_address_holds_what_was_asked()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var own = app.Get<PublicAddress>();
        var code = await app.MintCodeAsync();
        foreach (var path in new[] { $"{code}abc", $"{code}abc，快", "made-up", "no/such/place" })
            Assert.Contains($">&#xA;{own.Url(path)}</textarea>", await PageAsync(app, "/" + path), StringComparison.Ordinal);
        Assert.Contains("/&lt;slprobe&gt;</textarea>", await PageAsync(app, "/%3Cslprobe%3E"), StringComparison.Ordinal);
        // More than the box would take.
        Assert.Contains(">&#xA;</textarea>", await PageAsync(app, "/" + new string('x', 5000)), StringComparison.Ordinal);
        var text = own.Url(app.Get<ShortCodes>().Encode(new LinkId(123_456))) + "，看";
        Assert.Contains($">&#xA;{text}</textarea>", await PageAsync(app, "/find?text=" + Uri.EscapeDataString(text)), StringComparison.Ordinal);
    }

    private static async Task<string> PageAsync(TestApp app, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
        using var response = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> OpenAsync(TestApp app, string path, string agent, string? address = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        if (address is not null)
            request.Headers.Add("X-Forwarded-For", address);
        return await app.Client.SendAsync(request);
    }
}
