using System.Net;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>What browsers are told of every answer, and what a request says of itself that nobody believes.</summary>
public class SecurityHeadersTests(Azurite azurite)
{
    private static readonly Dictionary<string, string?> Production = new() { ["ShareLinks:BaseUrl"] = "https://s.example", ["ShareLinks:Apps:Ios:Scheme"] = "market", ["ShareLinks:Apps:Android:Scheme"] = "market" };

    [Fact]
    public async Task Every_answer_is_taken_for_nothing_but_what_it_is()
    {
        await using var app = await TestApp.StartAsync(azurite, Production);
        var code = await app.MintCodeAsync();
        foreach (var path in new[] { "/", "/" + code, "/unknown-code", "/find?text=x", $"/{code}/qr.png", $"/{code}/qr.svg", "/docs", "/dashboard/sign-in", "/api/health", "/api/keys", "/api/nothing", "/no/such/page", "/.well-known/assetlinks.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Accept", "text/html");
            request.Headers.Add("Origin", "https://evil.example");
            using var response = await app.Client.SendAsync(request);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("max-age=15552000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
            Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) || header.Key == "Server");
            if (response.Content.Headers.ContentType?.MediaType == "text/html")
            {
                var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
                Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
                Assert.Contains("base-uri 'none'", policy, StringComparison.Ordinal);
            }
        }
        // A browser asks first whether another site may call; it may not.
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/api/links");
        preflight.Headers.Add("Origin", "https://evil.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using var answer = await app.Client.SendAsync(preflight);
        Assert.False(answer.IsSuccessStatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_answer_that_was_cleared_for_a_fault_bears_them_as_well()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new(Production) { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString });
        proxy.Before = _ => Fault.Cut;
        using var response = await app.Client.GetAsync("/some-alias");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("max-age=15552000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
    }

    [Fact]
    public async Task What_a_request_says_of_its_host_makes_no_address()
    {
        await using var app = await TestApp.StartAsync(azurite, Production);
        var code = await app.MintCodeAsync();
        foreach (var (method, path) in new[] { ("GET", "/"), ("GET", "/" + code), ("GET", "/unknown-code"), ("GET", $"/{code}/qr.svg"), ("GET", "/openapi/v1.json"), ("GET", "/dashboard"), ("POST", "/api/links") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Host = "evil.example";
            foreach (var header in new[] { "X-Forwarded-Host", "X-Original-Host", "X-Host", "Forwarded" })
                request.Headers.Add(header, header == "Forwarded" ? "host=evil.example;proto=http" : "evil.example");
            request.Headers.Add("X-Forwarded-Proto", "http");
            if (method == "POST")
                request.Content = TestApp.Json(new { listingId = "item-1" });
            // On a phone a page is shown, which has the address in it.
            request.Headers.UserAgent.ParseAdd(Agents.Iphone);
            using var response = await app.Client.SendAsync(request);
            Assert.NotEqual(HttpStatusCode.InternalServerError, response.StatusCode);
            Assert.DoesNotContain("evil.example", await response.Content.ReadAsStringAsync() + response.Headers, StringComparison.Ordinal);
        }
    }
}
