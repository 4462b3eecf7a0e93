using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Hosting;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Http;

/// <summary>Whatever arrives, the answer is a clear one: never a 5xx, never a crash.</summary>
public class HostileInputTests(Azurite azurite)
{
    private static readonly string[] Nasty =
    [
        "", " ", "%", "%00", "%0d%0aX: y", "/", "\\", "#", "?", "..", "%2e%2e%2f", "'", "''", "\"", "<script>alert(1)</script>", "{{}}", "$batch",
        "\u0000", "\u0001", "\u007f", "\u0085", "\u202e", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udc00\ud800", "😀", "闲鱼", "e\u0301", "0", "-1",
        "9223372036854775807", "1e999", "NaN", "null", "true", "[]", "{}", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "0000-00-00", "AbC3dE9kQ",
        new string('闲', 128), new string('闲', 96), string.Concat(Enumerable.Repeat("😀", 64)), new string('A', 8), new string('9', 9), new string('x', 10_000), new string('闲', 3_000), string.Concat(Enumerable.Repeat("%F0%9F%98%80", 500)),
    ];

    [Fact]
    public async Task No_code_id_or_body_gives_a_server_error()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync();
        var random = new Random(7);
        var answers = new Dictionary<HttpStatusCode, int>();
        for (var i = 0; i < Scale.Of(1000, 2); i++)
        {
            using var request = Request(random, code);
            HttpResponseMessage response;
            try
            {
                response = await app.Client.SendAsync(request);
            }
            catch (HttpRequestException)
            {
                // The server closed the connection on a request line or a body that is too long.
                continue;
            }
            var text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode < 500, $"{request.Method} {request.RequestUri}: {response.StatusCode} {text}");
            // An address that is no address, or too long, is refused by the server before the app sees it.
            if ((int)response.StatusCode >= 400 && text.Length > 0)
                Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            answers[response.StatusCode] = answers.GetValueOrDefault(response.StatusCode) + 1;
            response.Dispose();
        }
        // Refused in several ways, and some of it was fine.
        Assert.InRange(answers.Count, 4, 20);
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
    }

    [Theory]
    [InlineData("application/json; charset=utf-16", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", HttpStatusCode.Created)]
    [InlineData("application/json; charset=UTF-8", HttpStatusCode.Created)]
    public async Task A_body_is_json_in_utf8(string contentType, HttpStatusCode expected)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var content = new ByteArrayContent("{\"listingId\":\"item-1\"}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await app.Client.PostAsync("/api/links", content);
        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(1024 * 1024)]
    [InlineData(6 * 1024 * 1024)]
    public async Task A_body_over_one_mebibyte_is_refused_and_its_sender_told(int length)
    {
        await using var app = await TestApp.StartAsync(azurite);
        for (var round = 0; round < 10; round++)
        {
            using var response = await app.Client.PostAsync("/api/links", new StringContent($"{{\"listingId\":\"{new string('x', length)}\"}}", Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.Contains("body_too_large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_that_does_not_say_its_length_is_read_to_one_mebibyte()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(time));
        var head = $"POST /api/links HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {app.Client.DefaultRequestHeaders.Authorization}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n";
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, app.Client.BaseAddress!.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + new string(' ', 1024 * 1024 + 1)));
        using var answer = new StreamReader(connection.GetStream());
        // The rest, which never comes, is waited for.
        var status = answer.ReadLineAsync();
        await Wait.UntilAsync(() =>
        {
            time.Advance(BodyLimit.ReceiveTimeout);
            return status.IsCompleted;
        });
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await status);
    }

    [Theory]
    [InlineData("/api/links", "application/json", "80000000\r\n{}")]
    [InlineData("/api/links", "application/json", "ffffffff\r\n{}")]
    [InlineData("/api/links", "application/json", "fffffffffffffffff\r\n{}")]
    [InlineData("/api/clicks", "application/json", "2\r\n{}\r\n80000000\r\n")]
    [InlineData("/dashboard/sign-in", "application/x-www-form-urlencoded", "5\r\nkey=x\r\n80000000\r\n")]
    [InlineData("/visitor-consent", "application/x-www-form-urlencoded", "80000000\r\nanswer=yes")]
    [InlineData("/visitor-consent", "multipart/form-data; boundary=b", "80000000\r\n--b")]
    public async Task A_chunk_that_is_none_is_the_sender_s_fault(string path, string contentType, string chunks)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, app.Client.BaseAddress!.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {app.Client.DefaultRequestHeaders.Authorization}\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"));
        using var answer = new StreamReader(connection.GetStream());
        Assert.Equal("HTTP/1.1 400 Bad Request", await answer.ReadLineAsync());
    }

    [Theory]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"answer\"\r\n\r\nyes")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"answer\"\r\n\r\nyes\r\n--b\r\nContent-Disp")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nhalf a file")]
    [InlineData("--b")]
    [InlineData("no part at all")]
    public async Task A_part_without_its_end_is_the_sender_s_fault(string body)
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var path in new[] { "/visitor-consent", "/dashboard/sign-in", "/dashboard/sign-out" })
        {
            using var content = new StringContent(body, Encoding.UTF8);
            content.Headers.Remove("Content-Type");
            content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
            using var answer = await app.Client.PostAsync(path, content);
            Assert.Equal((path, HttpStatusCode.BadRequest), (path, answer.StatusCode));
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task A_refused_method_names_those_that_are_taken()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.DeleteAsync("/api/links/AbC3dE9kQ");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "PATCH"], response.Content.Headers.Allow.Order());
        Assert.Contains("method_not_allowed", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /\u0001 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST /api/links HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sl_development\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("POST /api/links HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sl_development\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("GET /AbC3dE9kQ HTTP/1.1\r\nHost: x\r\nReferer: \u0080\u00ff\r\nAccept-Language: ;;;,,,\r\nAccept: \u00fe\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/clicks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/clicks?after=%ff%fe&limit=%00 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sl_development\r\nConnection: close\r\n\r\n")]
    public async Task Malformed_http_is_refused(string text)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", app.Client.BaseAddress!.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        using var reader = new StreamReader(stream);
        var status = await reader.ReadLineAsync();
        Assert.Matches("^HTTP/1.1 [234]", status!);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/")).StatusCode);
    }

    private static HttpRequestMessage Request(Random random, string code)
    {
        var text = Text();
        var escaped = Uri.EscapeDataString(Printable(text));
        var (method, path) = random.Next(20) switch
        {
            0 => (HttpMethod.Get, "/" + escaped),
            1 => (HttpMethod.Get, "/" + code + escaped),
            2 => (HttpMethod.Get, "/api/links/" + escaped),
            3 => (HttpMethod.Get, "/api/listings/" + escaped),
            4 => (HttpMethod.Get, "/api/clicks/" + escaped),
            5 => (HttpMethod.Get, "/api/clicks?after=" + escaped),
            6 => (HttpMethod.Get, "/api/links?listingId=" + escaped),
            7 => (HttpMethod.Put, "/api/listings/" + escaped),
            8 => (HttpMethod.Patch, "/api/links/" + code),
            9 => (HttpMethod.Delete, "/api/keys/" + escaped),
            10 => (HttpMethod.Post, "/api/keys"),
            11 => (HttpMethod.Get, "/Q/" + escaped),
            12 => (HttpMethod.Get, $"/{code}/qr.png?size={escaped}&dark={escaped}"),
            13 => (HttpMethod.Get, $"/{escaped}/qr.svg"),
            14 => (HttpMethod.Post, "/api/links/batch"),
            15 => (HttpMethod.Post, "/api/listings/batch"),
            16 => (HttpMethod.Get, $"/api/attribution?by=tag:{escaped}&event={escaped}&halfLifeDays={escaped}&from={escaped}"),
            17 => (HttpMethod.Get, $"/api/attribution/events/{(random.Next(2) == 0 ? "order" : escaped)}/{escaped}"),
            18 => (HttpMethod.Get, $"/api/funnel?subject={Uri.EscapeDataString(random.Next(3) switch { 0 => "link:", 1 => "placement:", _ => "sharer:" })}{escaped}"),
            _ => (HttpMethod.Post, "/api/links"),
        };
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (method != HttpMethod.Get && method != HttpMethod.Delete)
            request.Content = new StringContent(Body(), Encoding.UTF8, "application/json");
        if (random.Next(3) == 0)
        {
            request.Headers.TryAddWithoutValidation("Referer", "https://" + Uri.EscapeDataString(Printable(Text())));
            request.Headers.TryAddWithoutValidation("Accept-Language", Uri.EscapeDataString(Printable(Text())));
        }
        return request;

        string Text() => random.Next(4) == 0
            ? new string([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)random.Next(0x10000))])
            : Nasty[random.Next(Nasty.Length)];

        string Body() => random.Next(10) switch
        {
            0 => Text(),
            1 => string.Concat(Enumerable.Repeat("{\"listing\":", 200)) + "1" + new string('}', 200),
            2 => new string('[', 5000),
            _ => "{" + string.Join(',', Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"{Name()}:{Value()}")) + "}",
        };

        string Name() => random.Next(14) switch
        {
            8 => "\"sharerId\"",
            9 => "\"alias\"",
            10 => "\"parent\"",
            11 => "\"channel\"",
            12 => "\"placement\"",
            13 => "\"links\"",
            0 => "\"listing\"",
            1 => "\"expiresAt\"",
            2 => "\"tags\"",
            3 => "\"destinations\"",
            4 => "\"scopes\"",
            5 => "\"price\"",
            6 => "\"updatedAt\"",
            _ => "\"listingId\"",
        };

        string Value() => random.Next(8) switch
        {
            0 => "null",
            1 => random.Next(2) == 0 ? "-1" : "1e400",
            2 => $$"""{"title":{{Quoted()}},"price":-0.01,"currency":"CNY","updatedAt":"9999-12-31T23:59:59Z"}""",
            3 => $$"""{"web":{{Quoted()}}}""",
            4 => $"[{Quoted()}]",
            6 => $$"""[{"listingId":{{Quoted()}},"id":{{Quoted()}}}]""",
            5 => "\"\\ud800\"",
            _ => Quoted(),
        };

        string Quoted() => "\"" + string.Concat(Text().Select(c => c is '"' or '\\' or < ' ' || char.IsSurrogate(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString())) + "\"";
    }

    /// <summary>Without unpaired surrogates, which no client can send in an address.</summary>
    private static string Printable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
