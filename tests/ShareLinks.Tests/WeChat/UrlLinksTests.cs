using Microsoft.Extensions.Time.Testing;
using ShareLinks.Links;
using ShareLinks.Tests.Support;
using ShareLinks.WeChat;

namespace ShareLinks.Tests.WeChat;

public sealed class UrlLinksTests(Azurite azurite) : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 22, 17, 0, 0, TimeSpan.Zero));
    private readonly LogEntries<UrlLinks> log = new();
    private readonly string prefix = azurite.NewPrefix();
    private WeChatServer server = null!;

    public async ValueTask InitializeAsync() => server = await WeChatServer.StartAsync(time);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Many_links_share_one_url_link_and_put_their_ids_behind_it()
    {
        var client = NewInstance();
        for (var i = 0; i < 100; i++)
            Assert.Equal($"https://wxaurl.cn/TICKET00001?cq=id%3Ditem-{i}%26clickId%3Dclick{i}", await client.UrlLinkAsync($"item-{i}", $"click{i}"));
        Assert.Equal([WeChatServer.TokenCall, WeChatServer.UrlLinkCall], server.Calls);
    }

    [Fact]
    public async Task Fifty_visitors_at_once_make_one_url_link()
    {
        var client = NewInstance();
        var addresses = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => client.UrlLinkAsync($"item-{i}", null).AsTask()));
        Assert.All(addresses, Assert.NotNull);
        Assert.Equal([WeChatServer.TokenCall, WeChatServer.UrlLinkCall], server.Calls);
    }

    [Fact]
    public async Task A_hostile_listing_id_stays_inside_the_query_and_a_long_one_gets_no_address()
    {
        var client = NewInstance();
        Assert.Equal(
            "https://wxaurl.cn/TICKET00001?cq=id%3Da%2526b%253Dc%2523d%253Fe%252F..%25252F%2522%253C%253E%26clickId%3Dc",
            await client.UrlLinkAsync("a&b=c#d?e/..%2F\"<>", "c"));
        Assert.NotNull(await client.UrlLinkAsync("编号1001", "c"));
        Assert.NotNull(await client.UrlLinkAsync(new string('a', 128), "c"));
        Assert.Null(await client.UrlLinkAsync(new string('&', 128), "c"));
    }

    [Fact]
    public async Task Another_instance_takes_it_from_the_table()
    {
        Assert.NotNull(await NewInstance().UrlLinkAsync("item-1", null));
        Assert.StartsWith("https://wxaurl.cn/TICKET00001?", await NewInstance().UrlLinkAsync("item-2", null), StringComparison.Ordinal);
        Assert.Equal(1, server.Count(WeChatServer.UrlLinkCall));
    }

    [Fact]
    public async Task Each_page_has_its_own()
    {
        Assert.StartsWith("https://wxaurl.cn/TICKET00001?", await NewInstance().UrlLinkAsync("item-1", null), StringComparison.Ordinal);
        Assert.StartsWith("https://wxaurl.cn/TICKET00002?", await NewInstance("pages/other").UrlLinkAsync("item-1", null), StringComparison.Ordinal);
        Assert.Equal(["pages/item", "pages/other"], server.Bodies.Where(body => body["path"] is not null).Select(body => body["path"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Instances_that_start_together_make_one()
    {
        var instances = Enumerable.Range(0, 5).Select(_ => NewInstance()).ToList();
        var addresses = await Task.WhenAll(instances.Select(instance => instance.UrlLinkAsync("item-1", null).AsTask()));
        Assert.Contains(addresses, address => address is not null);
        time.Advance(TimeSpan.FromSeconds(1));
        foreach (var instance in instances)
            Assert.StartsWith("https://wxaurl.cn/TICKET00001?", await instance.UrlLinkAsync("item-1", null), StringComparison.Ordinal);
        Assert.Equal(1, server.Count(WeChatServer.UrlLinkCall));
    }

    [Fact]
    public async Task It_is_renewed_in_the_background_by_one_instance_long_before_its_end()
    {
        var (first, second) = (NewInstance(), NewInstance());
        Assert.NotNull(await first.UrlLinkAsync("item-1", null));
        Assert.NotNull(await second.UrlLinkAsync("item-1", null));
        time.Advance(UrlLinks.RenewAfter - TimeSpan.FromSeconds(1));
        Assert.NotNull(await first.UrlLinkAsync("item-1", null));
        Assert.Equal(1, server.Count(WeChatServer.UrlLinkCall));

        time.Advance(TimeSpan.FromSeconds(1));
        var release = HoldUrlLinks();
        // Whoever comes meanwhile is given the old one at once.
        for (var i = 0; i < 10; i++)
        {
            Assert.StartsWith("https://wxaurl.cn/TICKET00001?", await first.UrlLinkAsync("item-1", null), StringComparison.Ordinal);
            Assert.StartsWith("https://wxaurl.cn/TICKET00001?", await second.UrlLinkAsync("item-1", null), StringComparison.Ordinal);
        }
        release.SetResult();
        await BecomesAsync("TICKET00002", [first, second]);
        // The other one looks again a second later.
        await BecomesAsync("TICKET00002", [first], step: TimeSpan.FromMilliseconds(100));
        await BecomesAsync("TICKET00002", [second], step: TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, server.Count(WeChatServer.UrlLinkCall));
    }

    [Fact]
    public async Task While_it_cannot_be_renewed_the_old_one_is_given_for_29_days_and_never_longer()
    {
        var client = NewInstance();
        Assert.NotNull(await client.UrlLinkAsync("item-1", null));
        server.FailWith(-1, "system error", WeChatServer.UrlLinkCall);
        time.Advance(UrlLinks.UsableFor - TimeSpan.FromSeconds(1));
        Assert.NotNull(await client.UrlLinkAsync("item-1", null));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await client.UrlLinkAsync("item-1", null));
        Assert.Null(await NewInstance().UrlLinkAsync("item-1", null));

        server.Instead = _ => Task.FromResult(false);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.StartsWith("https://wxaurl.cn/TICKET00002?", await client.UrlLinkAsync("item-1", null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_visitor_does_not_wait_for_a_slow_WeChat_and_the_next_one_has_it()
    {
        var client = NewInstance();
        var release = HoldUrlLinks();
        var waiting = client.UrlLinkAsync("item-1", null).AsTask();
        await ArrivesAsync(WeChatServer.UrlLinkCall);
        Assert.False(waiting.IsCompleted);
        time.Advance(UrlLinks.Timeout);
        Assert.Null(await waiting);
        release.SetResult();
        await BecomesAsync("TICKET00001", [client]);
        Assert.Equal(1, server.Count(WeChatServer.UrlLinkCall));
    }

    [Fact]
    public async Task What_an_instance_left_undone_another_does_after_half_a_minute()
    {
        HoldUrlLinks();
        var dead = NewInstance().UrlLinkAsync("item-1", null).AsTask();
        await ArrivesAsync(WeChatServer.UrlLinkCall);
        var heir = NewInstance();
        Assert.Null(await heir.UrlLinkAsync("item-1", null));
        Assert.Equal(1, server.Count(WeChatServer.UrlLinkCall));
        server.Instead = _ => Task.FromResult(false);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.StartsWith("https://wxaurl.cn/TICKET00001?", await heir.UrlLinkAsync("item-1", null), StringComparison.Ordinal);
        Assert.Null(await dead);
    }

    [Fact]
    public async Task When_storage_is_away_there_is_none_and_that_is_logged_once()
    {
        var away = new ShareLinks.Storage.StorageAccount(new() { ConnectionString = ShareLinks.Storage.StorageAccount.EmulatorConnectionString(new Uri($"http://127.0.0.1:{FreePort.Next()}")) });
        var client = NewInstance(account: away);
        var waiting = client.UrlLinkAsync("item-1", null).AsTask();
        await Wait.UntilAsync(() => log.Lines.Count > 0);
        Assert.Null(await waiting);
        Assert.Null(await client.UrlLinkAsync("item-1", null));
        Assert.Single(log.Lines);
        Assert.Empty(server.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789ABCDEFGHIJKLMNOPQRSTUVW")]
    [InlineData("编号")]
    [InlineData("a b")]
    [InlineData("a%20b")]
    [InlineData("a\"b")]
    public async Task A_scene_that_WeChat_would_refuse_is_not_sent(string scene)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => NewInstance().MiniProgramCodeAsync(scene, 430));
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task Every_symbol_that_WeChat_allows_may_stand_in_a_scene_and_a_picture_is_drawn_once()
    {
        var client = NewInstance();
        foreach (var scene in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&'()*+,/:;=?@-._~".Chunk(32).Select(part => new string(part)))
        {
            Assert.Equal(WeChatServer.Picture(scene, 280), (await client.MiniProgramCodeAsync(scene, 280))!.Bytes);
            Assert.Equal(WeChatServer.Picture(scene, 280), (await client.MiniProgramCodeAsync(scene, 280))!.Bytes);
        }
        Assert.Equal(3, server.Count(WeChatServer.CodeCall));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.MiniProgramCodeAsync("a", 279));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.MiniProgramCodeAsync("a", 1281));
    }

    private WeChatClient NewInstance(string path = "pages/item", ShareLinks.Storage.StorageAccount? account = null)
    {
        var options = new WeChatOptions { MiniProgramAppId = WeChatServer.AppId, AppSecret = WeChatServer.Secret, Path = path };
        var program = new MiniProgram(options);
        var api = new WeChatApi(options, time, new LogEntries<WeChatApi>(), server.Address);
        return new WeChatClient(program, new UrlLinks(program, api, account ?? azurite.NewAccount(prefix: prefix), time, log), api);
    }

    /// <summary>Keeps the calls for URL Links waiting until the result is set.</summary>
    private TaskCompletionSource HoldUrlLinks()
    {
        var release = new TaskCompletionSource();
        server.Instead = async http =>
        {
            if (http.Request.Path == WeChatServer.UrlLinkCall)
                await release.Task.WaitAsync(http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return false;
        };
        return release;
    }

    private Task ArrivesAsync(string call) => Wait.UntilAsync(() => server.Count(call) > 0);

    /// <summary>Asks in turn until one of the instances has the link that is made in the background.</summary>
    private async Task BecomesAsync(string ticket, WeChatClient[] instances, TimeSpan step = default)
    {
        var turn = 0;
        await Wait.UntilAsync(async () =>
        {
            if (await instances[turn++ % instances.Length].UrlLinkAsync("item-1", null) is { } address && address.Contains(ticket, StringComparison.Ordinal))
                return true;
            time.Advance(step);
            return false;
        });
    }
}
