using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Links;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

public class AssociationEndpointsTests(Azurite azurite)
{
    private static readonly string[] Paths = [AssociationFiles.ApplePath, AssociationFiles.AndroidPath, AssociationFiles.HarmonyPath];

    [Fact]
    public async Task Configured_apps_are_told_as_json_at_once()
    {
        await using var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:Apps:Ios:AppIds:0"] = "ABCDE12345.example.market",
            ["ShareLinks:Apps:Android:Package"] = "example.market",
            ["ShareLinks:Apps:Android:Sha256Fingerprints:0"] = string.Join(':', Enumerable.Repeat("ab", 32)),
            ["ShareLinks:Apps:Harmony:AppIdentifier"] = "5765880207855123456",
        });
        var files = app.Get<AssociationFiles>();
        foreach (var (path, json) in Paths.Zip([files.Apple!, files.Android!, files.Harmony!]))
        {
            using var response = await app.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
            Assert.Equal("public, max-age=3600", response.Headers.CacheControl!.ToString());
            Assert.Equal(json, await response.Content.ReadAsStringAsync());
            using var head = await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
            Assert.Equal((HttpStatusCode.OK, json.Length), (head.StatusCode, (int)head.Content.Headers.ContentLength!.Value));
        }
    }

    [Fact]
    public async Task Without_an_app_there_is_nothing_there()
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var path in Paths)
        {
            using var response = await app.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal("not_found", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_verification_file_comes_before_links_and_is_never_a_page()
    {
        await using var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:VerificationFiles:/Q/wxverify.txt"] = "0123456789abcdef",
            ["ShareLinks:VerificationFiles:/MP_verify"] = "<h1>no page</h1>",
            ["ShareLinks:VerificationFiles:/.well-known/example/site.json"] = """{"id":"7"}""",
        });
        foreach (var (path, content, type) in new[]
        {
            ("/Q/wxverify.txt", "0123456789abcdef", "text/plain; charset=utf-8"),
            ("/MP_verify", "<h1>no page</h1>", "text/plain; charset=utf-8"),
            ("/.well-known/example/site.json", """{"id":"7"}""", "application/json"),
        })
        {
            using var response = await app.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(content, await response.Content.ReadAsStringAsync());
            Assert.Equal(type, response.Content.Headers.ContentType!.ToString());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        }
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/Q/other.txt")).StatusCode);
        // No alias can come to stand in its place.
        using var mint = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1", alias = "mp_verify" }));
        Assert.Equal(HttpStatusCode.BadRequest, mint.StatusCode);
    }
}
