using System.Net;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting.Worker;

/// <summary>The published folder as a function app in production, from the first key to what brought an order.</summary>
public class FunctionAppTests(Azurite azurite, PublishedApp published)
{
    private const string WeChat = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x1800323a) NetType/WIFI Language/zh_CN";
    private const string Safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
    private const string Preview = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";

    [Fact]
    public async Task From_the_first_key_to_what_brought_an_order()
    {
        await using var app = await FunctionApp.StartAsync(azurite, published, scopes: null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Client.GetAsync("/api/keys")).StatusCode);
        await app.MakeKeyAsync("mint,ingest,query,resolve,scan,admin");

        var link = await app.PostAsync("/api/links", new { listingId = "item-1", listing = new { title = "Lamp", price = 2399.00m, currency = "CNY" }, sharerId = "user-7", channel = "wechat" });
        var path = ((string)link["url"]!)[FunctionApp.Address.Length..];
        Assert.StartsWith(FunctionApp.Address + "/", (string)link["url"]!, StringComparison.Ordinal);

        // Every kind of client: a desktop, a phone's browser, WeChat, a preview.
        using (var opened = await app.Client.GetAsync(path))
        {
            Assert.Equal(HttpStatusCode.Found, opened.StatusCode);
            var click = opened.Headers.Location!.Query.Split("clickId=")[1];
            var (clicks, _) = await Feed.ReadToEndAsync(app.Client);
            Assert.Equal(click, Feed.Id(Assert.Single(clicks)));
            var events = new[] { new { id = "order-55", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), userId = "user-9", clickId = click, listingId = "item-1", value = 2399.00m, currency = "CNY" } };
            Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[]}""", (await app.PostAsync("/api/events", new { events })).ToJsonString());
        }
        Assert.Equal(HttpStatusCode.Found, (await OpenAsync(app, path, Safari)).StatusCode);
        using (var inWeChat = await OpenAsync(app, path, WeChat))
        {
            Assert.Equal(HttpStatusCode.Found, inWeChat.StatusCode);
            using var page = await OpenAsync(app, new Uri(app.Host.Address, inWeChat.Headers.Location!).PathAndQuery, WeChat);
            Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
            Assert.Contains("Lamp", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using (var preview = await OpenAsync(app, path, Preview))
            Assert.Contains("og:title", await preview.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // Pictures and passphrases.
        using (var picture = await app.Client.GetAsync(path + "/qr.png"))
        {
            Assert.Equal("image/png", picture.Content.Headers.ContentType?.MediaType);
            var token = (string)link["token"]!;
            Assert.EndsWith("/Q/" + token.Replace("-", "", StringComparison.Ordinal), await Scanner.ReadPngAsync(await picture.Content.ReadAsByteArrayAsync()), StringComparison.OrdinalIgnoreCase);
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/Q/" + token.Replace("-", "", StringComparison.Ordinal))).StatusCode);
            var found = await app.PostAsync("/api/resolve", new { text = $"看看这个 ￥{token}￥ 不错" });
            Assert.Equal((string)link["code"]!, (string)found["matches"]![0]!["code"]!);
        }
        Assert.Equal("image/svg+xml", (await app.Client.GetAsync(path + "/qr.svg")).Content.Headers.ContentType?.MediaType);

        // The timer counts, and queries answer.
        Assert.Null((string?)(await app.GetJsonAsync("/api/health"))["fold"]?["completeThrough"]);
        await app.Host.FireTimerAsync("Fold");
        // Health reads storage only now and then.
        await Wait.UntilAsync(async () => (await app.GetJsonAsync("/api/health"))["fold"]?["completeThrough"] is not null);
        var stats = await app.GetJsonAsync("/api/stats?subject=listing:item-1");
        Assert.Equal(5, (long)stats["total"]!["clicks"]!);
        Assert.Equal(1, (double)(await app.GetJsonAsync("/api/attribution?by=channel&model=linear"))["rows"]![0]!["conversions"]!);
        var explained = await app.Client.GetStringAsync("/api/attribution/events/order/order-55");
        Assert.Contains("\"user-7\"", explained, StringComparison.Ordinal);
        Assert.Equal(2, (await app.GetJsonAsync("/api/funnel?steps=click,order"))["steps"]!.AsArray().Count);
        Assert.Equal(1, (int)(await app.GetJsonAsync($"/api/links{path}/spread"))["links"]!);
        var today = TimeProvider.System.GetUtcNow();
        var export = await app.Client.GetStringAsync($"/api/clicks/export?from={today.AddDays(-1):yyyy-MM-dd}&to={today.AddDays(2):yyyy-MM-dd}&format=csv");
        Assert.Equal(7, export.TrimEnd().Split('\n').Length);

        // The dashboard, signed in with a key; the reference; keys.
        using (var signIn = await app.Client.PostAsync("/dashboard/sign-in", new FormUrlEncodedContent([new("key", app.Key)])))
        {
            Assert.Equal(HttpStatusCode.Found, signIn.StatusCode);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard");
            request.Headers.Add("Cookie", signIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
            using var overview = await app.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, overview.StatusCode);
            Assert.Contains("item-1", await overview.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Contains("/api/links/{code}/spread", await app.Client.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
        // Of the functions the reference knows nothing: what they hand on is what it describes.
        Assert.DoesNotContain("{*", await app.Client.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
        var made = await app.PostAsync("/api/keys", new { name = "phone", scopes = new[] { "resolve", "scan" } });
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync("/api/keys/" + (string)made["id"]!)).StatusCode);
        Assert.Equal("ok", (string)(await app.GetJsonAsync("/api/health"))["status"]!);

        Assert.DoesNotContain("Error: ", app.Host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(app.Key, app.Host.Output, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> OpenAsync(FunctionApp app, string path, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        return await app.Client.SendAsync(request);
    }
}
