using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Codes;
using ShareLinks.Hosting;
using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Tests.Support;
using WeChatServer = ShareLinks.Tests.WeChat.WeChatServer;

namespace ShareLinks.Tests.Security;

/// <summary>What a guess costs at every address that needs no key, or one that every phone has, and which limiter holds it. A new address needs a row.</summary>
public sealed partial class RouteLimitsTests(Azurite azurite) : IAsyncLifetime
{
    private const string Network = "203.0.113.7";
    private const int Beyond = 25;

    /// <summary>An address, who holds guesses there, what one costs storage at most, in reads, and how to make the i-th.</summary>
    private static readonly Row[] Rows =
    [
        new("GET /{code}", Holder.Misses, 1, (app, i) => Get($"/{Unminted(app, i)}")),
        new("HEAD /{code}", Holder.Misses, 1, (_, i) => new(HttpMethod.Head, $"/no-alias-{i}")),
        new("GET /Q/{token}", Holder.Misses, 1, (_, i) => Get($"/Q/{Token(i)}")),
        new("HEAD /Q/{token}", Holder.Misses, 1, (app, i) => new(HttpMethod.Head, "/Q/" + app.Get<PassphraseTokens>().Encode(new LinkId(1_000_000 + i)))),
        new("GET /{code}/qr.png", Holder.Misses, 1, (_, i) => Get($"/{Token(i)}/qr.png", "*")),
        new("HEAD /{code}/qr.png", Holder.Misses, 1, (app, i) => new(HttpMethod.Head, $"/{Unminted(app, i)}/qr.png")),
        new("GET /{code}/qr.svg", Holder.Misses, 1, (app, i) => Get($"/{Unminted(app, i)}/qr.svg", "*")),
        new("HEAD /{code}/qr.svg", Holder.Misses, 1, (_, i) => new(HttpMethod.Head, $"/{Token(i)}/qr.svg")),
        new("GET /{code}/wxacode.png", Holder.Misses, 1, (_, i) => Get($"/{Token(i)}/wxacode.png", "*")),
        new("HEAD /{code}/wxacode.png", Holder.Misses, 1, (app, i) => new(HttpMethod.Head, $"/{Unminted(app, i)}/wxacode.png")),
        // Up to ten codes in a text, each a read.
        new("GET /find", Holder.Texts, 1, (app, i) => Get("/find?text=" + Uri.EscapeDataString(app.Get<PublicAddress>().Url(Unminted(app, i))))),
        // With the key that is in every phone.
        new("POST /api/resolve", Holder.Texts, 1, (app, i) => Post("/api/resolve", TestApp.Json(new { text = app.Get<PublicAddress>().Url(Unminted(app, i)) }))),
        new("POST /api/clicks", Holder.Texts, 2, (app, i) => Post("/api/clicks", TestApp.Json(new
        {
            clicks = new[] { new { scanId = $"scan-0123456789-{i}", text = app.Get<PublicAddress>().Url(Unminted(app, i)), occurredAt = TimeProvider.System.GetUtcNow() } },
        }))),
        // An invented key; the ids without a MAC are read once for all.
        new("POST /dashboard/sign-in", Holder.Keys, 0, (_, i) => Post("/dashboard/sign-in", new FormUrlEncodedContent([new("key", Key(i))]))),

        // Nothing of storage's is asked for.
        new("GET /", Holder.Nobody, 0, (_, _) => Get("/")),
        new("HEAD /", Holder.Nobody, 0, (_, _) => new(HttpMethod.Head, "/")),
        new("POST /visitor-consent", Holder.Nobody, 0, (_, _) => Post("/visitor-consent", new FormUrlEncodedContent([new("answer", "yes")]))),
        new("GET /.well-known/apple-app-site-association", Holder.Nobody, 0, (_, _) => Get("/.well-known/apple-app-site-association")),
        new("HEAD /.well-known/apple-app-site-association", Holder.Nobody, 0, (_, _) => new(HttpMethod.Head, "/.well-known/apple-app-site-association")),
        new("GET /.well-known/assetlinks.json", Holder.Nobody, 0, (_, _) => Get("/.well-known/assetlinks.json")),
        new("HEAD /.well-known/assetlinks.json", Holder.Nobody, 0, (_, _) => new(HttpMethod.Head, "/.well-known/assetlinks.json")),
        new("GET /.well-known/applinking.json", Holder.Nobody, 0, (_, _) => Get("/.well-known/applinking.json")),
        new("HEAD /.well-known/applinking.json", Holder.Nobody, 0, (_, _) => new(HttpMethod.Head, "/.well-known/applinking.json")),
        new("GET /Q/verify.txt", Holder.Nobody, 0, (_, _) => Get("/Q/verify.txt")),
        new("HEAD /Q/verify.txt", Holder.Nobody, 0, (_, _) => new(HttpMethod.Head, "/Q/verify.txt")),
        new("GET /api/share-text/grammar", Holder.Nobody, 0, (_, _) => Get("/api/share-text/grammar")),
        // One read in five seconds, for everybody together.
        new("GET /api/health", Holder.Nobody, 0, (_, _) => Get("/api/health")),
        new("GET /openapi/{documentName}.json", Holder.Nobody, 0, (_, _) => Get("/openapi/v1.json")),
        new("GET /docs/{documentName?}", Holder.Nobody, 0, (_, _) => Get("/docs/")),
        new("GET /docs/favicon.svg", Holder.Nobody, 0, (_, _) => Get("/docs/favicon.svg")),
        new("GET /docs/scalar.aspnetcore.js", Holder.Nobody, 0, (_, _) => Get("/docs/scalar.aspnetcore.js")),
        new("GET /docs/scalar.js", Holder.Nobody, 0, (_, _) => Get("/docs/scalar.js")),
        new("GET /dashboard/assets/{hash}/{name}", Holder.Nobody, 0, (_, i) => Get($"/dashboard/assets/{i}/dashboard.css")),
        new("GET /dashboard/sign-in", Holder.Nobody, 0, (_, _) => Get("/dashboard/sign-in")),
        // A session's MAC, which is made out before its key is looked for.
        .. new[]
        {
            "GET /dashboard", "GET /dashboard/subject", "GET /dashboard/attribution", "GET /dashboard/event", "GET /dashboard/links", "POST /dashboard/links", "POST /dashboard/links/change",
            "GET /dashboard/posters", "POST /dashboard/posters", "GET /dashboard/posters/lot", "POST /dashboard/posters/lot", "GET /dashboard/posters/print", "POST /dashboard/sign-out", "GET /dashboard/{**rest}",
        }.Select(route => new Row(route, Holder.Nobody, 0, (_, i) => Session(route, i))),
    ];

    private WeChatServer wechat = null!;

    private enum Holder
    {
        Nobody,
        Misses,
        Texts,
        Keys,
    }

    public static TheoryData<string> Held => [.. Rows.Where(row => row.Holder != Holder.Nobody).Select(row => row.Route)];

    public async ValueTask InitializeAsync() => wechat = await WeChatServer.StartAsync(TimeProvider.System);

    public ValueTask DisposeAsync() => wechat.DisposeAsync();

    [Fact]
    public async Task Every_address_has_a_row_or_needs_a_key()
    {
        await using var app = await StartAsync();
        var open = new HashSet<string>();
        foreach (var endpoint in app.Get<AppEndpoints>().All)
        {
            var path = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            // In Development alone.
            if (path.StartsWith("/demo", StringComparison.Ordinal))
                continue;
            // A scope that no phone's key has.
            var needsKey = endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy is not (null or Scopes.Resolve or Scopes.ScanOrIngest);
            // Keys are looked at below /api alone.
            Assert.True(!needsKey || path.StartsWith("/api/", StringComparison.Ordinal), path);
            if (!needsKey)
                open.UnionWith((endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => $"{method} {path}"));
        }
        Assert.Equal(Rows.Select(row => row.Route).Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Held))]
    public async Task A_guess_is_held_by_its_limiter(string route)
    {
        var row = Rows.Single(row => row.Route == route);
        await using var app = await StartAsync();
        var burst = row.Holder switch { Holder.Misses => MissLimiter.Burst, Holder.Texts => FailureLimiter.Burst, _ => KeyFailureLimiter.Burst };
        // What a phone has; a backend's key is not held by its network.
        var (_, phone) = await app.Get<ApiKeyTable>().CreateAsync("app", [Scopes.Resolve, Scopes.Scan]);
        app.Client.DefaultRequestHeaders.Authorization = new("Bearer", phone);
        using (var first = await SendAsync(app, row.Guess(app, 0), "203.0.113.99"))
            Assert.False(await IsRefusedAsync(first));
        app.Storage.Reset();
        // All at once, so that what is paid for after a look lets too many look. The limiters' clock stands still.
        var answers = await Task.WhenAll(Enumerable.Range(1, burst + Beyond).Select(i => SendAsync(app, row.Guess(app, i), Network)));
        var refused = await Task.WhenAll(answers.Select(IsRefusedAsync));
        Assert.Equal(Beyond, refused.Count(isRefused => isRefused));
        Assert.DoesNotContain(answers, answer => answer.StatusCode == HttpStatusCode.NotModified);
        // Refused ones cost nothing. Beside the look-ups storage is asked for what is kept once a process: the code key's record, the day's salt.
        Assert.InRange(app.Storage.Requests.Count(IsLookup), 0, burst * row.Reads);
        using var others = await SendAsync(app, row.Guess(app, 0), "203.0.113.8");
        Assert.False(await IsRefusedAsync(others));
    }

    [Fact]
    public async Task Where_nobody_holds_guesses_they_cost_storage_nothing()
    {
        await using var app = await StartAsync();
        foreach (var row in Rows.Where(row => row.Holder == Holder.Nobody))
        {
            using (var first = await SendAsync(app, row.Guess(app, 0), Network))
                Assert.True((int)first.StatusCode < 500, row.Route);
            app.Storage.Reset();
            for (var i = 1; i < 10; i++)
            {
                using var answer = await SendAsync(app, row.Guess(app, i), Network);
                Assert.True((int)answer.StatusCode < 500, row.Route);
            }
            // The health check asks how far counting is, once in five seconds.
            Assert.Equal((row.Route, ""), (row.Route, string.Join(", ", app.Storage.Requests.Where(request => request.Table != "fold"))));
        }
    }

    [Fact]
    public async Task An_invented_key_is_held_wherever_one_is_needed()
    {
        await using var app = await StartAsync();
        var routes = app.Get<AppEndpoints>().All.Where(endpoint => endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (method, Path: Parameter().Replace("/" + endpoint.RoutePattern.RawText!.Trim('/'), "x")))).ToArray();
        Assert.InRange(routes.Length, 20, 1000);
        foreach (var (i, (method, path)) in routes.Index())
        {
            var network = $"198.51.100.{i}";
            app.Storage.Reset();
            var answers = await Task.WhenAll(Enumerable.Range(0, KeyFailureLimiter.Burst + Beyond).Select(guess => SendAsync(app, new(new(method), path) { Headers = { Authorization = new("Bearer", Key(guess)) } }, network)));
            Assert.Equal(
                [(HttpStatusCode.Unauthorized, KeyFailureLimiter.Burst), (HttpStatusCode.TooManyRequests, Beyond)], answers.GroupBy(answer => answer.StatusCode).Select(group => (group.Key, group.Count())).Order());
            Assert.InRange(app.Storage.Requests.Count(request => request.Table == "keys"), 0, 1);
            // A right key is let in all the same.
            using var right = await SendAsync(app, new(HttpMethod.Get, "/api/keys") { Headers = { Authorization = new("Bearer", DevelopmentKey.Value) } }, network);
            Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        }
    }

    private Task<TestApp> StartAsync()
    {
        var (time, clients) = (new FakeTimeProvider(), new ClientAddress("X-Client", isPeerTheClient: false));
        return TestApp.StartAsync(
            azurite,
            new()
            {
                ["ShareLinks:ClientAddressHeader"] = "X-Client",
                ["ShareLinks:VerificationFiles:/Q/verify.txt"] = "x",
                ["ShareLinks:Apps:WeChat:MiniProgramAppId"] = WeChatServer.AppId,
                ["ShareLinks:Apps:WeChat:AppSecret"] = WeChatServer.Secret,
            },
            services => services.AddSingleton(new MissLimiter(clients, time)).AddSingleton(new FailureLimiter(clients, time)).AddSingleton(new KeyFailureLimiter(clients, time))
                .AddSingleton(new ShareLinks.WeChat.WeChatApi(WeChatServer.Options, TimeProvider.System, new LogLines<ShareLinks.WeChat.WeChatApi>(), wechat.Address)));
    }

    private static bool IsLookup(StorageRequest request) => request is { Method: "GET", Table: "links" or "aliases" or "scans" };

    private static async Task<bool> IsRefusedAsync(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.TooManyRequests ? answer.Headers.RetryAfter is not null
            // Each scan of a call has an answer of its own.
            : (await answer.Content.ReadAsStringAsync()).Contains("too_many_failures", StringComparison.Ordinal);

    private static async Task<HttpResponseMessage> SendAsync(TestApp app, HttpRequestMessage request, string network)
    {
        request.Headers.Add("X-Client", network);
        return await app.Client.SendAsync(request);
    }

    private static HttpRequestMessage Get(string path, string? knownTag = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (knownTag is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", knownTag);
        return request;
    }

    private static HttpRequestMessage Post(string path, HttpContent content) => new(HttpMethod.Post, path) { Content = content };

    private static HttpRequestMessage Session(string route, int i)
    {
        var parts = route.Split(' ');
        var request = new HttpRequestMessage(new HttpMethod(parts[0]), parts[1]) { Content = parts[0] == "POST" ? new FormUrlEncodedContent([new("token", "x")]) : null };
        request.Headers.Add("Cookie", $"{Sessions.CookieName}=abcdefghijkl.4102444800.0.{i:x64}");
        return request;
    }

    private static string Unminted(TestApp app, int i) => app.Get<ShortCodes>().Encode(new LinkId(1_000_000 + i));

    /// <summary>What has a token's form.</summary>
    private static string Token(int i) => $"7K2M9QXA{i:D4}";

    private static string Key(int i) => $"sl_{i:D12}_{i:D44}";

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    private sealed record Row(string Route, Holder Holder, int Reads, Func<TestApp, int, HttpRequestMessage> Guess);
}
