using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

/// <summary>Scans made without a network are counted once each, at their own time, whatever is sent twice or cut off.</summary>
public class LateScansTests(Azurite azurite, PublishedApp published)
{
    [Fact]
    public async Task A_late_scan_is_a_click_at_its_own_time()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1", placement = "hz-market/stall-7" });
        var at = TimeProvider.System.GetUtcNow().AddDays(-3);
        var answer = await SendAsync(app.Client, [Scan("scan-1", link["qrUrl"]!.GetValue<string>(), at)]);
        Assert.Equal((1, 0, 0), Counts(answer));
        var click = Assert.Single((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(("offline", "ios", "user-9", "hz-market/stall-7"), (Text(click, "entry"), Text(click, "os"), Text(click, "userId"), Text(click, "placement")));
        Assert.InRange(DateTimeOffset.Parse(Text(click, "at"), null), at.AddMilliseconds(-1), at);
        Assert.InRange(DateTimeOffset.Parse(Text(click, "receivedAt"), null), TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task A_scan_sent_again_counts_once_and_so_does_one_that_was_opened_online_before()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var url = (await app.MintAsync())["qrUrl"]!.GetValue<string>();
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal((2, 1, 0), Counts(await SendAsync(app.Client, [Scan("a", url, now), Scan("b", url, now), Scan("a", url, now)])));
        Assert.Equal((1, 2, 0), Counts(await SendAsync(app.Client, [Scan("a", url, now), Scan("b", url, now), Scan("c", url, now)])));
        using var online = await ResolveTextTests.ResolveAsync(app, new { text = url, scanId = Id("d") });
        using var again = await ResolveTextTests.ResolveAsync(app, new { text = url, scanId = Id("d") });
        Assert.Equal(await online.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal((0, 1, 0), Counts(await SendAsync(app.Client, [Scan("d", url, now)])));
        Assert.Equal(4, (await app.ReadFeedAsync()).Clicks.Count);
    }

    [Fact]
    public async Task An_opening_sent_again_keeps_the_visit_that_it_continued()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var url = (await app.MintAsync())["url"]!.GetValue<string>();
        using var visited = await app.Client.GetAsync(url);
        var text = $"{url}~{visited.Headers.Location!.Query.Split('=')[^1]}";
        using var first = await ResolveTextTests.ResolveAsync(app, new { text, scanId = Id("s") });
        using var second = await ResolveTextTests.ResolveAsync(app, new { text, scanId = Id("s") });
        var body = await first.Content.ReadAsStringAsync();
        Assert.NotNull(JsonNode.Parse(body)!["matches"]![0]!["continues"]);
        Assert.Equal(body, await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_opening_sent_by_many_at_once_continues_its_visit()
    {
        var prefix = azurite.NewPrefix();
        await using var one = await TestApp.StartAsync(azurite, services: BePatient, prefix: prefix);
        await using var two = await TestApp.StartAsync(azurite, new() { ["ShareLinks:BaseUrl"] = one.Client.BaseAddress!.ToString().TrimEnd('/') }, BePatient, prefix);
        var url = (await one.MintAsync())["url"]!.GetValue<string>();
        for (var round = 0; round < Scale.Of(60); round++)
        {
            using var visited = await one.Client.GetAsync(url);
            var visit = visited.Headers.Location!.Query.Split('=')[^1];
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
            {
                using var response = await ResolveTextTests.ResolveAsync(i % 2 == 0 ? one : two, new { text = $"{url}~{visit}", scanId = Id($"opening-{round}") });
                return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["matches"]![0]!;
            }));
            Assert.All(answers, answer => Assert.Equal(visit, answer["continues"]?.GetValue<string>()));
            Assert.Single(answers.Select(answer => Text(answer, "clickId")).Distinct());
        }
    }

    [Fact]
    public async Task A_repeated_scan_shares_the_first_one_s_fate()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var url = (await app.MintAsync())["qrUrl"]!.GetValue<string>();
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal((0, 0, 2), Counts(await SendAsync(app.Client, [Scan("a", "nothing", now), Scan("a", url, now)])));
        Assert.Equal((1, 0, 0), Counts(await SendAsync(app.Client, [Scan("a", url, now)])));
    }

    [Fact]
    public async Task Buffered_scans_are_accepted_once_they_are_stored()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString,
            ["ShareLinks:Clicks:CommitDeadline"] = "00:00:00.200",
            ["ShareLinks:Clicks:Durability"] = "Buffered",
        });
        var url = (await app.MintAsync())["qrUrl"]!.GetValue<string>();
        var now = TimeProvider.System.GetUtcNow();
        // Again until it is stored in time.
        while (Counts(await SendAsync(app.Client, [Scan("a", url, now)])).Rejected > 0)
        {
        }
        proxy.Before = request => request.Method != "GET" && request.Path.Contains("blocks", StringComparison.Ordinal) ? Fault.Hang : Fault.None;
        Assert.Equal((0, 0, 1), Counts(await SendAsync(app.Client, [Scan("b", url, now)])));
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync(url)).StatusCode);
        proxy.Before = _ => Fault.None;
    }

    [Fact]
    public async Task The_same_scans_sent_by_many_at_once_count_once()
    {
        var prefix = azurite.NewPrefix();
        await using var one = await TestApp.StartAsync(azurite, services: BePatient, prefix: prefix);
        await using var two = await TestApp.StartAsync(azurite, new() { ["ShareLinks:BaseUrl"] = one.Client.BaseAddress!.ToString().TrimEnd('/') }, BePatient, prefix);
        var url = (await one.MintAsync())["qrUrl"]!.GetValue<string>();
        var scans = Enumerable.Range(0, Scale.Of(1000)).Select(i => Scan($"scan-{i}", url, TimeProvider.System.GetUtcNow())).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SendAsync((i % 2 == 0 ? one : two).Client, scans)));
        Assert.Equal(scans.Length, answers.Sum(answer => Counts(answer).Accepted));
        Assert.Equal(7 * scans.Length, answers.Sum(answer => Counts(answer).Duplicates));
        Assert.Equal(scans.Length, (await one.ReadFeedAsync()).Clicks.Count);
        Assert.Equal((await one.ReadFeedAsync()).Clicks.Select(Feed.Id), (await two.ReadFeedAsync(limit: 7)).Clicks.Select(Feed.Id));
    }

    [Fact]
    public async Task A_kill_after_any_write_neither_loses_nor_doubles_a_scan()
    {
        const int Scans = 6;
        await KillPoints.VisitAsync(await RunAsync(int.MaxValue), atOnce: 2, RunAsync);

        async Task<int> RunAsync(int faultPoint)
        {
            var prefix = azurite.NewPrefix();
            var writes = 0;
            await using var proxy = await StorageProxy.StartAsync(azurite);
            object[] scans;
            await using (var app = await AppProcess.StartAsync(await published.ProgramFolderAsync(), proxy.ConnectionString, prefix, new() { ["ShareLinks__Clicks__CommitDeadline"] = "00:00:30" }))
            {
                var url = JsonNode.Parse(await (await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1" }))).Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
                scans = [.. Enumerable.Range(0, Scans).Select(i => Scan($"scan-{i}", url, TimeProvider.System.GetUtcNow()))];
                proxy.After = request =>
                {
                    if (request.Method == "GET" || Interlocked.Increment(ref writes) != faultPoint)
                        return Fault.None;
                    app.Kill();
                    return Fault.Cut;
                };
                try
                {
                    await SendAsync(app.Client, scans);
                }
                catch (HttpRequestException)
                {
                    Assert.True(writes >= faultPoint);
                }
            }
            await using var restarted = await TestApp.StartAsync(azurite, prefix: prefix);
            // Somebody reads before the app sends again: what is shown then may not be taken back.
            var before = (await restarted.ReadFeedAsync()).Clicks.Select(Feed.Id).ToArray();
            var (accepted, duplicates, rejected) = Counts(await SendAsync(restarted.Client, scans));
            Assert.Equal((Scans, 0), (accepted + duplicates, rejected));
            var clicks = (await restarted.ReadFeedAsync()).Clicks;
            Assert.Equal(Scans, clicks.Count);
            Assert.Equal(before, clicks.Take(before.Length).Select(Feed.Id));
            return writes;
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_scan_is_told_and_the_others_count()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var url = (await app.MintAsync())["qrUrl"]!.GetValue<string>();
        var now = TimeProvider.System.GetUtcNow();
        var answer = await SendAsync(app.Client,
        [
            Scan("ok", url, now), Scan("no-code", "just a text", now), Scan("too-old", url, now.AddDays(-31)), Scan("too-new", url, now.AddMinutes(6)),
            new { text = url, occurredAt = now }, new { scanId = Id("no-time"), text = url }, Scan("a b", url, now), Scan("too-long", new string('x', 5000), now),
            null!, new { scanId = 7, text = url, occurredAt = now }, new { scanId = Id("other"), text = url, occurredAt = now, app2 = "x" },
        ]);
        Assert.Equal((1, 0, 10), Counts(answer));
        var rejected = answer["rejected"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, 10), rejected.Select(entry => entry!["index"]!.GetValue<int>()));
        Assert.Equal("no_code_in_text", rejected[0]!["problem"]!["code"]!.GetValue<string>());
        Assert.Equal(["/clicks/2/occurredAt", "/clicks/3/occurredAt", "/clicks/4/scanId", "/clicks/5/occurredAt", "/clicks/6/scanId"],
            rejected.Skip(1).Take(5).Select(entry => entry!["problem"]!["errors"]![0]!["pointer"]!.GetValue<string>()));
        Assert.Equal("text_too_long", rejected[6]!["problem"]!["code"]!.GetValue<string>());
        Assert.Equal(["/clicks/8", "/clicks/9/scanId", "/clicks/10/app2"], rejected.Skip(7).Select(entry => entry!["problem"]!["errors"]![0]!["pointer"]!.GetValue<string>()));
        Assert.Single((await app.ReadFeedAsync()).Clicks);
        foreach (var body in new object[] { new { }, new { clicks = Array.Empty<object>() }, new { clicks = Enumerable.Repeat(Scan("x", url, now), 1001) } })
            Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.PostAsync("/api/clicks", TestApp.Json(body))).StatusCode);
    }

    [Fact]
    public async Task A_scan_is_judged_by_the_link_as_it_was_at_its_time()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync();
        await app.Client.PatchAsync($"/api/links/{link["code"]}", TestApp.Json(new { disabled = true }));
        var url = link["qrUrl"]!.GetValue<string>();
        Assert.Equal((2, 0, 0), Counts(await SendAsync(app.Client, [Scan("before", url, TimeProvider.System.GetUtcNow().AddMinutes(-10)), Scan("after", url, TimeProvider.System.GetUtcNow().AddMinutes(1))])));
        Assert.Equal(["miss_disabled", "page"], (await app.ReadFeedAsync()).Clicks.Select(click => Text(click, "action")).Order());
    }

    [Fact]
    public async Task While_storage_is_away_scans_are_to_be_sent_again_and_then_count_once()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString,
            ["ShareLinks:Clicks:CommitDeadline"] = "00:00:00.200",
        });
        var url = (await app.MintAsync())["qrUrl"]!.GetValue<string>();
        var scans = new[] { Scan("a", url, TimeProvider.System.GetUtcNow()), Scan("b", url, TimeProvider.System.GetUtcNow()) };
        proxy.Before = request => request.Method != "GET" && request.Path.Contains("blocks", StringComparison.Ordinal) ? Fault.Hang : Fault.None;
        var answer = await SendAsync(app.Client, scans);
        Assert.Equal((0, 0, 2), Counts(answer));
        Assert.All(answer["rejected"]!.AsArray(), entry => Assert.Equal(503, entry!["problem"]!["status"]!.GetValue<int>()));
        proxy.Before = _ => Fault.None;
        JsonNode again;
        do
        {
            again = await SendAsync(app.Client, scans);
        }
        while (Counts(again).Rejected > 0);
        Assert.Equal(2, (await app.ReadFeedAsync()).Clicks.Count);
    }

    [Fact]
    public async Task Only_a_server_vouches_for_a_user()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var url = (await app.MintAsync())["qrUrl"]!.GetValue<string>();
        foreach (var (scope, status) in new[] { ("scan", HttpStatusCode.OK), ("ingest", HttpStatusCode.OK), ("resolve", HttpStatusCode.Forbidden), ("query", HttpStatusCode.Forbidden) })
        {
            var (_, key) = await app.Get<ApiKeyTable>().CreateAsync(scope, [scope]);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/clicks") { Content = TestApp.Json(new { clicks = new[] { Scan(scope, url, TimeProvider.System.GetUtcNow()) } }) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await app.Client.SendAsync(request);
            Assert.Equal(status, response.StatusCode);
        }
        var clicks = new ConcurrentDictionary<string, bool>();
        foreach (var click in (await app.ReadFeedAsync()).Clicks)
        {
            app.Get<ShareLinks.Codes.ClickIdCodes>().TryDecode(Feed.Id(click), out var id);
            var stored = await app.Get<ShareLinks.Clicks.ClickFeed>().FindAsync(id, CancellationToken.None);
            clicks[stored!.ScanId!] = stored.IsUserVerified;
        }
        Assert.Equal([(Id("ingest"), true), (Id("scan"), false)], clicks.Select(click => (click.Key, click.Value)).Order());
    }

    /// <summary>On a busy machine, too, so many at once are to wait for storage, rather than be told to come again.</summary>
    private static void BePatient(IServiceCollection services) => services.AddSingleton<TimeProvider>(new SlowTimers());

    private static object Scan(string scanId, string text, DateTimeOffset at) => new { scanId = Id(scanId), text, occurredAt = at, userId = "user-9", os = "ios" };

    /// <summary>A scan id of the least length.</summary>
    private static string Id(string name) => name.Contains(' ', StringComparison.Ordinal) ? name : name.PadRight(16, '-');

    private static async Task<JsonNode> SendAsync(HttpClient client, object[] clicks)
    {
        using var response = await client.PostAsync("/api/clicks", TestApp.Json(new { clicks }));
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    private static (int Accepted, int Duplicates, int Rejected) Counts(JsonNode answer) =>
        (answer["accepted"]!.GetValue<int>(), answer["duplicates"]!.GetValue<int>(), answer["rejected"]!.AsArray().Count);

    private static string Text(JsonNode click, string field) => click[field]!.GetValue<string>();
}
