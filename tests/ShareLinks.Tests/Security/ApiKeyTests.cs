using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Security;

public class ApiKeyTests(Azurite azurite)
{
    [Fact]
    public async Task A_key_does_what_its_scopes_say_until_it_is_revoked()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (id, key) = await CreateAsync(app, "mint");
        Assert.Equal(HttpStatusCode.Created, await MintAsync(app, key));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(app, "/api/clicks", key));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(app, "/api/keys", key));
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"/api/keys/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await MintAsync(app, key));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.DeleteAsync($"/api/keys/{id}")).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sl_")]
    [InlineData("sl_development2")]
    [InlineData("sl_000000000000_00000000000000000000000000000000000000000000")]
    [InlineData("sl_00000/000000_00000000000000000000000000000000000000000000")]
    public async Task A_key_that_is_none_is_refused_before_the_body_is_read(string? key)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/links") { Content = new StringContent("not json", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        app.Client.DefaultRequestHeaders.Authorization = null;
        using var response = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("unauthorized", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Storage_holds_no_secret_and_lists_show_none()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var (id, key) = await CreateAsync(app, "query");
        var row = (await new TableClient(azurite.ConnectionString, prefix + "keys").GetEntityAsync<TableEntity>("keys", id)).Value;
        var secret = key.Split('_')[2];
        Assert.DoesNotContain(((IDictionary<string, object>)row).Values, value => value is string text && text.Contains(secret[..8], StringComparison.Ordinal));
        Assert.Equal(32, row.GetBinary("Hash").Length);
        Assert.DoesNotContain(secret, await app.Client.GetStringAsync("/api/keys"), StringComparison.Ordinal);
        // The right id with another secret.
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(app, "/api/clicks", key[..^1] + (key[^1] == 'a' ? 'b' : 'a')));
    }

    [Theory]
    [InlineData("{}", "/scopes")]
    [InlineData("""{"scopes":[]}""", "/scopes")]
    [InlineData("""{"scopes":["root"]}""", "/scopes")]
    [InlineData("""{"scopes":[null]}""", "/scopes")]
    [InlineData("""{"scopes":["mint"],"name":"\n"}""", "/name")]
    public async Task A_wrong_request_for_a_key_is_refused(string body, string pointer)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/api/keys", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(pointer, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_development_key_is_unknown_in_production()
    {
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton(new DevelopmentKey(isEnabled: false)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Client.GetAsync("/api/keys")).StatusCode);
    }

    private static async Task<(string Id, string Key)> CreateAsync(TestApp app, params string[] scopes)
    {
        using var response = await app.Client.PostAsync("/api/keys", TestApp.Json(new { name = "test", scopes }));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var key = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return (key["id"]!.GetValue<string>(), key["key"]!.GetValue<string>());
    }

    private static Task<HttpStatusCode> MintAsync(TestApp app, string key) =>
        SendAsync(app, new HttpRequestMessage(HttpMethod.Post, "/api/links") { Content = TestApp.Json(new { listingId = "item-1" }) }, key);

    private static Task<HttpStatusCode> GetAsync(TestApp app, string path, string key) => SendAsync(app, new HttpRequestMessage(HttpMethod.Get, path), key);

    private static async Task<HttpStatusCode> SendAsync(TestApp app, HttpRequestMessage request, string key)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }

    [Fact]
    public async Task A_key_that_was_never_made_costs_no_read_and_an_old_one_stays_valid()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var (id, key) = await CreateAsync(app, "query");
        Assert.True(app.Get<ApiKeyIds>().IsOwn(id));
        // As keys were made before there was a MAC, and as a command with another code key makes them.
        var old = $"sl_AbCdEfGhIjKl_{new string('x', 44)}";
        Assert.False(app.Get<ApiKeyIds>().IsOwn("AbCdEfGhIjKl"));
        await new TableClient(azurite.ConnectionString, prefix + "keys").AddEntityAsync(new TableEntity("keys", "AbCdEfGhIjKl")
        {
            ["Hash"] = ApiKey.HashOf(old),
            ["Name"] = "old",
            ["Scopes"] = "query",
            ["CreatedAt"] = TimeProvider.System.GetUtcNow(),
        });
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        other.Storage.Reset();
        Assert.Equal(HttpStatusCode.OK, await GetAsync(other, "/api/stats?subject=all", key));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(other, "/api/stats?subject=all", old));
        Assert.Equal(3, other.Storage.Requests.Count(request => request.Table == "keys"));
        other.Storage.Reset();
        for (var i = 0; i < 500; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(other, "/api/keys", $"sl_{Invented(id, i)}_{key.Split('_')[2]}"));
        // The list of the ids without a MAC, should its half minute be over.
        Assert.InRange(other.Storage.Requests.Count(request => request.Table == "keys"), 0, 1);
        Assert.Equal(HttpStatusCode.NoContent, (await other.Client.DeleteAsync("/api/keys/AbCdEfGhIjKl")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(other, "/api/stats?subject=all", old));

        static string Invented(string id, int i) => i % 2 == 0 ? $"{id[..8]}{i:x4}" : $"{i:D8}{id[8..]}";
    }

    [Fact]
    public void One_id_in_fifteen_million_passes_by_luck()
    {
        var ids = new ApiKeyIds(new byte[32]);
        var others = new ApiKeyIds([.. Enumerable.Repeat((byte)1, 32)]);
        var made = Enumerable.Range(0, 1000).Select(i => ids.Create((UInt128)(i + 1) * 0x9E37_79B9_7F4A_7C15)).ToArray();
        Assert.All(made, id => Assert.True(ids.IsOwn(id) && ApiKeyTable.IsId(id)));
        Assert.InRange(made.Count(others.IsOwn), 0, 1);
        Assert.Equal(made.Length, made.Distinct().Count());
        Assert.False(ids.IsOwn("short"));
    }

    [Fact]
    public async Task Nobody_looks_at_the_key_of_a_visitor()
    {
        var keys = 0;
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString });
        var code = await app.MintCodeAsync();
        proxy.Before = request =>
        {
            if (request.Path.Contains("keys", StringComparison.Ordinal))
                Interlocked.Increment(ref keys);
            return Fault.None;
        };
        foreach (var (path, status, looked) in new[] { ("/" + code, HttpStatusCode.Found, 0), ("/api/keys", HttpStatusCode.Unauthorized, 1) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new("Bearer", "sl_000000000000_" + new string('0', 44)) } };
            using var response = await app.Client.SendAsync(request);
            Assert.Equal((status, looked), (response.StatusCode, Math.Min(keys, 1)));
        }
    }
}
