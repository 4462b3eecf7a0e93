using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

/// <summary>The box for people without the app: <c>GET /find</c>.</summary>
public class FindTests(Azurite azurite)
{
    private static readonly Dictionary<string, string?> BehindEdge = new() { ["ShareLinks:ClientAddressHeader"] = "X-Forwarded-For" };

    [Fact]
    public async Task A_pasted_text_leads_on_and_its_click_says_how_it_was_read()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1" });
        var token = link["token"]!.GetValue<string>();
        foreach (var text in new[] { link["shareText"]!["zh-CN"]!.GetValue<string>(), token, $"{token[..^1]}{PastedTexts.Other(token[^1])}" })
        {
            using var response = await FindAsync(app, text);
            Assert.Equal(HttpStatusCode.Found, response.StatusCode);
            Assert.Equal("/item/item-1", response.Headers.Location!.AbsolutePath);
            Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        }
        Assert.Equal(
            [("code", "exact", "redirect"), ("token", "exact", "redirect"), ("token", "repaired", "redirect")],
            (await app.ReadFeedAsync()).Clicks.Select(click => (click["entry"]!.GetValue<string>(), click["match"]!.GetValue<string>(), click["action"]!.GetValue<string>())));
    }

    [Fact]
    public async Task The_box_is_on_the_first_page_and_where_nothing_was_found()
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var (path, status) in new[] { ("/", HttpStatusCode.OK), ("/find", HttpStatusCode.OK), ("/find?text=%20", HttpStatusCode.OK), ("/AbC3dE9k", HttpStatusCode.NotFound), ("/find?text=nothing", HttpStatusCode.NotFound), ("/find?text=" + new string('x', 5000), HttpStatusCode.RequestEntityTooLarge) })
        {
            using var response = await GetPageAsync(app, path);
            Assert.Equal(status, response.StatusCode);
            Assert.Contains("<form action=\"/find\"><label for=\"text\">", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_pasted_is_shown_again_as_text()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await GetPageAsync(app, "/find?text=" + Uri.EscapeDataString("</textarea><script>alert(1)</script>\"'&{text}"));
        var page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;{text}</textarea>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_a_problem()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await FindAsync(app, "nothing");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("no_code_in_text", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_whose_link_is_off_says_so()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync();
        await app.Client.PatchAsync($"/api/links/{link["code"]}", TestApp.Json(new { disabled = true }));
        using var response = await GetPageAsync(app, "/find?text=" + link["token"]);
        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        Assert.Equal("miss_disabled", Assert.Single((await app.ReadFeedAsync()).Clicks)["action"]!.GetValue<string>());
    }

    [Fact]
    public async Task Whoever_guesses_is_slowed_down_and_nobody_else()
    {
        await using var app = await TestApp.StartAsync(azurite, BehindEdge);
        var token = (await app.MintAsync())["token"]!.GetValue<string>();
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.NotFound, (await FindAsync(app, "nothing", "203.0.113.7")).StatusCode);
        using var refused = await FindAsync(app, token, "203.0.113.7:4711");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("too_many_failures", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // Whatever a client puts into the header itself stands before what the edge adds.
        Assert.Equal(HttpStatusCode.TooManyRequests, (await FindAsync(app, token, "198.51.100.1, 203.0.113.7")).StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await FindAsync(app, token, "203.0.113.8")).StatusCode);
        // Addresses that nobody knows are not limited, or one guesser would shut everybody out.
        for (var i = 0; i < 25; i++)
            Assert.Equal(HttpStatusCode.NotFound, (await FindAsync(app, "nothing")).StatusCode);
    }

    [Fact]
    public async Task Guesses_at_the_same_moment_and_guessed_scans_count_as_well()
    {
        await using var app = await TestApp.StartAsync(azurite, BehindEdge);
        var tries = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => FindAsync(app, "nothing", "203.0.113.7")));
        Assert.Equal(20, tries.Count(response => response.StatusCode == HttpStatusCode.NotFound));

        var (_, phone) = await app.Get<ApiKeyTable>().CreateAsync("app", [Scopes.Scan]);
        var url = (await app.MintAsync())["qrUrl"]!.GetValue<string>();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/clicks")
        {
            Content = TestApp.Json(new { clicks = Enumerable.Range(0, 100).Select(i => new { scanId = $"scan-0123456789-{i}", text = "nothing", occurredAt = TimeProvider.System.GetUtcNow() }) }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", phone);
        request.Headers.Add("X-Forwarded-For", "203.0.113.8");
        var rejected = JsonNode.Parse(await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync())!["rejected"]!.AsArray();
        Assert.Equal([(404, 20), (429, 80)], rejected.GroupBy(entry => entry!["problem"]!["status"]!.GetValue<int>()).Select(group => (group.Key, group.Count())).Order());
        Assert.Equal(HttpStatusCode.TooManyRequests, (await FindAsync(app, url, "203.0.113.8")).StatusCode);
    }

    [Fact]
    public async Task Failures_are_forgiven_one_by_one()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var limiter = new FailureLimiter(new ClientAddress("X-Client", isPeerTheClient: true), time);
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        http.Request.Headers["X-Client"] = "203.0.113.7";
        Assert.Equal(FailureLimiter.Burst, await FailuresAsync());
        time.Advance(FailureLimiter.Regain);
        Assert.Equal(1, await FailuresAsync());
        time.Advance(FailureLimiter.Regain);
        var permit = limiter.PermitFor(http);
        Assert.True(await permit.PayAsync());
        permit.GiveBack();
        Assert.Equal(1, await FailuresAsync());
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(FailureLimiter.Burst, await FailuresAsync());

        async Task<int> FailuresAsync()
        {
            for (var failures = 0; ; failures++)
            {
                var permit = limiter.PermitFor(http);
                if (!await permit.PayAsync())
                    return failures;
                permit.Fail();
            }
        }
    }

    [Fact]
    public async Task Resolving_is_slowed_down_for_phones_and_not_for_servers()
    {
        await using var app = await TestApp.StartAsync(azurite, BehindEdge);
        var (_, phone) = await app.Get<ApiKeyTable>().CreateAsync("app", [Scopes.Resolve, Scopes.Scan]);
        var (_, server) = await app.Get<ApiKeyTable>().CreateAsync("server", [Scopes.Resolve, Scopes.Ingest]);
        for (var i = 0; i < 25; i++)
        {
            Assert.Equal(i < 20 ? HttpStatusCode.NotFound : HttpStatusCode.TooManyRequests, await ResolveAsync(app, phone, "2001:db8::" + i));
            Assert.Equal(HttpStatusCode.NotFound, await ResolveAsync(app, server, "203.0.113.9"));
        }
        Assert.Equal(HttpStatusCode.NotFound, await ResolveAsync(app, phone, "2001:db8:0:1::1"));
    }

    private static async Task<HttpStatusCode> ResolveAsync(TestApp app, string key, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/resolve") { Content = TestApp.Json(new { text = "nothing" }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("X-Forwarded-For", address);
        using var response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpResponseMessage> FindAsync(TestApp app, string text, string? address = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/find?text=" + Uri.EscapeDataString(text));
        if (address is not null)
            request.Headers.Add("X-Forwarded-For", address);
        return await app.Client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> GetPageAsync(TestApp app, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/html");
        return await app.Client.SendAsync(request);
    }
}
