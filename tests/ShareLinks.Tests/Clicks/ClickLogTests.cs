using System.Net;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

public class ClickLogTests(Azurite azurite)
{
    [Fact]
    public async Task A_click_is_in_the_feed_and_under_its_id_as_soon_as_its_visitor_is_sent_on()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new
        {
            listingId = "item-1",
            sharerId = "用户 7",
            channel = "wechat",
            campaign = "开学季",
            placement = "hz-market/stall-7",
            tags = new { group = "g-88" },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/" + code);
        request.Headers.Add("Accept-Language", "zh-CN,zh;q=0.9");
        request.Headers.Referrer = new Uri("https://m.weibo.cn/detail/1?secret=2");
        using var response = await app.Client.SendAsync(request);
        var id = response.Headers.Location!.Query.Split("clickId=")[1];

        var (clicks, _) = await app.ReadFeedAsync();
        var click = Assert.Single(clicks);
        Assert.Equal(id, Feed.Id(click));
        Assert.Equal(click.ToJsonString(), (await app.GetJsonAsync($"/api/clicks/{id}")).ToJsonString());
        Assert.Equal(
            (code, "item-1", "用户 7", "wechat", "开学季", "hz-market/stall-7", "g-88", code, "code", "redirect", "zh-CN", "m.weibo.cn"),
            (Text("code"), Text("listingId"), Text("sharerId"), Text("channel"), Text("campaign"), Text("placement"), click["tags"]!["group"]!.GetValue<string>(),
                Text("root"), Text("entry"), Text("action"), Text("language"), Text("referrer")));
        Assert.Equal(Text("at"), Text("receivedAt"));

        string? Text(string name) => click[name]!.GetValue<string>();
    }

    [Fact]
    public async Task Misses_are_recorded_apart_and_what_is_no_code_is_not()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var disabled = await app.MintCodeAsync();
        await app.Client.PatchAsync($"/api/links/{disabled}", TestApp.Json(new { disabled = true }));
        var unminted = app.Get<ShortCodes>().Encode(new LinkId(LinkId.Max));
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.GetAsync("/" + disabled)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/" + unminted)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/AbC3dE9k")).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.SendAsync(new(HttpMethod.Head, "/" + disabled))).StatusCode);

        var (clicks, _) = await app.ReadFeedAsync();
        Assert.Equal([(disabled, "miss_disabled"), (unminted, "miss_unknown")], clicks.Select(click => (click["code"]!.GetValue<string>(), click["action"]!.GetValue<string>())));
    }

    [Fact]
    public async Task A_lost_answer_to_a_block_write_makes_no_second_click()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await StartAsync(proxy, deadline: "00:00:30");
        var code = await app.MintCodeAsync();
        var cuts = 0;
        proxy.After = request => request.Method == "POST" && request.Path.EndsWith("blocks", StringComparison.Ordinal) && Interlocked.Increment(ref cuts) % 2 == 1 ? Fault.Cut : Fault.None;
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => app.Client.GetAsync("/" + code)));
        proxy.After = _ => Fault.None;

        Assert.InRange(cuts, 2, int.MaxValue);
        var (clicks, _) = await app.ReadFeedAsync();
        Assert.Equal(40, clicks.Select(Feed.Id).Distinct().Count());
        Assert.Equal(40, clicks.Count);
    }

    [Fact]
    public async Task When_storage_is_away_visitors_go_on_after_the_deadline_and_no_click_is_lost()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await StartAsync(proxy, deadline: "00:00:03", services: services => services.AddSingleton<TimeProvider>(time));
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        proxy.Before = request => request.Method == "GET" ? Fault.None : Fault.Hang;

        var waiting = Enumerable.Range(0, 30).Select(_ => app.Client.GetAsync("/" + code)).ToArray();
        await Wait.UntilAsync(() => app.Get<ClickLog>().Queued == waiting.Length);
        Assert.DoesNotContain(waiting, visitor => visitor.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(3));
        var first = await Task.WhenAll(waiting);
        // While the oldest block is overdue nobody waits any more: no time passes.
        var later = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => app.Client.GetAsync("/" + code)));
        var health = (await app.GetJsonAsync("/api/health"))["clicks"]!;
        Assert.Equal((60, 60, 0), (health["queued"]!.GetValue<int>(), health["answeredBeforeDurable"]!.GetValue<int>(), health["lost"]!.GetValue<int>()));

        proxy.Before = _ => Fault.None;
        await Wait.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            return app.Get<ClickLog>().Queued == 0;
        });
        var (clicks, _) = await app.ReadFeedAsync();
        Assert.Equal(61, clicks.Count);
        // The ids that visitors were given early name their clicks.
        foreach (var response in first.Concat(later))
            Assert.Contains(response.Headers.Location!.Query.Split("clickId=")[1], clicks.Select(Feed.Id));
        // And visitors wait for storage again.
        await app.Client.GetAsync("/" + code);
        Assert.Equal(60, app.Get<ClickLog>().AnsweredBeforeDurable);
        Assert.Equal(0, app.Get<ClickLog>().Queued);
    }

    [Fact]
    public async Task When_memory_for_waiting_clicks_is_full_the_loss_is_counted_and_shown()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await StartAsync(proxy, deadline: "00:00:00.100", new() { ["ShareLinks:Clicks:MaxQueued"] = "500" });
        var code = await app.MintCodeAsync();
        proxy.Before = request => request.Method == "GET" ? Fault.None : Fault.Busy;
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 11; i++)
            answers.AddRange(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => app.Client.GetAsync("/" + code))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Found, answer.StatusCode));
        Assert.Equal(50, answers.Count(answer => answer.Headers.Location!.Query == "?clickId="));
        var health = await app.GetJsonAsync("/api/health");
        Assert.Equal((500, 50, "degraded"), (health["clicks"]!["queued"]!.GetValue<int>(), health["clicks"]!["lost"]!.GetValue<int>(), health["status"]!.GetValue<string>()));
        Assert.Contains(health["warnings"]!.AsArray(), warning => warning!.GetValue<string>().Contains("50 clicks were lost", StringComparison.Ordinal));

        proxy.Before = _ => Fault.None;
        await Wait.UntilAsync(() => app.Get<ClickLog>().Queued == 0);
        Assert.Equal(500, (await app.ReadFeedAsync()).Clicks.Count);
    }

    [Fact]
    public async Task Buffered_mode_answers_first_with_ids_that_hold()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await StartAsync(proxy, deadline: "00:00:01", new() { ["ShareLinks:Clicks:Durability"] = "Buffered" });
        var code = await app.MintCodeAsync();
        proxy.Before = request => request.Method == "GET" ? Fault.None : Fault.Hang;
        var response = await app.Client.GetAsync("/" + code);
        var id = response.Headers.Location!.Query.Split("clickId=")[1];
        Assert.Equal(1, app.Get<ClickLog>().Queued);
        Assert.Equal(0, app.Get<ClickLog>().AnsweredBeforeDurable);
        proxy.Before = _ => Fault.None;
        await Wait.UntilAsync(() => app.Get<ClickLog>().Queued == 0);
        Assert.Equal(id, Feed.Id(await app.GetJsonAsync($"/api/clicks/{id}")));
    }

    [Fact]
    public async Task A_buffered_block_waits_for_more_clicks_unless_somebody_needs_one_stored()
    {
        var written = 0;
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await StartAsync(proxy, deadline: "00:00:30", new() { ["ShareLinks:Clicks:Durability"] = "Buffered", ["ShareLinks:Clicks:Linger"] = "00:00:10" });
        // The first one makes the table.
        var log = app.Get<ClickLog>();
        await log.AppendAsync(ClickSamples.One(), mustBeStored: true);
        proxy.Before = request =>
        {
            if (request.Method == "POST" && request.Path.Contains("blocks", StringComparison.Ordinal))
                Interlocked.Increment(ref written);
            return Fault.None;
        };
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(ClickOutcome.Buffered, (await log.AppendAsync(ClickSamples.One())).Outcome);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        Assert.Equal((5, 0), (log.Queued, written));
        Assert.Equal(ClickOutcome.Committed, (await log.AppendAsync(ClickSamples.One(), mustBeStored: true).AsTask()).Outcome);
        Assert.Equal((0, 1), (log.Queued, written));
    }

    [Fact]
    public async Task A_writer_that_was_sealed_out_goes_on_elsewhere_and_ids_given_out_before_still_lead_to_their_clicks()
    {
        var prefix = azurite.NewPrefix();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var sleeper = await StartAsync(proxy, deadline: "00:00:00.200", new() { ["ShareLinks:Clicks:SealAfter"] = "00:01:00" }, prefix);
        await using var other = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Clicks:SealAfter"] = "00:00:01" }, prefix: prefix);
        var code = await sleeper.MintCodeAsync();
        await sleeper.Client.GetAsync("/" + code);
        await Wait.UntilAsync(() => sleeper.Get<ClickLog>().Queued == 0);
        Assert.Single((await other.ReadFeedAsync()).Clicks);

        // Its next blocks do not get through, while another instance finds the stream idle and seals it.
        proxy.Before = request => request.Method == "GET" ? Fault.None : Fault.Busy;
        var early = new List<string>();
        for (var i = 0; i < 3; i++)
            early.Add((await sleeper.Client.GetAsync("/" + code)).Headers.Location!.Query.Split("clickId=")[1]);
        await Task.Delay(TimeSpan.FromMilliseconds(2100), TimeProvider.System);
        Assert.Single((await other.ReadFeedAsync()).Clicks);
        proxy.Before = _ => Fault.None;
        await Wait.UntilAsync(() => sleeper.Get<ClickLog>().Queued == 0);

        var (clicks, _) = await other.ReadFeedAsync();
        Assert.Equal(4, clicks.Count);
        Assert.Empty(early.Intersect(clicks.Select(Feed.Id)));
        foreach (var id in early)
            Assert.Equal(code, (await other.GetJsonAsync($"/api/clicks/{id}"))["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_block_that_storage_refuses_for_good_is_counted_lost_and_hides_no_other()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await StartAsync(proxy, deadline: "00:00:30");
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        proxy.Before = request => request.Path.EndsWith("blocks", StringComparison.Ordinal) ? Fault.TooLarge : Fault.None;
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
        proxy.Before = _ => Fault.None;
        await app.Client.GetAsync("/" + code);
        Assert.Equal(1, app.Get<ClickLog>().Lost);
        Assert.Equal(2, (await app.ReadFeedAsync()).Clicks.Count);
    }

    [Fact]
    public async Task Clicks_that_wait_at_shutdown_are_still_written()
    {
        var prefix = azurite.NewPrefix();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var app = await StartAsync(proxy, deadline: "00:00:00.100", prefix: prefix);
        var code = await app.MintCodeAsync();
        proxy.Before = request => request.Method == "GET" ? Fault.None : Fault.Busy;
        await app.Client.GetAsync("/" + code);
        var stopping = app.DisposeAsync();
        proxy.Before = _ => Fault.None;
        await stopping;
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        Assert.Single((await other.ReadFeedAsync()).Clicks);
    }

    private Task<TestApp> StartAsync(
        StorageProxy proxy, string deadline, Dictionary<string, string?>? settings = null, string? prefix = null, Action<IServiceCollection>? services = null) =>
        TestApp.StartAsync(azurite, new(settings ?? [])
        {
            ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString,
            ["ShareLinks:Clicks:CommitDeadline"] = deadline,
        }, services, prefix);
}
