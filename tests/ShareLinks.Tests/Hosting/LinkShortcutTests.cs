using System.Net;
using System.Text.RegularExpressions;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>Whoever opens a link cannot tell whether the process had it at hand.</summary>
public partial class LinkShortcutTests(Azurite azurite)
{
    [Theory]
    [InlineData(Agents.AndroidChrome, HttpStatusCode.Found)]
    [InlineData(Agents.Iphone, HttpStatusCode.OK)]
    [InlineData(Agents.Googlebot, HttpStatusCode.OK)]
    public async Task A_link_at_hand_is_opened_as_one_that_is_not(string agent, HttpStatusCode status)
    {
        var prefix = azurite.NewPrefix();
        Dictionary<string, string?> settings = new() { ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket" };
        await using var minting = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        var minted = await minting.MintAsync(new { listingId = "item-1", alias = "summer-sale", channel = "wechat" });
        await using var app = await TestApp.StartAsync(azurite, settings, prefix: prefix);
        foreach (var path in new[] { minted["code"]!.GetValue<string>(), "summer-sale" })
        {
            var cold = await OpenAsync(app, path, agent);
            Assert.Equal(status, cold.Status);
            for (var again = 0; again < 2; again++)
                Assert.Equal(cold, await OpenAsync(app, path, agent));
        }
        Assert.Equal(6, (await app.ReadFeedAsync()).Clicks.Count);
    }

    [Fact]
    public async Task Whatever_else_is_asked_of_it_is_answered_where_it_was()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        Assert.Contains("\"decision\"", await app.Client.GetStringAsync($"/{code}?format=json"), StringComparison.Ordinal);
        using var head = new HttpRequestMessage(HttpMethod.Head, "/" + code);
        Assert.Equal(HttpStatusCode.Found, (await app.Client.SendAsync(head)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await app.Client.PostAsync("/" + code, null)).StatusCode);
        // As long as a code, and an address of the app's own.
        Assert.Equal("/dashboard/sign-in", (await app.Client.GetAsync("/dashboard")).Headers.Location!.OriginalString.Split('?')[0]);
        await app.Client.PatchAsync("/api/links/" + code, TestApp.Json(new { disabled = true }));
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.GetAsync("/" + code)).StatusCode);
        Assert.Equal(1, (await app.ReadFeedAsync()).Clicks.Count(click => click["action"]!.GetValue<string>() == "redirect"));
    }

    private static async Task<(HttpStatusCode Status, string Headers)> OpenAsync(TestApp app, string path, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/" + path);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        using var response = await app.Client.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers).Where(header => header.Key != "Date")
            .Select(header => $"{header.Key}: {ClickIdOf().Replace(string.Join(", ", header.Value), "clickId=")}").Order(StringComparer.Ordinal);
        return (response.StatusCode, string.Join('\n', headers));
    }

    [GeneratedRegex("clickId=[0-9A-Za-z]{22}")]
    private static partial Regex ClickIdOf();
}
