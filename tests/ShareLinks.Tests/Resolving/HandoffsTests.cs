using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

/// <summary>A visit goes on in another app once, within thirty minutes; whatever comes after was forwarded.</summary>
public class HandoffsTests(Azurite azurite)
{
    private readonly ShiftedTime time = new();

    private Task<TestApp> StartAsync(string? prefix = null) =>
        TestApp.StartAsync(azurite, new() { ["ShareLinks:BaseUrl"] = "https://s.example" }, services => services.AddSingleton<TimeProvider>(time), prefix);

    [Fact]
    public async Task The_first_opening_continues_the_visit_and_the_next_was_forwarded()
    {
        await using var app = await StartAsync();
        var (code, visit) = await VisitAsync(app);
        var first = await OpenTextAsync(app, $"https://s.example/{code}~{visit}");
        var second = await OpenTextAsync(app, $"https://s.example/{code}~{visit}");
        Assert.Equal((visit, null), Crossing(first));
        Assert.Equal((null, visit), Crossing(second));
        var clicks = (await app.ReadFeedAsync()).Clicks;
        Assert.Equal([(null, null), (visit, null), (null, visit)], clicks.Select(Crossing));
        Assert.Equal(first["clickId"]!.GetValue<string>(), Feed.Id(clicks[1]));
    }

    [Fact]
    public async Task Ten_people_who_paste_one_text_at_once_make_one_continued_visit_and_nine_forwards()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await StartAsync(prefix);
        await using var other = await StartAsync(prefix);
        for (var round = 0; round < Scale.Of(20, 5); round++)
        {
            var (code, visit) = await VisitAsync(app);
            var openings = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => OpenTextAsync(i % 2 == 0 ? app : other, $"https://s.example/{code}~{visit}")));
            Assert.Equal(1, openings.Count(opening => Crossing(opening) == (visit, null)));
            Assert.Equal(9, openings.Count(opening => Crossing(opening) == (null, visit)));
        }
    }

    [Fact]
    public async Task The_same_address_opened_in_a_browser_follows_the_same_rule()
    {
        await using var app = await StartAsync();
        var (code, visit) = await VisitAsync(app);
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync($"/{code}~{visit}")).StatusCode);
        Assert.Equal([(null, null), (visit, null), (null, visit)], (await app.ReadFeedAsync()).Clicks.Select(Crossing));
    }

    [Fact]
    public async Task Looking_without_opening_uses_nothing_up()
    {
        await using var app = await StartAsync();
        var (code, visit) = await VisitAsync(app);
        await app.GetJsonAsync($"/{code}~{visit}?format=json");
        await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/{code}~{visit}"));
        Assert.Equal((visit, null), Crossing(await OpenTextAsync(app, $"https://s.example/{code}~{visit}")));
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(31, false)]
    public async Task After_thirty_minutes_a_visit_is_over(int minutes, bool continues)
    {
        await using var app = await StartAsync();
        var (code, visit) = await VisitAsync(app);
        time.Shift = TimeSpan.FromMinutes(minutes);
        var opening = await OpenTextAsync(app, $"https://s.example/{code}~{visit}");
        Assert.Equal(continues ? (visit, null) : (null, visit), Crossing(opening));
    }

    [Fact]
    public async Task Another_person_s_opening_was_forwarded_and_uses_nothing_up()
    {
        await using var app = await StartAsync();
        var code = await app.MintCodeAsync();
        var visit = (await OpenTextAsync(app, $"https://s.example/{code}", "user-1"))["clickId"]!.GetValue<string>();
        Assert.Equal((null, visit), Crossing(await OpenTextAsync(app, $"https://s.example/{code}~{visit}", "user-2")));
        Assert.Equal((visit, null), Crossing(await OpenTextAsync(app, $"https://s.example/{code}~{visit}", "user-1")));
    }

    [Fact]
    public async Task A_chain_of_apps_is_a_chain_of_visits()
    {
        await using var app = await StartAsync();
        var (code, visit) = await VisitAsync(app);
        var inBrowser = (await OpenTextAsync(app, $"https://s.example/{code}~{visit}"))["clickId"]!.GetValue<string>();
        Assert.Equal((inBrowser, null), Crossing(await OpenTextAsync(app, $"https://s.example/{code}~{inBrowser}")));
    }

    [Fact]
    public async Task A_visit_that_never_was_or_was_to_another_link_says_nothing()
    {
        await using var app = await StartAsync();
        var (_, visit) = await VisitAsync(app);
        var other = await app.MintCodeAsync(new { listingId = "item-2" });
        foreach (var carried in new[] { visit, visit[..^1], visit[..^1] + (visit[^1] == 'a' ? 'b' : 'a'), "0123456789ABCDEFGHijkl", app.Get<ShareLinks.Codes.ClickIdCodes>().Encode(new(77, 1, 1)) })
        {
            Assert.Equal((null, null), Crossing(await OpenTextAsync(app, $"https://s.example/{other}~{carried}")));
            Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync($"/{other}~{carried}")).StatusCode);
        }
        Assert.All((await app.ReadFeedAsync()).Clicks, click => Assert.Equal((null, null), Crossing(click)));
    }

    [Fact]
    public async Task When_storage_is_late_the_visitor_is_sent_on_all_the_same()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString,
            ["ShareLinks:Clicks:CommitDeadline"] = "00:00:00.200",
        });
        var (code, visit) = await VisitAsync(app);
        proxy.Before = request => request.Path.Contains("handovers", StringComparison.Ordinal) ? Fault.Hang : Fault.None;
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync($"/{code}~{visit}")).StatusCode);
        proxy.Before = _ => Fault.None;
        // Both may have been answered before they were stored.
        List<JsonNode> clicks;
        while ((clicks = (await app.ReadFeedAsync()).Clicks).Count < 2)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.Equal([(null, null), (null, null)], clicks.Select(Crossing));
    }

    private static async Task<(string Code, string Visit)> VisitAsync(TestApp app)
    {
        var code = await app.MintCodeAsync();
        using var response = await app.Client.GetAsync("/" + code);
        return (code, response.Headers.Location!.Query.Split('=')[^1]);
    }

    private static async Task<JsonNode> OpenTextAsync(TestApp app, string text, string? userId = null)
    {
        using var response = await ResolveTextTests.ResolveAsync(app, new { text = text.Replace("https://s.example", app.Get<ShareLinks.Links.PublicAddress>().ToString(), StringComparison.Ordinal), userId });
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"{text}: {answer}"));
        return JsonNode.Parse(answer)!["matches"]![0]!;
    }

    private static (string? Continues, string? ForwardedFrom) Crossing(JsonNode click) => (click["continues"]?.GetValue<string>(), click["forwardedFrom"]?.GetValue<string>());
}
