using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ShareLinks.Hosting;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks.Tests.Support;

/// <summary>The whole app in this process, on a loopback port and fresh tables, in Development.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    public const string Web = "https://market.example/item/{listingId}?clickId={clickId}";
    public const string Similar = "https://market.example/like/{listingId}?clickId={clickId}";

    private readonly WebApplication app;

    private TestApp(WebApplication app, CountingTransport storage)
    {
        (this.app, Storage) = (app, storage);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = new Uri(app.Urls.First()) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DevelopmentKey.Value);
        Client.DefaultRequestHeaders.UserAgent.ParseAdd(Agents.Desktop);
    }

    /// <summary>Follows no redirects and shows the development key.</summary>
    public HttpClient Client { get; }

    public CountingTransport Storage { get; }

    public IServiceProvider Services => app.Services;

    public static async Task<TestApp> StartAsync(
        Azurite azurite, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, string? prefix = null)
    {
        var storage = new CountingTransport();
        var app = StandaloneHead.Build(["--environment=Development", "--urls=http://127.0.0.1:0"], builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ShareLinks:Storage:ConnectionString"] = azurite.ConnectionString,
                ["ShareLinks:Storage:TablePrefix"] = prefix ?? azurite.NewPrefix(),
                ["ShareLinks:Destinations:Web"] = Web,
                ["ShareLinks:Destinations:Similar"] = Similar,
                // On a busy machine, too, a visitor is to wait for the click, as most tests take for granted.
                ["ShareLinks:Clicks:CommitDeadline"] = "00:00:30",
                ["ShareLinks:Fold:Patience"] = "00:00:30",
                // What a test does not ask for does not happen meanwhile.
                ["ShareLinks:Fold:Every"] = "1.00:00:00",
            });
            builder.Configuration.AddInMemoryCollection(settings ?? []);
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<HttpPipelineTransport>(storage);
        }, services);
        // Where a test lets storage hang, the app is to give up as soon as in production; elsewhere a busy machine is no fault.
        if (settings?.ContainsKey("ShareLinks:Storage:ConnectionString") != true)
            app.Services.GetRequiredService<StorageOptions>().RequestTimeout = Scale.HangTimeout;
        await app.StartAsync();
        await app.Services.GetServices<IHostedService>().OfType<StorageCheck>().Single().ExecuteTask!;
        return new TestApp(app, storage);
    }

    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public async Task<JsonNode> MintAsync(object? request = null)
    {
        var response = await Client.PostAsync("/api/links", Json(request ?? new { listingId = "item-1" }));
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == System.Net.HttpStatusCode.Created, body);
        return JsonNode.Parse(body)!;
    }

    /// <summary>Mints a link and gives its code.</summary>
    public async Task<string> MintCodeAsync(object? request = null) => (await MintAsync(request))["code"]!.GetValue<string>();

    public async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse(await Client.GetStringAsync(path))!;

    /// <summary>The feed from a cursor to its end, and the cursor behind it.</summary>
    public Task<(List<JsonNode> Clicks, string Cursor)> ReadFeedAsync(string? cursor = null, int limit = 1000) => Feed.ReadToEndAsync(Client, cursor, limit);

    public static HttpContent Json(object value) => JsonContent.Create(value);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        Client.Dispose();
        await app.DisposeAsync();
    }
}
