using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>The published folder, started in production as the Functions host starts it, asked as the host passes requests on: from the first key to what brought an order.</summary>
[Collection(AppProcess.Collection)]
public class CustomHandlerTests(Azurite azurite, PublishedApp published)
{
    private const string Address = "https://s.example";
    private const string Timer = """{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}},"Metadata":{"sys":{"MethodName":"Fold","UtcNow":"2026-11-24T10:00:00Z","RandGuid":"7d1f8a52-4d0c-4c5e-8f0e-1f5d3d2b9a11"}}}""";

    [Fact]
    public async Task It_serves_counts_and_survives_what_would_poison_it()
    {
        var folder = await published.FolderAsync();
        var port = FreePort.Next();
        var environment = new Dictionary<string, string>
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = "5c1a",
            ["FUNCTIONS_APP_ROOT_PATH"] = folder,
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{FreePort.Next()}",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ShareLinks__BaseUrl"] = Address,
            ["ShareLinks__Codes__Key"] = Convert.ToBase64String(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray()),
            ["ShareLinks__ClientAddressHeader"] = "CLIENT-IP",
            ["ShareLinks__Clicks__CommitDeadline"] = "00:00:30",
            ["ShareLinks__Fold__Patience"] = "00:00:30",
        };
        var prefix = azurite.NewPrefix();
        await using var app = await AppProcess.StartAsync(folder, azurite.ConnectionString, prefix, environment);
        var client = app.Client;
        // What the host adds to all that it passes on.
        client.DefaultRequestHeaders.Add("X-Azure-Functions-InvocationId", "b1946ac9-2492-4d23-8d4c-5b2f3c1d7a90");
        client.DefaultRequestHeaders.Add("x-ms-invocation-id", "b1946ac9-2492-4d23-8d4c-5b2f3c1d7a90");
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "s.example");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "10.0.0.1");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("CLIENT-IP", "198.51.100.7");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/keys")).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", await MakeKeyAsync(folder, prefix, environment));

        var link = await PostAsync(client, "/api/links", new { listingId = "item-1", listing = new { title = "Lamp" }, sharerId = "user-7", channel = "wechat" });
        Assert.StartsWith(Address + "/", link["url"]!.GetValue<string>(), StringComparison.Ordinal);
        var path = link["url"]!.GetValue<string>()[Address.Length..];
        using var opened = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.Found, opened.StatusCode);
        var click = opened.Headers.Location!.Query.Split("clickId=")[1];
        var (clicks, _) = await Feed.ReadToEndAsync(client);
        Assert.Equal(click, Feed.Id(Assert.Single(clicks)));
        var events = new[] { new { id = "order-55", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), userId = "user-9", clickId = click, listingId = "item-1", value = 2399.00m, currency = "CNY" } };
        Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[]}""", (await PostAsync(client, "/api/events", new { events })).ToJsonString());
        var explained = await client.GetStringAsync("/api/attribution/events/order/order-55");
        Assert.Contains("\"wechat\"", explained, StringComparison.Ordinal);
        Assert.Contains("\"user-7\"", explained, StringComparison.Ordinal);
        using (var picture = await client.GetAsync(path + "/qr.png"))
            Assert.Equal("image/png", picture.Content.Headers.ContentType?.MediaType);

        // Visitors open; the timer counts, and the same call by the public route does not.
        for (var i = 0; i < 5; i++)
            await client.GetAsync(path);
        var before = await CompleteThroughAsync(client);
        using (var proxied = await client.PostAsync("/Fold", new StringContent(Timer, Encoding.UTF8, "application/json")))
            Assert.Equal(HttpStatusCode.NotFound, proxied.StatusCode);
        Assert.Equal(before, await CompleteThroughAsync(client));
        using (var host = new HttpClient { BaseAddress = client.BaseAddress })
        {
            using var call = new HttpRequestMessage(HttpMethod.Post, "/Fold") { Content = new StringContent(Timer, Encoding.UTF8, "application/json") };
            call.Headers.TransferEncodingChunked = true;
            using var answer = await host.SendAsync(call);
            Assert.Equal((HttpStatusCode.OK, """{"Outputs":{},"Logs":[],"ReturnValue":null}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
        Assert.NotEqual(before, await CompleteThroughAsync(client));

        for (var round = 0; round < 3; round++)
        {
            using var oversized = await client.PostAsync("/api/links", new StringContent($"{{\"listingId\":\"{new string('x', 2 * 1024 * 1024)}\"}}", Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, oversized.StatusCode);
            Assert.Equal("", await SendRawAsync(port, "POST /api/links HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"listing", isHalf: true));
            Assert.StartsWith("HTTP/1.1 400", await SendRawAsync(port, "GET /\u0001%zz HTTP/1.1\r\n\u00ff:\r\n\r\n", isHalf: false), StringComparison.Ordinal);
        }
        Assert.False(app.HasExited);
        Assert.Equal(HttpStatusCode.Found, (await client.GetAsync(path)).StatusCode);
        Assert.Equal("ok", JsonNode.Parse(await client.GetStringAsync("/api/health"))!["status"]!.GetValue<string>());
        Assert.DoesNotContain("\"LogLevel\":\"Error\"", app.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(client.DefaultRequestHeaders.Authorization!.Parameter!, app.Output, StringComparison.Ordinal);
    }

    /// <summary>As an admin does it once: by the app's command, beside the running app.</summary>
    private async Task<string> MakeKeyAsync(string folder, string prefix, Dictionary<string, string> environment)
    {
        var settings = environment.Where(setting => !setting.Key.StartsWith("FUNCTIONS_", StringComparison.Ordinal)).ToDictionary(setting => setting.Key, setting => (string?)setting.Value);
        settings["ShareLinks__Storage__ConnectionString"] = azurite.ConnectionString;
        settings["ShareLinks__Storage__TablePrefix"] = prefix;
        var (exitCode, output, errors) = await AppCommand.RunAsync(Path.Combine(folder, "ShareLinks"), ["keys", "create", "--scope", "mint,ingest,query"], settings, TimeSpan.FromSeconds(60));
        Assert.True(exitCode == 0, output + errors);
        return output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).First(word => word.StartsWith("sl_", StringComparison.Ordinal) && word != DevelopmentKey.Value);
    }

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsync(path, TestApp.Json(body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>How far all is counted, as storage has it: health may have asked up to five seconds ago.</summary>
    private static async Task<string?> CompleteThroughAsync(HttpClient client)
    {
        await Task.Delay(TimeSpan.FromSeconds(5.1), TimeProvider.System);
        return JsonNode.Parse(await client.GetStringAsync("/api/health"))!["fold"]?["completeThrough"]?.GetValue<string>();
    }

    private static async Task<string> SendRawAsync(int port, string text, bool isHalf)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        if (isHalf)
            return "";
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync() ?? "";
    }
}
