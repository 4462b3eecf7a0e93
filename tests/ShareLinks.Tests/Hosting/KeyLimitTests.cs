using System.Net;
using System.Net.Http.Headers;
using ShareLinks.Hosting;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

public class KeyLimitTests(Azurite azurite)
{
    [Fact]
    public async Task A_key_that_asks_too_much_is_refused_for_a_moment_and_nobody_else()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Limits:RequestsPerKey"] = "1" });
        var keys = app.Get<ApiKeyTable>();
        var (busy, calm) = ((await keys.CreateAsync("busy", [Scopes.Query])).SecretKey, (await keys.CreateAsync("calm", [Scopes.Query])).SecretKey);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => AskAsync(app, "/api/stats?subject=all", busy)));
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToArray();
        // Two at once, and one for each second that they took.
        Assert.InRange(answers.Length - refused.Length, 2, 99);
        Assert.All(refused, answer => Assert.Equal("1", answer.Headers.RetryAfter!.ToString()));
        Assert.Contains("\"too_many_requests\"", await refused[0].Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(app, "/api/stats?subject=all", calm)).StatusCode);
        // Who shows no key is not held to any.
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AskAsync(app, "/api/health", null))), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await Wait.UntilAsync(async () => (await AskAsync(app, "/api/stats?subject=all", busy)).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public void A_key_regains_exactly_its_requests_a_second()
    {
        foreach (var perSecond in Enumerable.Range(1, 5000))
        {
            var bucket = KeyLimit.BucketOf(perSecond);
            Assert.Equal(perSecond, bucket.TokensPerPeriod / bucket.ReplenishmentPeriod.TotalSeconds, perSecond / 1000.0);
            Assert.Equal(2 * perSecond, bucket.TokenLimit);
        }
    }

    private static async Task<HttpResponseMessage> AskAsync(TestApp app, string question, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, question);
        using var client = new HttpClient { BaseAddress = app.Client.BaseAddress };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return await client.SendAsync(request);
    }
}
