using System.Net;
using System.Net.Http.Headers;
using ShareLinks.Codes;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Security;

/// <summary>Whoever makes addresses up is slowed down; others, and what others open, are not.</summary>
public class MissLimiterTests(Azurite azurite)
{
    private static readonly Dictionary<string, string?> BehindEdge = new() { ["ShareLinks:ClientAddressHeader"] = "X-Forwarded-For" };

    [Fact]
    public async Task Whoever_makes_addresses_up_gets_no_further_answers_but_what_others_open_stays_open()
    {
        var prefix = azurite.NewPrefix();
        await using var first = await TestApp.StartAsync(azurite, prefix: prefix);
        var (popular, other) = (await first.MintAsync(), await first.MintCodeAsync());
        await using var app = await TestApp.StartAsync(azurite, BehindEdge, prefix: prefix);
        var code = popular["code"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, "/" + code, "203.0.113.8"));
        var (made, unminted) = (0, 0);
        for (var i = 0; i < MissLimiter.Burst; i++)
        {
            // Strings that may be aliases, codes that were never minted, tokens.
            var path = (i % 3) switch { 0 => $"/made-up-{i}", 1 => "/" + first.Get<ShortCodes>().Encode(new LinkId(1_000_000 + i)), _ => "/Q/" + first.Get<PassphraseTokens>().Encode(new LinkId(1_000_000 + i)) };
            if (await OpenAsync(app, path, "203.0.113.7") == HttpStatusCode.NotFound)
                made++;
            unminted += i % 3 == 0 ? 0 : 1;
        }
        Assert.Equal((MissLimiter.Burst, 40), (made, unminted));

        // One is forgiven a second, and these take a moment.
        var further = await Task.WhenAll(Enumerable.Range(0, MissLimiter.Burst).Select(async i => await app.Client.SendAsync(Request($"/made-up-again-{i}", "203.0.113.7"))));
        Assert.All(further, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.TooManyRequests }));
        var refused = further.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToArray();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.Equal("1", answer.Headers.RetryAfter!.ToString()));
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, "/" + code, "203.0.113.7"));
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, new Uri(popular["qrUrl"]!.GetValue<string>()).AbsolutePath, "203.0.113.7"));
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, "/" + other, "203.0.113.8"));
        Assert.Equal(HttpStatusCode.NotFound, await OpenAsync(app, "/made-up", "203.0.113.8"));
    }

    [Fact]
    public void Misses_are_forgiven_one_a_second_and_links_cost_nothing()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var limiter = new MissLimiter(new ClientAddress("X-Client", isPeerTheClient: true), time);
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        http.Request.Headers["X-Client"] = "203.0.113.7";
        for (var i = 0; i < 1000; i++)
            Assert.True(limiter.MayLook(http));
        for (var i = 0; i < MissLimiter.Burst; i++)
        {
            Assert.True(limiter.MayLook(http));
            limiter.Missed(http);
        }
        Assert.False(limiter.MayLook(http));
        Assert.Equal("1", http.Response.Headers.RetryAfter);
        time.Advance(MissLimiter.Regain);
        Assert.True(limiter.MayLook(http));
        limiter.Missed(http);
        Assert.False(limiter.MayLook(http));
        http.Request.Headers["X-Client"] = "203.0.113.8";
        Assert.True(limiter.MayLook(http));
    }

    [Fact]
    public async Task A_backend_s_users_are_slowed_down_one_by_one()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (_, key) = await app.Get<ApiKeyTable>().CreateAsync("server", [Scopes.Resolve, Scopes.Ingest]);
        var text = (await app.MintAsync())["token"]!.GetValue<string>();
        for (var i = 0; i < FailureLimiter.Burst; i++)
        {
            // What leads somewhere is no failure.
            Assert.Equal(HttpStatusCode.OK, await ResolveAsync(app, key, text, "user-1"));
            Assert.Equal(HttpStatusCode.NotFound, await ResolveAsync(app, key, "nothing", "user-1"));
        }
        Assert.Equal(HttpStatusCode.TooManyRequests, await ResolveAsync(app, key, text, "user-1"));
        Assert.Equal(HttpStatusCode.OK, await ResolveAsync(app, key, text, "user-2"));
        Assert.Equal(HttpStatusCode.NotFound, await ResolveAsync(app, key, "nothing", null));
    }

    private static HttpRequestMessage Request(string path, string address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Forwarded-For", address);
        return request;
    }

    private static async Task<HttpStatusCode> OpenAsync(TestApp app, string path, string address)
    {
        using var request = Request(path, address);
        using var response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> ResolveAsync(TestApp app, string key, string text, string? userId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/resolve") { Content = TestApp.Json(new { text, userId }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }
}
