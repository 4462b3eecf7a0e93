using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Links;
using ShareLinks.Tests.Support;
using ShareLinks.WeChat;

namespace ShareLinks.Tests.WeChat;

public sealed class WeChatApiTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly LogEntries<WeChatApi> log = new();
    private WeChatServer server = null!;
    private WeChatApi api = null!;

    public async ValueTask InitializeAsync()
    {
        server = await WeChatServer.StartAsync(time);
        api = new WeChatApi(WeChatServer.Options, time, log, server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await server.DisposeAsync();
        // Whatever a test did: no log holds what is secret.
        foreach (var (_, line) in log.Lines)
        {
            Assert.DoesNotContain(WeChatServer.Secret, line, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("GrAnTeD", line, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task The_calls_say_what_WeChat_publishes()
    {
        Assert.Equal("https://wxaurl.cn/TICKET00001", await api.MakeUrlLinkAsync("pages/item"));
        var picture = await DrawAsync();
        Assert.Equal("image/jpeg", picture!.MediaType);
        Assert.Equal(WeChatServer.Picture("7K2M9QXA3FVD", 430), picture.Bytes);
        Assert.Equal(
            [
                """{"grant_type":"client_credential","appid":"wx0123456789abcdef","secret":"5ec4e7a05ec4e7a05ec4e7a05ec4e7a0","force_refresh":false}""",
                """{"path":"pages/item","env_version":"release","expire_type":1,"expire_interval":30}""",
                """{"scene":"7K2M9QXA3FVD","page":"pages/item","check_path":false,"env_version":"release","width":430}""",
            ],
            server.Bodies.Select(body => body.ToJsonString()));
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_token_is_used_until_shortly_before_its_end()
    {
        for (var minutes = 0; minutes < 114; minutes += 6)
        {
            Assert.NotNull(await DrawAsync());
            time.Advance(TimeSpan.FromMinutes(6));
        }
        Assert.Equal(1, server.Count(WeChatServer.TokenCall));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.NotNull(await DrawAsync());
        Assert.Equal(2, server.Count(WeChatServer.TokenCall));
        // Renewed in time: WeChat never had to refuse one.
        Assert.Equal(20, server.Count(WeChatServer.CodeCall));
    }

    [Fact]
    public async Task A_short_lived_token_is_used_too()
    {
        server.Instead = async http =>
        {
            if (http.Request.Path != WeChatServer.TokenCall)
            {
                http.Response.ContentType = "image/png";
                await http.Response.Body.WriteAsync(new byte[] { 1 });
                return true;
            }
            http.Response.ContentType = "application/json; encoding=utf-8";
            await http.Response.WriteAsync("""{"access_token":"short-GrAnTeD","expires_in":60}""");
            return true;
        };
        Assert.Equal("image/png", (await DrawAsync())!.MediaType);
        Assert.NotNull(await DrawAsync());
        Assert.Equal(1, server.Count(WeChatServer.TokenCall));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(await DrawAsync());
        Assert.Equal(2, server.Count(WeChatServer.TokenCall));
    }

    [Fact]
    public async Task Fifty_callers_at_once_get_one_token()
    {
        var pictures = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => DrawAsync()));
        Assert.All(pictures, Assert.NotNull);
        Assert.Equal(1, server.Count(WeChatServer.TokenCall));
        Assert.Equal(50, server.Count(WeChatServer.CodeCall));
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_a_token_leaves_the_others_theirs()
    {
        var (arrived, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Instead = async http =>
        {
            if (http.Request.Path == WeChatServer.TokenCall)
            {
                arrived.TrySetResult();
                await released.Task;
            }
            return false;
        };
        using var impatient = new CancellationTokenSource();
        var first = api.DrawCodeAsync("7K2M9QXA3FVD", "pages/item", 430, impatient.Token);
        var second = DrawAsync();
        await arrived.Task;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        released.SetResult();
        Assert.NotNull(await second);
        Assert.Equal(1, server.Count(WeChatServer.TokenCall));
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_token_that_ended_early_is_replaced_once_and_the_call_made_again()
    {
        Assert.NotNull(await DrawAsync());
        server.RevokeToken();
        Assert.NotNull(await DrawAsync());
        Assert.Equal(
            [WeChatServer.TokenCall, WeChatServer.CodeCall, WeChatServer.CodeCall, WeChatServer.TokenCall, WeChatServer.CodeCall],
            server.Calls);
        Assert.Empty(log.Lines);
    }

    [Theory]
    [InlineData(40001)]
    [InlineData(40014)]
    [InlineData(42001)]
    public async Task A_token_that_is_never_taken_ends_after_the_second_try(int code)
    {
        server.FailWith(code, "invalid credential, access_token is invalid or not latest", WeChatServer.UrlLinkCall);
        Assert.Null(await api.MakeUrlLinkAsync("pages/item"));
        Assert.Equal(2, server.Count(WeChatServer.UrlLinkCall));
        Assert.Equal(2, server.Count(WeChatServer.TokenCall));
        Assert.Null(await api.MakeUrlLinkAsync("pages/item"));
        Assert.Equal(4, server.Calls.Count);
        Assert.Equal(LogLevel.Error, Assert.Single(log.Lines).Level);
        await AssertRestsAsync(TimeSpan.FromMinutes(1), WeChatServer.UrlLinkCall);
    }

    [Fact]
    public async Task A_daily_quota_that_is_used_up_is_left_alone_for_an_hour()
    {
        server.FailWith(45009, "reach max api daily quota limit", WeChatServer.UrlLinkCall);
        Assert.Null(await api.MakeUrlLinkAsync("pages/item"));
        await AssertRestsAsync(TimeSpan.FromHours(1), WeChatServer.UrlLinkCall);
        Assert.Contains("45009 (reach max api daily quota limit); it is left alone for 01:00:00", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_of_one_call_does_not_stop_the_others()
    {
        server.FailWith(45009, "reach max api daily quota limit", WeChatServer.UrlLinkCall);
        Assert.Null(await api.MakeUrlLinkAsync("pages/item"));
        Assert.NotNull(await DrawAsync());
    }

    [Fact]
    public async Task The_pictures_quota_is_one_for_each_minute()
    {
        server.FailWith(45009, "reach max api daily quota limit", WeChatServer.CodeCall);
        Assert.Null(await DrawAsync());
        await AssertRestsAsync(TimeSpan.FromMinutes(1), WeChatServer.CodeCall);
    }

    [Theory]
    [InlineData(-1, "system error", 5)]
    [InlineData(44990, "generate scheme freq limit", 5)]
    [InlineData(45011, "api minute-quota reach limit mustslower retry next minute", 60)]
    [InlineData(48001, "api unauthorized rid: 6201c94b-03b44e9d-3f10317a", 60)]
    public async Task A_call_that_fails_rests_for_as_long_as_the_error_suggests(int code, string message, int seconds)
    {
        server.FailWith(code, message, WeChatServer.UrlLinkCall);
        Assert.Null(await api.MakeUrlLinkAsync("pages/item"));
        await AssertRestsAsync(TimeSpan.FromSeconds(seconds), WeChatServer.UrlLinkCall);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(302)]
    [InlineData(404)]
    public async Task Another_status_counts_as_busy(int status)
    {
        server.Instead = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = WeChatServer.CodeCall;
            return Task.FromResult(true);
        };
        Assert.Null(await DrawAsync());
        Assert.Equal([WeChatServer.TokenCall], server.Calls);
        await AssertRestsAsync(TimeSpan.FromSeconds(5), WeChatServer.TokenCall);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>busy</html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"access_token":"","expires_in":7200}""")]
    [InlineData("""{"access_token":"GrAnTeD","expires_in":0}""")]
    [InlineData("""{"access_token":"GrAnTeD","expires_in":"soon"}""")]
    [InlineData("""{"access_token":"GrAnTeD","expires_in":7200""")]
    public async Task An_answer_that_makes_no_sense_is_no_token(string answer)
    {
        server.Instead = async http =>
        {
            await http.Response.WriteAsync(answer);
            return true;
        };
        Assert.Null(await DrawAsync());
        Assert.Equal([WeChatServer.TokenCall], server.Calls);
        Assert.Single(log.Lines);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"errcode":0,"errmsg":"ok"}""")]
    [InlineData("""{"errcode":0,"errmsg":"ok","url_link":""}""")]
    [InlineData("""{"errcode":0,"errmsg":"ok","url_link":"http://wxaurl.cn/T"}""")]
    [InlineData("""{"errcode":0,"errmsg":"ok","url_link":"https://wxaurl.cn/T?cq=x"}""")]
    [InlineData("""{"errcode":0,"errmsg":"ok","url_link":"https://wxaurl.cn/T#x"}""")]
    [InlineData("""{"errcode":0,"errmsg":"ok","url_link":"https://a@wxaurl.cn/T"}""")]
    [InlineData("""{"errcode":0,"errmsg":"ok","url_link":"https://wxaurl.cn/\"><script>"}""")]
    [InlineData("""{"errcode":0,"errmsg":"ok","url_link":"javascript:alert(1)"}""")]
    public async Task An_address_that_no_query_could_follow_is_no_url_link(string answer)
    {
        server.Instead = async http =>
        {
            if (http.Request.Path == WeChatServer.TokenCall)
                return false;
            await http.Response.WriteAsync(answer);
            return true;
        };
        Assert.Null(await api.MakeUrlLinkAsync("pages/item"));
        Assert.Equal(LogLevel.Error, Assert.Single(log.Lines).Level);
    }

    [Theory]
    [InlineData(WeChatServer.TokenCall)]
    [InlineData(WeChatServer.CodeCall)]
    public async Task A_server_that_hangs_is_given_up_at_the_time_limit(string call)
    {
        var arrived = new TaskCompletionSource();
        server.Instead = async http =>
        {
            if (http.Request.Path != call)
                return false;
            arrived.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var drawing = DrawAsync();
        await arrived.Task;
        Assert.False(drawing.IsCompleted);
        time.Advance(WeChatApi.TimeLimit);
        Assert.Null(await drawing);
        Assert.Contains("nothing within 5 s", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
        await AssertRestsAsync(TimeSpan.FromSeconds(5), call);
    }

    [Fact]
    public async Task A_server_that_stops_in_the_middle_of_a_picture_is_given_up_too()
    {
        var arrived = new TaskCompletionSource();
        server.Instead = async http =>
        {
            if (http.Request.Path == WeChatServer.TokenCall)
                return false;
            http.Response.ContentType = "image/jpeg";
            await http.Response.Body.WriteAsync(new byte[1000]);
            await http.Response.Body.FlushAsync();
            arrived.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var drawing = DrawAsync();
        await arrived.Task;
        time.Advance(WeChatApi.TimeLimit);
        Assert.Null(await drawing);
    }

    [Fact]
    public async Task An_answer_without_end_is_given_up()
    {
        server.Instead = async http =>
        {
            if (http.Request.Path == WeChatServer.TokenCall)
                return false;
            http.Response.ContentType = "image/jpeg";
            var chunk = new byte[1 << 16];
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(chunk, CancellationToken.None);
            return true;
        };
        Assert.Null(await DrawAsync());
        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task A_server_that_is_not_there_counts_as_busy()
    {
        using var alone = new WeChatApi(WeChatServer.Options, time, log, new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        Assert.Null(await alone.MakeUrlLinkAsync("pages/item"));
        Assert.Contains("ConnectionError", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_in_the_place_of_a_picture_is_no_picture()
    {
        server.FailWith(40169, "invalid length for scene, or the data is not json string", WeChatServer.CodeCall);
        Assert.Null(await DrawAsync());
        Assert.Contains("40169", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_in_the_place_of_a_picture_is_no_picture()
    {
        server.Instead = async http =>
        {
            if (http.Request.Path == WeChatServer.TokenCall)
                return false;
            http.Response.ContentType = "text/html";
            await http.Response.WriteAsync("<script>");
            return true;
        };
        Assert.Null(await DrawAsync());
    }

    [Fact]
    public async Task A_wrong_secret_is_told_without_showing_it()
    {
        var logged = new LogEntries<WeChatApi>();
        using var wrong = new WeChatApi(new WeChatOptions { MiniProgramAppId = WeChatServer.AppId, AppSecret = "not-the-secret" }, time, logged, server.Address);
        Assert.Null(await wrong.MakeUrlLinkAsync("pages/item"));
        var (level, line) = Assert.Single(logged.Lines);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains("40125 (invalid appsecret)", line, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_repeats_secrets_is_logged_without_them_and_cut()
    {
        Assert.NotNull(await DrawAsync());
        server.FailWith(40097, $"args {server.Token} {WeChatServer.Secret.ToUpperInvariant()} {new string('x', 5000)}", WeChatServer.CodeCall);
        Assert.Null(await DrawAsync());
        var line = Assert.Single(log.Lines).Text;
        Assert.Contains("40097 (args … … xxx", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 200, 400);
    }

    private Task<WeChatPicture?> DrawAsync() => api.DrawCodeAsync("7K2M9QXA3FVD", "pages/item", 430, CancellationToken.None);

    /// <summary>Nothing is called until the time is over, then once.</summary>
    private async Task AssertRestsAsync(TimeSpan pause, string call)
    {
        var (all, calls) = (server.Calls.Count, server.Count(call));
        time.Advance(pause - TimeSpan.FromSeconds(1));
        Assert.Null(call == WeChatServer.UrlLinkCall ? await api.MakeUrlLinkAsync("pages/item") : (await DrawAsync())?.MediaType);
        Assert.Equal(all, server.Calls.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        server.Instead = _ => Task.FromResult(false);
        Assert.NotNull(call == WeChatServer.UrlLinkCall ? await api.MakeUrlLinkAsync("pages/item") : (await DrawAsync())?.MediaType);
        Assert.Equal(calls + 1, server.Count(call));
    }
}
