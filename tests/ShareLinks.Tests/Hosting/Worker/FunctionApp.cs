using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.FunctionsHost;
using ShareLinks.Hosting;
using ShareLinks.Security;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting.Worker;

/// <summary>The published app as a function app in production: the host that tests play starts it as its worker and passes requests on to it.</summary>
internal sealed class FunctionApp : IAsyncDisposable
{
    /// <summary>The address that people know.</summary>
    public const string Address = "https://s.example";

    /// <summary>Its key of codes.</summary>
    public static string CodeKey { get; } = Convert.ToBase64String(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    private readonly string folder;
    private readonly Dictionary<string, string> settings;

    private FunctionApp(PlayedHost host, string folder, Dictionary<string, string> settings)
    {
        (Host, this.folder, this.settings) = (host, folder, settings);
        Client = NewClient();
    }

    public PlayedHost Host { get; }

    /// <summary>Follows no redirects; shows the key.</summary>
    public HttpClient Client { get; }

    /// <summary>The key that was made last.</summary>
    public string Key => Client.DefaultRequestHeaders.Authorization!.Parameter!;

    /// <param name="azurite">Where its tables are.</param>
    /// <param name="published">What is started.</param>
    /// <param name="prefix">Its tables' prefix.</param>
    /// <param name="settings">Settings beside, or in the place of, those that production needs; null takes one away.</param>
    /// <param name="scopes">The scopes of the key that is made; none when null.</param>
    /// <param name="connectionString">Storage in the place of Azurite itself.</param>
    public static async Task<FunctionApp> StartAsync(
        Azurite azurite, PublishedApp published, string? prefix = null, Dictionary<string, string?>? settings = null, string? scopes = "mint,ingest,query,resolve,scan,admin", string? connectionString = null)
    {
        var folder = await published.ProgramFolderAsync();
        var all = new Dictionary<string, string>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Production",
            ["ShareLinks__BaseUrl"] = Address,
            ["ShareLinks__Codes__Key"] = CodeKey,
            ["ShareLinks__Storage__ConnectionString"] = connectionString ?? azurite.ConnectionString,
            ["ShareLinks__Storage__TablePrefix"] = prefix ?? azurite.NewPrefix(),
            ["ShareLinks__Destinations__Web"] = TestApp.Web,
            ["ShareLinks__ClientAddressHeader"] = "CLIENT-IP",
            ["ShareLinks__Clicks__CommitDeadline"] = "00:00:30",
            ["ShareLinks__Fold__Patience"] = "00:00:30",
        };
        foreach (var (name, value) in settings ?? [])
        {
            if (value is null)
                all.Remove(name);
            else
                all[name] = value;
        }
        var app = new FunctionApp(await PlayedHost.StartAsync(folder, all), folder, all);
        if (scopes is not null)
            await app.AddKeyAsync(scopes);
        return app;
    }

    /// <summary>A client of its own, as behind Azure's front end, which says where it comes from.</summary>
    public HttpClient NewClient()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, MaxConnectionsPerServer = 1000 }) { BaseAddress = Host.Address, Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Add("CLIENT-IP", "198.51.100.7:52001");
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Agents.Desktop);
        return client;
    }

    public async Task<JsonNode> PostAsync(string path, object body)
    {
        using var response = await Client.PostAsync(path, TestApp.Json(body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text + Host.Output);
        return JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse(await Client.GetStringAsync(path))!;

    /// <summary>Mints a link and gives its code.</summary>
    public async Task<string> MintCodeAsync() => (string)(await PostAsync("/api/links", new { listingId = "item-1", sharerId = "user-7", channel = "wechat" }))["code"]!;

    /// <summary>Records 1,200 clicks in three blocks, each in a batch of its own, as another instance would.</summary>
    public async Task RecordBlocksAsync(Azurite azurite)
    {
        await using var writer = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Codes:Key"] = CodeKey }, prefix: settings["ShareLinks__Storage__TablePrefix"]);
        for (var block = 0; block < 3; block++)
        {
            await Task.WhenAll(Enumerable.Range(0, 400).Select(i => writer.Get<ClickLog>().AppendAsync(ClickSamples.One(ClickSamples.Link(1), ClickSamples.Start.AddSeconds(i)), mustBeStored: true).AsTask()));
            await writer.Get<ClickCutter>().CutAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>Makes a key, as an admin does it once: by the app's command, beside the running app.</summary>
    public async Task MakeKeyAsync(string scopes)
    {
        var environment = settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value);
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        var (exitCode, output, errors) = await AppCommand.RunAsync(Path.Combine(folder, "ShareLinks"), ["keys", "create", "--scope", scopes], environment);
        Assert.True(exitCode == 0, output + errors);
        var key = output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).First(word => word.StartsWith("sl_", StringComparison.Ordinal) && word != DevelopmentKey.Value);
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Writes a key into the app's tables, which takes no process.</summary>
    private async Task AddKeyAsync(string scopes)
    {
        await using var services = StandaloneHead.Build(
            ["--environment=Production", .. settings.Where(setting => setting.Key.StartsWith("ShareLinks__", StringComparison.Ordinal)).Select(setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}")]);
        var (_, key) = await services.Services.GetRequiredService<ApiKeyTable>().CreateAsync("tests", scopes.Split(','));
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }
}
