using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>The app as it is deployed, and the server that does nothing, each in a process of its own.</summary>
internal static class PublishedApp
{
    public const string Prefix = "bench";

    private static readonly string Folder = RepositoryFolder.Combine(".data", "bench");

    /// <summary>The folder and name of the app's executable.</summary>
    public static (string Folder, string Name) App { get; } = (Path.Combine(Folder, "app"), "ShareLinks");

    /// <summary>Those of the server that does nothing.</summary>
    public static (string Folder, string Name) Nothing { get; } = (Path.Combine(Folder, "minimal"), "Minimal");

    public static async Task PublishAsync()
    {
        await PublishAsync("functions", App.Folder);
        await PublishAsync("tests/ShareLinks.Benchmarks/Minimal", Nothing.Folder);
    }

    /// <summary>A server that answers every request with the same redirect.</summary>
    public static async Task<ServerProcess> StartNothingAsync() => (await ServerProcess.StartAsync(Nothing.Folder, Nothing.Name, [], "/x", 302)).Server;

    /// <summary>The app, on tables of an emulator of its own.</summary>
    public static async Task<ServerProcess> StartAsync(EmulatorProcess emulator, string durability = "Committed") =>
        (await ServerProcess.StartAsync(App.Folder, App.Name, SettingsOf(emulator, durability), "/", 200)).Server;

    public static Dictionary<string, string> SettingsOf(EmulatorProcess emulator, string durability) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
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

    /// <summary>Codes of new links, of 500 listings and 200 sharers.</summary>
    public static async Task<string[]> MintAsync(Uri app, int count)
    {
        using var client = ClientOf(app);
        var codes = new List<string>();
        foreach (var some in Enumerable.Range(0, count).Chunk(1000))
        {
            using var response = await client.PostAsJsonAsync("/api/links/batch", new { links = some.Select(i => new { listingId = $"item-{i % 500}", sharerId = $"user-{i % 200}", channel = "wechat" }) });
            var answer = JsonNode.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
            codes.AddRange(answer["results"]!.AsArray().Select(result => result!["link"]!["code"]!.GetValue<string>()));
        }
        return [.. codes];
    }

    public static async Task<JsonNode> GetAsync(Uri app, string path)
    {
        using var client = ClientOf(app);
        return JsonNode.Parse(await client.GetStringAsync(path))!;
    }

    /// <summary>Writes a script for the load generator.</summary>
    public static string Script(string name, string lua)
    {
        var file = Path.Combine(Folder, name + ".lua");
        File.WriteAllText(file, lua);
        return file;
    }

    /// <summary>Opens the n-th of some links in proportion to 1/n.</summary>
    public static string Zipf(string[] codes) => Script("zipf", string.Create(CultureInfo.InvariantCulture, $$"""
        {{Codes(codes)}}
        request = function() return wrk.format('GET', codes[math.max(1, math.floor({{codes.Length}} ^ math.random()))]) end
        """));

    /// <summary>Opens some links one after the other.</summary>
    public static string InTurn(string name, string[] codes) => Script(name, $$"""
        {{Codes(codes)}}
        local next = 0
        request = function() next = next % #codes + 1; return wrk.format('GET', codes[next]) end
        """);

    private static string Codes(string[] codes) => $$"""local codes = { {{string.Join(',', codes.Select(code => $"'/{code}'"))}} }""";

    /// <summary>A client with the development key.</summary>
    public static HttpClient ClientOf(Uri app)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DevelopmentKey.Value);
        return client;
    }

    private static async Task PublishAsync(string project, string folder)
    {
        using var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", RepositoryFolder.Combine(project), "--nologo", "--verbosity", "quiet", "--output", folder]))!;
        await publish.WaitForExitAsync();
        if (publish.ExitCode != 0)
            throw new InvalidOperationException($"{project} could not be published.");
    }
}
