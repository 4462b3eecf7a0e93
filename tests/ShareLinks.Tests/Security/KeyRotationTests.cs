using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Security;

/// <summary>Keys that change while links, sessions and API keys are in use, on instances that share their tables.</summary>
public class KeyRotationTests(Azurite azurite)
{
    private static readonly string First = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes("first")));
    private static readonly string Second = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes("second")));

    private readonly string prefix = azurite.NewPrefix();

    [Fact]
    public async Task Old_tokens_and_codes_open_their_links_after_every_rotation_until_a_key_is_taken_away()
    {
        await using var before = await TestApp.StartAsync(azurite, prefix: prefix);
        var link = await before.MintAsync();
        var (code, oldest) = (link["code"]!.GetValue<string>(), Token(link));
        await using var once = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Codes:TokenKeys:0"] = First }, prefix: prefix);
        var old = Token(await once.GetJsonAsync("/api/links/" + code));
        await using var twice = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Codes:TokenKeys:0"] = Second, ["ShareLinks:Codes:TokenKeys:1"] = First }, prefix: prefix);
        var newest = Token(await twice.GetJsonAsync("/api/links/" + code));
        Assert.Equal(3, new[] { oldest, old, newest }.Distinct().Count());
        foreach (var path in new[] { "/" + code, "/Q/" + oldest, "/Q/" + old, "/Q/" + newest })
            Assert.Equal(HttpStatusCode.Found, (await twice.Client.GetAsync(path)).StatusCode);
        await using var reduced = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Codes:TokenKeys:0"] = Second }, prefix: prefix);
        Assert.Equal(HttpStatusCode.NotFound, (await reduced.Client.GetAsync("/Q/" + old)).StatusCode);
        foreach (var path in new[] { "/" + code, "/Q/" + oldest, "/Q/" + newest })
            Assert.Equal(HttpStatusCode.Found, (await reduced.Client.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Whoever_is_signed_in_stays_so_until_the_key_leaves_the_ring()
    {
        await using var before = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Security:SigningKeys:0"] = First }, prefix: prefix);
        var old = await SignInAsync(before);
        await using var rotated = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Security:SigningKeys:0"] = Second, ["ShareLinks:Security:SigningKeys:1"] = First }, prefix: prefix);
        Assert.Equal(HttpStatusCode.OK, await LookAsync(rotated, old));
        var recent = await SignInAsync(rotated);
        Assert.Equal(HttpStatusCode.OK, await LookAsync(rotated, recent));
        Assert.Equal(HttpStatusCode.Found, await LookAsync(before, recent));
        await using var reduced = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Security:SigningKeys:0"] = Second }, prefix: prefix);
        Assert.Equal(HttpStatusCode.OK, await LookAsync(reduced, recent));
        Assert.Equal(HttpStatusCode.Found, await LookAsync(reduced, old));
        // Without keys of their own, sessions are signed by one that is derived from the code key; then that opens nothing any more.
        await using var derived = await TestApp.StartAsync(azurite, prefix: prefix);
        Assert.Equal(HttpStatusCode.Found, await LookAsync(reduced, await SignInAsync(derived)));
    }

    [Fact]
    public async Task A_revoked_key_and_its_sessions_end_on_every_instance_within_a_minute()
    {
        var ahead = new Ahead();
        await using var one = await TestApp.StartAsync(azurite, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(ahead), prefix: prefix);
        using var made = await one.Client.PostAsync("/api/keys", TestApp.Json(new { name = "test", scopes = new[] { "query" } }));
        var key = JsonNode.Parse(await made.Content.ReadAsStringAsync())!["key"]!.GetValue<string>();
        other.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Assert.Equal(HttpStatusCode.OK, (await other.Client.GetAsync("/api/clicks")).StatusCode);
        var session = await SignInAsync(other, key);
        Assert.Equal(HttpStatusCode.OK, await LookAsync(other, session));

        Assert.Equal(HttpStatusCode.NoContent, (await one.Client.DeleteAsync("/api/keys/" + key.Split('_')[1])).StatusCode);
        // Half a minute on the other instance's clock, of which none has passed here.
        ahead.By = TimeSpan.FromSeconds(30);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.Client.GetAsync("/api/clicks")).StatusCode);
        Assert.Equal(HttpStatusCode.Found, await LookAsync(other, session));
    }

    private static string Token(JsonNode link) => link["token"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal);

    private static async Task<string> SignInAsync(TestApp app, string key = ShareLinks.Security.DevelopmentKey.Value)
    {
        using var response = await app.Client.PostAsync("/dashboard/sign-in", new FormUrlEncodedContent([KeyValuePair.Create("key", key), KeyValuePair.Create("to", "/dashboard")]));
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static async Task<HttpStatusCode> LookAsync(TestApp app, string cookie)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false }) { BaseAddress = app.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard/links");
        request.Headers.Add("Cookie", cookie);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>The real clock, whose measure of passing time may be put ahead.</summary>
    private sealed class Ahead : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override long GetTimestamp() => System.GetTimestamp() + (long)(By.TotalSeconds * TimestampFrequency);
    }
}
