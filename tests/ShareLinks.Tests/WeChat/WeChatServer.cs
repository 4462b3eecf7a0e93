using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ShareLinks.Links;

namespace ShareLinks.Tests.WeChat;

/// <summary>Stands in for api.weixin.qq.com: the three calls as WeChat publishes them, with errors in JSON under status 200, on a loopback port.</summary>
internal sealed class WeChatServer : IAsyncDisposable
{
    public const string TokenCall = "/cgi-bin/stable_token";
    public const string UrlLinkCall = "/wxa/generate_urllink";
    public const string CodeCall = "/wxa/getwxacodeunlimit";

    public const string AppId = "wx0123456789abcdef";
    public const string Secret = "5ec4e7a05ec4e7a05ec4e7a05ec4e7a0";

    private const string SceneSymbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&'()*+,/:;=?@-._~";

    private readonly WebApplication app;
    private readonly TimeProvider time;
    private readonly ConcurrentQueue<string> calls = new();
    private readonly ConcurrentQueue<JsonNode> bodies = new();
    private readonly Lock gate = new();
    private int tokens;
    private int links;
    private DateTimeOffset tokenEnd;

    private WeChatServer(WebApplication app, TimeProvider time) => (this.app, this.time) = (app, time);

    public Uri Address => new(app.Urls.First());

    /// <summary>Paths of all calls so far.</summary>
    public IReadOnlyList<string> Calls => [.. calls];

    /// <summary>Bodies of all calls so far.</summary>
    public IReadOnlyList<JsonNode> Bodies => [.. bodies];

    /// <summary>Answers in WeChat's place when it returns true.</summary>
    public Func<HttpContext, Task<bool>> Instead { get; set; } = _ => Task.FromResult(false);

    /// <summary>The token that it takes right now.</summary>
    public string Token => string.Create(CultureInfo.InvariantCulture, $"77_GrAnTeD-{tokens}-abcDEF_ghi");

    public static WeChatOptions Options => new() { MiniProgramAppId = AppId, AppSecret = Secret };

    public static async Task<WeChatServer> StartAsync(TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new WeChatServer(app, time);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public int Count(string call) => calls.Count(made => made == call);

    /// <summary>Ends the token before its time.</summary>
    public void RevokeToken()
    {
        lock (gate)
            tokenEnd = default;
    }

    public void FailWith(int code, string message, string call) => Instead = async http =>
    {
        if (http.Request.Path != call)
            return false;
        await FailAsync(http, code, message);
        return true;
    };

    public static Task FailAsync(HttpContext http, int code, string message) => SendAsync(http, new JsonObject { ["errcode"] = code, ["errmsg"] = message });

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        calls.Enqueue(path);
        if (await Instead(http))
            return;
        if (http.Request.Method != "POST")
            await FailAsync(http, 43002, "require POST method");
        else if (http.Request.ContentLength is not > 0)
            await FailAsync(http, 44002, "empty post data");
        else
            await AnswerAsync(http, path, (await JsonNode.ParseAsync(http.Request.Body))!);
    }

    private Task AnswerAsync(HttpContext http, string path, JsonNode body)
    {
        bodies.Enqueue(body);
        if (path == TokenCall)
            return GrantAsync(http, body);
        lock (gate)
        {
            if (time.GetUtcNow() >= tokenEnd)
                return FailAsync(http, 42001, "access_token expired rid: 6299e87e-5ed9e599-0d046b47");
            if (http.Request.Query["access_token"] != Token)
                return FailAsync(http, 40001, "invalid credential, access_token is invalid or not latest rid: 6299e87e-5ed9e599-0d046b47");
        }
        return path switch
        {
            UrlLinkCall => MakeUrlLinkAsync(http, body),
            CodeCall => DrawAsync(http, body),
            _ => FailAsync(http, 40066, "invalid url"),
        };
    }

    private Task GrantAsync(HttpContext http, JsonNode body)
    {
        if (body["appid"]?.GetValue<string>() != AppId)
            return FailAsync(http, 40013, "invalid appid");
        if (body["secret"]?.GetValue<string>() != Secret)
            return FailAsync(http, 40125, "invalid appsecret");
        if (body["grant_type"]?.GetValue<string>() != "client_credential" || body["force_refresh"]!.GetValue<bool>())
            return FailAsync(http, 40002, "invalid grant_type");
        lock (gate)
        {
            // A token stays the same until its last five minutes.
            var now = time.GetUtcNow();
            if (tokenEnd - now < TimeSpan.FromMinutes(5))
            {
                tokens++;
                tokenEnd = now.AddHours(2);
            }
            return SendAsync(http, new JsonObject { ["access_token"] = Token, ["expires_in"] = (int)(tokenEnd - now).TotalSeconds });
        }
    }

    private Task MakeUrlLinkAsync(HttpContext http, JsonNode body) =>
        body["path"]!.GetValue<string>().StartsWith('/') || body["expire_type"]!.GetValue<int>() != 1 || body["expire_interval"]!.GetValue<int>() is < 1 or > 30
            ? FailAsync(http, 40097, "invalid args")
            : SendAsync(http, new JsonObject
            {
                ["errcode"] = 0,
                ["errmsg"] = "ok",
                ["url_link"] = string.Create(CultureInfo.InvariantCulture, $"https://wxaurl.cn/TICKET{Interlocked.Increment(ref links):00000}"),
            });

    private static Task DrawAsync(HttpContext http, JsonNode body)
    {
        var scene = body["scene"]!.GetValue<string>();
        if (scene.Length is 0 or > 32 || scene.Except(SceneSymbols).Any())
            return FailAsync(http, 40169, "invalid length for scene, or the data is not json string");
        if (body["width"]!.GetValue<int>() is < 280 or > 1280)
            return FailAsync(http, 40097, "invalid args");
        http.Response.ContentType = "image/jpeg";
        return http.Response.Body.WriteAsync(Picture(scene, body["width"]!.GetValue<int>())).AsTask();
    }

    /// <summary>Bytes that tell what was drawn.</summary>
    public static byte[] Picture(string scene, int width) =>
        [0xff, 0xd8, 0xff, 0xe0, .. System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{scene} {width}")), 0xff, 0xd9];

    private static async Task SendAsync(HttpContext http, JsonObject answer)
    {
        http.Response.ContentType = "application/json; encoding=utf-8";
        await http.Response.WriteAsync(answer.ToJsonString(JsonSerializerOptions.Default));
    }
}
