using System.Net;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

public class ApiReferenceTests(Azurite azurite)
{
    private static readonly System.Text.Json.JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_openapi_document_has_every_route_and_what_it_needs()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var document = await app.GetJsonAsync("/openapi/v1.json");
        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var paths = document["paths"]!.AsObject();
        Assert.Equal(
            ["/Q/{token} get", "/Q/{token} head", "/api/attribution get", "/api/attribution/events/{type}/{id} get", "/api/clicks get", "/api/clicks post", "/api/clicks/export get", "/api/clicks/{clickId} get", "/api/events post", "/api/funnel get", "/api/health get", "/api/keys get", "/api/keys post", "/api/keys/{id} delete", "/api/links get",
                "/api/links post", "/api/links/batch post", "/api/links/{code} get", "/api/links/{code} patch", "/api/links/{code}/diagnose get", "/api/links/{code}/spread get", "/api/listings/batch post", "/api/listings/{id} get", "/api/listings/{id} put", "/api/people/{userId} delete", "/api/people/{userId} get", "/api/resolve post", "/api/share-text/grammar get", "/api/stats get", "/api/stats/top get", "/find get", "/{code} get", "/{code} head", "/{code}/qr.png get", "/{code}/qr.png head", "/{code}/qr.svg get", "/{code}/qr.svg head", "/{code}/wxacode.png get", "/{code}/wxacode.png head"],
            paths.SelectMany(path => path.Value!.AsObject().Select(method => $"{path.Key} {method.Key}")).Order(StringComparer.Ordinal));
        var mint = paths["/api/links"]!["post"]!;
        Assert.Contains("mint", mint["security"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.NotNull(mint["requestBody"]!["content"]!["application/json"]);
        Assert.NotNull(mint["responses"]!["201"]);
        Assert.NotNull(mint["responses"]!["default"]!["content"]!["application/problem+json"]);
        var fields = document["components"]!["schemas"]!["MintRequest"]!["properties"]!.AsObject().Select(field => field.Key);
        Assert.Equal(["listingId", "listing", "sharerId", "channel", "campaign", "placement", "parent", "alias", "expiresAt", "tags", "destinations"], fields);
    }

    [Fact]
    public async Task Every_request_with_a_body_has_an_example_that_works()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Destinations:AllowedHosts:0"] = "market.example" });
        var link = await app.MintAsync();
        var code = link["code"]!.GetValue<string>();
        var document = await app.GetJsonAsync("/openapi/v1.json");
        var sent = 0;
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                if (operation!["requestBody"] is not { } body)
                    continue;
                var example = body["content"]!["application/json"]!["example"];
                Assert.True(example is not null, $"{method} {path}");
                using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path.Replace("{code}", code).Replace("{id}", "item-1001"))
                {
                    Content = new StringContent(example.ToJsonString(Readable).Replace("AbC3dE9kQ", code).Replace("7K2M9QXA3FVD", link["qrUrl"]!.GetValue<string>()[^12..]), System.Text.Encoding.UTF8, "application/json"),
                };
                using var response = await app.Client.SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                Assert.True(response.IsSuccessStatusCode && !text.Contains("\"problem\"", StringComparison.Ordinal), $"{method} {path}: {text}");
                sent++;
            }
        }
        Assert.Equal(9, sent);
    }

    [Fact]
    public async Task The_reference_page_is_served_from_here_alone()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.GetAsync("/docs/");
        var page = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page);
        Assert.Contains("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var script = System.Text.RegularExpressions.Regex.Match(page, "src=\"([^\"]+\\.js[^\"]*)\"").Groups[1].Value;
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync(new Uri(new Uri(app.Client.BaseAddress!, "/docs/"), script))).StatusCode);
    }
}
