using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ShareLinks.Security;

namespace ShareLinks.Benchmarks;

/// <summary>The app as it is deployed, in a process of its own on an emulator's tables, and a caller of its API.</summary>
internal sealed class PublishedApp : IDisposable
{
    public const string Prefix = "bench";

    private readonly HttpClient client;

    private PublishedApp(ServerProcess server, string key)
    {
        (Server, Key) = (server, key);
        client = ClientOf(server.Address, key);
    }

    public ServerProcess Server { get; }

    public Uri Address => Server.Address;

    /// <summary>An API key for everything.</summary>
    public string Key { get; }

    public static async Task<PublishedApp> StartAsync(EmulatorProcess emulator, string durability = "Committed")
    {
        var settings = SettingsOf(emulator, durability);
        var (server, _) = await ServerProcess.StartAsync(PublishedFolders.App.Folder, PublishedFolders.App.Name, settings, "/", 200);
        return new PublishedApp(server, await NewKeyAsync(settings));
    }

    /// <summary>A server that answers every request with the same redirect.</summary>
    public static async Task<ServerProcess> StartNothingAsync() => (await ServerProcess.StartAsync(PublishedFolders.Nothing.Folder, PublishedFolders.Nothing.Name, [], "/x", 302)).Server;

    /// <summary>As it runs for visitors: what helps developers costs time and memory.</summary>
    public static Dictionary<string, string> SettingsOf(EmulatorProcess emulator, string durability) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["ShareLinks__BaseUrl"] = "https://s.example",
        ["ShareLinks__Codes__Key"] = Convert.ToBase64String(new byte[32].Select((_, i) => (byte)i).ToArray()),
        ["ShareLinks__Storage__ConnectionString"] = emulator.ConnectionString,
        ["ShareLinks__Storage__TablePrefix"] = Prefix,
        ["ShareLinks__Destinations__Web"] = "https://market.example/item/{listingId}?clickId={clickId}",
        ["ShareLinks__Apps__Ios__Scheme"] = "examplemarket",
        ["ShareLinks__Clicks__Durability"] = durability,
        ["ShareLinks__Limits__RequestsPerKey"] = "1000000",
        // Nothing else is done meanwhile.
        ["ShareLinks__Fold__Every"] = "1.00:00:00",
        ["ShareLinks__Clicks__SealAfter"] = "1.00:00:00",
    };

    /// <summary>Makes an API key for everything, good for the app of these settings.</summary>
    public static async Task<string> NewKeyAsync(Dictionary<string, string> settings)
    {
        await using var app = EmulatorProcess.NewApp(settings);
        return (await app.Services.GetRequiredService<ApiKeyTable>().CreateAsync("benchmark", Scopes.All)).SecretKey;
    }

    /// <summary>A client that has a key.</summary>
    public static HttpClient ClientOf(Uri address, string key)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Codes of new links, of 500 listings and 200 sharers.</summary>
    public Task<string[]> MintAsync(int count) => MintAsync(client, count);

    /// <inheritdoc cref="MintAsync(int)"/>
    public static async Task<string[]> MintAsync(HttpClient client, int count)
    {
        var codes = new List<string>();
        foreach (var some in Enumerable.Range(0, count).Chunk(1000))
        {
            using var response = await client.PostAsJsonAsync("/api/links/batch", new { links = some.Select(i => new { listingId = $"item-{i % 500}", sharerId = $"user-{i % 200}", channel = "wechat" }) });
            var answer = JsonNode.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
            codes.AddRange(answer["results"]!.AsArray().Select(result => result!["link"]!["code"]!.GetValue<string>()));
        }
        return [.. codes];
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await GetTextAsync(path))!;

    public Task<string> GetTextAsync(string path) => client.GetStringAsync(path);

    public void Dispose()
    {
        client.Dispose();
        Server.Dispose();
    }
}
