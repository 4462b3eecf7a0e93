using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Links;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Events;
using ShareLinks.Tests.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>Two instances behind one address, which take turns at the requests: callers can't tell.</summary>
public class TwoInstancesTests(Azurite azurite)
{
    [Fact]
    public async Task What_one_changes_the_other_shows_within_the_cache_time()
    {
        var prefix = azurite.NewPrefix();
        var time = new ShiftedTime();
        await using var one = await StartAsync(prefix, time);
        await using var other = await StartAsync(prefix, time);
        await using var door = await FrontDoor.StartAsync(one.Client.BaseAddress!, other.Client.BaseAddress!);
        using var client = ClientOf(door);
        var code = JsonNode.Parse(await PostAsync(client, "/api/links", new { listingId = "item-1", sharerId = "user-7" }))!["code"]!.GetValue<string>();
        for (var i = 0; i < 4; i++)
            Assert.Equal("/item/item-1", (await client.GetAsync("/" + code)).Headers.Location!.AbsolutePath);

        await ChangeAsync(new { listingId = "item-2" });
        // Whoever made the change has it at once, the other no later than what it has ceases to be fresh.
        var soon = new[] { await LeadsToAsync(one), await LeadsToAsync(other) };
        Assert.Contains("/item/item-2", soon);
        time.Skip(FreshCache<string, Link>.Fresh);
        Assert.Equal(["/item/item-2", "/item/item-2"], [await LeadsToAsync(one), await LeadsToAsync(other)]);

        await ChangeAsync(new { disabled = true });
        time.Skip(FreshCache<string, Link>.Fresh);
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.Gone, (await client.GetAsync("/" + code)).StatusCode);
        Assert.All(door.Answered.Values, answered => Assert.InRange(answered, 5, int.MaxValue));
        Assert.Equal(2, door.Answered.Count);

        async Task ChangeAsync(object change) => Assert.Equal(HttpStatusCode.OK, (await client.PatchAsync($"/api/links/{code}", TestApp.Json(change))).StatusCode);

        async Task<string> LeadsToAsync(TestApp app) => (await app.Client.GetAsync("/" + code)).Headers.Location!.AbsolutePath;
    }

    [Fact]
    public async Task Leases_retries_scans_events_and_counts_come_out_as_by_one()
    {
        var prefix = azurite.NewPrefix();
        await using var one = await StartAsync(prefix);
        await using var other = await StartAsync(prefix);
        await using var door = await FrontDoor.StartAsync(one.Client.BaseAddress!, other.Client.BaseAddress!);
        using var client = ClientOf(door);

        // Each mint is sent twice at once, so that either instance gets it.
        var codes = new List<string>();
        foreach (var listings in Enumerable.Range(0, Scale.Of(200)).Chunk(10))
        {
            var answers = await Task.WhenAll(listings.SelectMany(i => Enumerable.Range(0, 2).Select(_ =>
                PostAsync(client, "/api/links", new { listingId = $"item-{i % 7}", sharerId = $"user-{i % 3}", channel = "wechat" }, key: $"mint-{i}"))));
            var minted = answers.Distinct().Select(answer => JsonNode.Parse(answer)!["code"]!.GetValue<string>()).ToList();
            Assert.Equal(listings.Length, minted.Count);
            codes.AddRange(minted);
        }
        Assert.Equal(codes.Count, codes.Distinct().Count());

        // Visitors, scans and orders, and questions all the while: either instance begins steps of counting that the other may go on with.
        var openings = Scale.Of(2000);
        var work = Enumerable.Range(0, openings).Select(i => i % 40 == 0 ? AskAsync() : i % 20 == 3 ? ScanAsync(i) : i % 20 == 7 ? ReportAsync(i) : OpenAsync(i)).ToArray();
        await Task.WhenAll(work);

        var opened = Enumerable.Range(0, openings).Count(i => i % 40 != 0 && i % 20 is not (3 or 7));
        var scanned = Enumerable.Range(0, openings).Count(i => i % 20 == 3);
        foreach (var app in new[] { one, other })
        {
            await app.Get<ClickFold>().FoldAsync();
            var (feed, _) = await app.ReadFeedAsync();
            Assert.Equal(opened + scanned, feed.Select(Feed.Id).Distinct().Count());
            Assert.Equal(opened + scanned, feed.Count);
            var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().DateTime);
            foreach (var subject in new[] { "all", "listing:item-3", "sharer:user-2", $"link:{codes[5]}" })
            {
                var (recounted, _, _) = World.Recount(feed, subject, "day", today.AddDays(-3), today.AddDays(3), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
                var stats = await app.GetJsonAsync($"/api/stats?subject={subject}&from={today.AddDays(-3):yyyy-MM-dd}&to={today.AddDays(3):yyyy-MM-dd}");
                Assert.Equal($"{subject} {recounted["clicks"]}", $"{subject} {stats["total"]!["clicks"]}");
            }
            Assert.Equal(
                Enumerable.Range(0, openings).Where(i => i % 20 == 7).Select(i => $"order-{i}").Order(StringComparer.Ordinal),
                (await EventEndpointsTests.ConversionsAsync(app, "order")).Select(conversion => conversion.Id).Order(StringComparer.Ordinal));
        }

        async Task OpenAsync(int i) => Assert.Equal(HttpStatusCode.Found, (await client.GetAsync("/" + codes[i % codes.Count])).StatusCode);

        async Task AskAsync() => Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/stats?subject=all")).StatusCode);

        // What both get at once is counted once.
        async Task ScanAsync(int i) => await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => PostAsync(client, "/api/clicks", new
        {
            clicks = new[] { new { scanId = $"scan-without-network-{i}", text = $"https://s.example/{codes[i % codes.Count]}", occurredAt = TimeProvider.System.GetUtcNow().AddMinutes(-1) } },
        })));

        async Task ReportAsync(int i)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => PostAsync(client, "/api/events", new
            {
                events = new[] { new { id = $"order-{i}", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), userId = $"buyer-{i % 5}" } },
            })));
            Assert.Equal(1, answers.Sum(answer => JsonNode.Parse(answer)!["accepted"]!.GetValue<int>()));
        }
    }

    private Task<TestApp> StartAsync(string prefix, TimeProvider? time = null) => TestApp.StartAsync(
        azurite, new() { ["ShareLinks:BaseUrl"] = "https://s.example", ["ShareLinks:Fold:Lease"] = "00:00:00.500" },
        services =>
        {
            if (time is not null)
                services.AddSingleton(time);
        }, prefix);

    private static HttpClient ClientOf(FrontDoor door)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = door.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", ShareLinks.Security.DevelopmentKey.Value);
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Agents.Desktop);
        return client;
    }

    private static async Task<string> PostAsync(HttpClient client, string path, object body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = TestApp.Json(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
