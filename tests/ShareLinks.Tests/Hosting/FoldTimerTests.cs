using System.Net;
using System.Text;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>The app as the Functions host starts it: its timer counts, the public route to the same address does not.</summary>
[Collection(AppProcess.Collection)]
public class FoldTimerTests(Azurite azurite, PublishedApp published)
{
    private const string TimerCall = """{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}},"Metadata":{"sys":{"MethodName":"Fold","UtcNow":"2026-11-24T10:00:00Z","RandGuid":"7d1f8a52-4d0c-4c5e-8f0e-1f5d3d2b9a11"}}}""";

    [Fact]
    public async Task The_timer_counts_clicks_and_nobody_else_can_set_it_off()
    {
        var folder = await published.FolderAsync();
        Assert.True(File.Exists(Path.Combine(folder, "Fold", "function.json")));
        var port = FreePort.Next().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var prefix = azurite.NewPrefix();
        await using var app = AppProcess.Start(folder, azurite.ConnectionString, prefix, new() { ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port });
        using var host = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        for (var tries = 0; tries < 200; tries++)
        {
            try
            {
                await host.GetAsync("/");
                break;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
        host.DefaultRequestHeaders.Authorization = app.Client.DefaultRequestHeaders.Authorization;
        host.DefaultRequestHeaders.UserAgent.ParseAdd(Agents.Desktop);
        var minted = await host.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1" }));
        await host.GetAsync("/" + minted.Headers.Location!.ToString().Split('/')[^1]);
        Assert.Null(await CompleteThroughAsync());

        foreach (var mark in new[] { "x-ms-invocation-id", "X-Forwarded-For", "X-Forwarded-Host", "X-Azure-Functions-InvocationId" })
        {
            using var proxied = new HttpRequestMessage(HttpMethod.Post, "/Fold") { Content = new StringContent(TimerCall, Encoding.UTF8, "application/json") };
            proxied.Headers.Add(mark, "127.0.0.1");
            Assert.Equal(HttpStatusCode.NotFound, (await host.SendAsync(proxied)).StatusCode);
        }
        await Task.Delay(TimeSpan.FromSeconds(5.1), TimeProvider.System);
        Assert.Null(await CompleteThroughAsync());

        using var called = new HttpRequestMessage(HttpMethod.Post, "/Fold") { Content = new StringContent(TimerCall, Encoding.UTF8, "application/json") };
        called.Headers.TransferEncodingChunked = true;
        called.Headers.Authorization = null;
        using var answer = await host.SendAsync(called);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"Outputs":{},"Logs":[],"ReturnValue":null}""", await answer.Content.ReadAsStringAsync());
        await Task.Delay(TimeSpan.FromSeconds(5.1), TimeProvider.System);
        Assert.NotNull(await CompleteThroughAsync());

        async Task<string?> CompleteThroughAsync() =>
            System.Text.Json.Nodes.JsonNode.Parse(await host.GetStringAsync("/api/health"))!["fold"]?["completeThrough"]?.GetValue<string>();
    }

    [Fact]
    public async Task Without_a_host_there_is_no_such_address()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/Fold", new StringContent(TimerCall, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
