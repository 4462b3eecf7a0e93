using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ShareLinks.Links;

namespace ShareLinks.WeChat;

/// <summary>The calls of WeChat's server API that this service makes: an access token, a URL Link, a mini program code.</summary>
/// <remarks>
/// <para>Thread-safe. A call that WeChat does not fulfil is logged and gives null; the same call then rests for a while, and gives null at once
/// meanwhile. Neither the secret nor a token gets into a log or an exception.</para>
/// <para>Published at <c>developers.weixin.qq.com/miniprogram/dev/server/API/</c>. WeChat answers errors with status 200 and <c>errcode</c>.</para>
/// </remarks>
public sealed partial class WeChatApi : IDisposable
{
    /// <summary>Days that a URL Link stays good: the most that WeChat gives.</summary>
    public const int UrlLinkDays = 30;

    /// <summary>The longest that one request takes.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    private const int MaxAnswerBytes = 2 << 20;
    private const int MaxLoggedMessage = 200;

    private static readonly Uri Production = new("https://api.weixin.qq.com");

    private readonly string appId;
    private readonly string secret;
    private readonly TimeProvider time;
    private readonly ILogger<WeChatApi> logger;
    private readonly HttpClient http;
    private readonly AccessTokens tokens;
    private readonly Call tokenCall;
    private readonly Call urlLinkCall;
    private readonly Call codeCall;

    /// <param name="options">With app id and secret.</param>
    /// <param name="time">The clock of time limits, lifetimes and pauses.</param>
    /// <param name="logger">Hears of every call that was not fulfilled.</param>
    /// <param name="address">Stands in for WeChat in tests.</param>
    public WeChatApi(WeChatOptions options, TimeProvider time, ILogger<WeChatApi> logger, Uri? address = null)
    {
        (appId, secret) = (options.MiniProgramAppId!, options.AppSecret!);
        (this.time, this.logger) = (time, logger);
        address ??= Production;
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !address.IsLoopback, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = address,
            MaxResponseContentBufferSize = MaxAnswerBytes,
            // Each request has a time limit of its own, by the given clock.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        tokens = new AccessTokens(AskForTokenAsync, time);
        tokenCall = new Call("/cgi-bin/stable_token", TimeSpan.FromHours(1), new Pause(time));
        urlLinkCall = new Call("/wxa/generate_urllink", TimeSpan.FromHours(1), new Pause(time));
        // Its quota is one for each minute.
        codeCall = new Call("/wxa/getwxacodeunlimit", TimeSpan.FromMinutes(1), new Pause(time));
    }

    /// <summary>Makes a URL Link for a page, good for <see cref="UrlLinkDays"/>; null when WeChat gives none right now.</summary>
    public async Task<string?> MakeUrlLinkAsync(string path)
    {
        var request = new UrlLinkRequest(path, "release", ExpireType: 1, UrlLinkDays);
        var reply = await AskAsync(urlLinkCall, request, WeChatJson.Default.UrlLinkRequest, CancellationToken.None);
        return reply is null ? null : Expect(urlLinkCall, IsPlainAddress(reply.Answer.UrlLink) ? reply.Answer.UrlLink : null);
    }

    /// <summary>Draws a mini program code; null when WeChat gives none right now.</summary>
    public async Task<WeChatPicture?> DrawCodeAsync(string scene, string page, int width, CancellationToken cancellationToken)
    {
        // Unchecked, so that codes can be printed before the page is published.
        var request = new CodeRequest(scene, page, ChecksPath: false, "release", width);
        var reply = await AskAsync(codeCall, request, WeChatJson.Default.CodeRequest, cancellationToken);
        return reply is null ? null : Expect(codeCall, reply.Picture);
    }

    public void Dispose() => http.Dispose();

    private async Task<GrantedToken?> AskForTokenAsync()
    {
        if (tokenCall.Pause.IsOn)
            return null;
        // Never forced: WeChat means that for leaked secrets, and it would end the token that every other instance holds.
        var request = new TokenRequest("client_credential", appId, secret, ForceRefresh: false);
        var reply = await PostAsync(tokenCall, token: null, request, WeChatJson.Default.TokenRequest, CancellationToken.None);
        if (!IsFulfilled(tokenCall, reply, token: null))
            return null;
        return Expect(tokenCall, reply.Answer is { AccessToken.Length: > 0, ExpiresInSeconds: > 0 } answer
            ? new GrantedToken(answer.AccessToken, TimeSpan.FromSeconds(answer.ExpiresInSeconds))
            : null);
    }

    /// <summary>Makes a call with a token, and once more with another when WeChat does not take that one.</summary>
    private async Task<Reply?> AskAsync<T>(Call call, T request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        for (var isLast = false; !call.Pause.IsOn; isLast = true)
        {
            if (await tokens.GetAsync().WaitAsync(cancellationToken) is not { } token)
                return null;
            var reply = await PostAsync(call, token, request, type, cancellationToken);
            if (reply.Answer.ErrorCode is ErrorCode.InvalidCredential or ErrorCode.InvalidToken or ErrorCode.TokenExpired)
            {
                tokens.Drop(token);
                if (!isLast)
                    continue;
            }
            return IsFulfilled(call, reply, token) ? reply : null;
        }
        return null;
    }

    private async Task<Reply> PostAsync<T>(Call call, string? token, T request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // Bytes, since they tell their length: WeChat takes a chunked body for an empty one.
            using var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, type));
            body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var address = token is null ? call.Path : $"{call.Path}?access_token={Uri.EscapeDataString(token)}";
            using var response = await http.PostAsync(new Uri(address, UriKind.Relative), body, either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return Reply.Busy($"HTTP status {(int)response.StatusCode}");
            var bytes = await response.Content.ReadAsByteArrayAsync(either.Token);
            if (response.Content.Headers.ContentType?.MediaType is "image/jpeg" or "image/png")
                return new Reply(new WeChatAnswer(), new WeChatPicture(response.Content.Headers.ContentType.MediaType, bytes));
            return JsonSerializer.Deserialize(bytes, WeChatJson.Default.WeChatAnswer) is { } answer ? new Reply(answer) : Reply.Busy("no JSON object");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Reply.Busy($"nothing within {TimeLimit.TotalSeconds} s");
        }
        catch (HttpRequestException fault)
        {
            return Reply.Busy(fault.HttpRequestError.ToString());
        }
        catch (JsonException)
        {
            return Reply.Busy("neither JSON nor a picture");
        }
    }

    /// <summary>Whether WeChat did what it was asked; otherwise the call rests for as long as the error suggests.</summary>
    private bool IsFulfilled(Call call, Reply reply, string? token)
    {
        var code = reply.Answer.ErrorCode;
        if (code == 0)
            return true;
        var (pause, level) = code switch
        {
            ErrorCode.Busy or ErrorCode.TooFast => (TimeSpan.FromSeconds(5), LogLevel.Warning),
            ErrorCode.MinuteQuotaUsedUp => (TimeSpan.FromMinutes(1), LogLevel.Warning),
            ErrorCode.QuotaUsedUp => (call.QuotaPause, LogLevel.Warning),
            // Something that a person has to mend: credentials, the list of allowed addresses, the mini program's rights.
            _ => (TimeSpan.FromMinutes(1), LogLevel.Error),
        };
        Rest(call, pause, level, code, Redact(reply.Answer.ErrorMessage ?? "", token));
        return false;
    }

    /// <summary>What a fulfilled call must have brought.</summary>
    private T? Expect<T>(Call call, T? value)
        where T : class
    {
        if (value is null)
            Rest(call, TimeSpan.FromMinutes(1), LogLevel.Error, 0, "success without the requested value");
        return value;
    }

    private void Rest(Call call, TimeSpan pause, LogLevel level, int code, string message)
    {
        call.Pause.Start(pause);
        LogUnfulfilled(level, call.Path, code, message, pause);
    }

    /// <summary>WeChat's words are worth a log (they name the address to allow), but not if they repeat what is secret.</summary>
    private string Redact(string message, string? token)
    {
        message = message.Replace(secret, "…", StringComparison.OrdinalIgnoreCase);
        if (token is not null)
            message = message.Replace(token, "…", StringComparison.OrdinalIgnoreCase);
        return message.Length <= MaxLoggedMessage ? message : message[..MaxLoggedMessage];
    }

    /// <summary>Whether <c>?cq=</c> can follow.</summary>
    private static bool IsPlainAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0
        && uri.AbsoluteUri == text && !text.AsSpan().ContainsAny('?', '#');

    [LoggerMessage(Message = "WeChat answered {Call} with {Code} ({Answer}); it is left alone for {Pause}.")]
    private partial void LogUnfulfilled(LogLevel level, string call, int code, string answer, TimeSpan pause);

    /// <param name="Path">Where it goes.</param>
    /// <param name="QuotaPause">How long it rests once its quota is used up.</param>
    /// <param name="Pause">On after a failure.</param>
    private sealed record Call(string Path, TimeSpan QuotaPause, Pause Pause);

    private sealed record Reply(WeChatAnswer Answer, WeChatPicture? Picture = null)
    {
        /// <summary>No answer in WeChat's own terms, which means the same as its busy.</summary>
        public static Reply Busy(string reason) => new(new WeChatAnswer(ErrorCode.Busy, reason));
    }

    /// <summary>The values of <c>errcode</c> that are told apart.</summary>
    private static class ErrorCode
    {
        public const int Busy = -1;
        public const int InvalidCredential = 40001;
        public const int InvalidToken = 40014;
        public const int TokenExpired = 42001;
        public const int TooFast = 44990;
        public const int QuotaUsedUp = 45009;
        public const int MinuteQuotaUsedUp = 45011;
    }
}
