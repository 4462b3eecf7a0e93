using System.Net;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

public class ApiReferenceTests(Azurite azurite)
{
    [Fact]
    public async Task The_openapi_document_has_every_route_and_what_it_needs()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var document = await app.GetJsonAsync("/openapi/v1.json");
        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var paths = document["paths"]!.AsObject();
        Assert.Equal(
            ["/Q/{token} get", "/Q/{token} head", "/api/clicks get", "/api/clicks/{clickId} get", "/api/health get", "/api/keys get", "/api/keys post", "/api/keys/{id} delete", "/api/links get",
                "/api/links post", "/api/links/batch post", "/api/links/{code} get", "/api/links/{code} patch", "/api/listings/batch post", "/api/listings/{id} get", "/api/listings/{id} put", "/{code} get", "/{code} head", "/{code}/qr.png get", "/{code}/qr.svg get"],
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
