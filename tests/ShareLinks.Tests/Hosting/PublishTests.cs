using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>The published folder as the Azure Functions host sees it.</summary>
[Collection(AppProcess.Collection)]
public class PublishTests(Azurite azurite, PublishedApp published)
{
    [Fact]
    public async Task The_published_folder_is_a_functions_app()
    {
        var folder = await published.FolderAsync();
        var host = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "host.json")))!;
        Assert.Equal("2.0", host["version"]!.GetValue<string>());
        Assert.Equal("", host["extensions"]!["http"]!["routePrefix"]!.GetValue<string>());
        Assert.True(host["customHandler"]!["enableProxyingHttpRequest"]!.GetValue<bool>());
        var executable = Path.Combine(folder, host["customHandler"]!["description"]!["defaultExecutablePath"]!.GetValue<string>());
        Assert.True(File.GetUnixFileMode(executable).HasFlag(UnixFileMode.UserExecute));

        var functions = Directory.GetDirectories(folder).Where(function => File.Exists(Path.Combine(function, "function.json"))).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.Equal(["Fold", "Http"], functions);
        var timer = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "Fold", "function.json")))!["bindings"]!.AsArray().Single()!;
        Assert.Equal(("timerTrigger", "in", "0 * * * * *"), (timer["type"]!.GetValue<string>(), timer["direction"]!.GetValue<string>(), timer["schedule"]!.GetValue<string>()));
        var bindings = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "Http", "function.json")))!["bindings"]!.AsArray();
        Assert.Equal([("httpTrigger", "in"), ("http", "out")], bindings.Select(binding => (binding!["type"]!.GetValue<string>(), binding["direction"]!.GetValue<string>())));
        Assert.Equal(("{*path}", "anonymous"), (bindings[0]!["route"]!.GetValue<string>(), bindings[0]!["authLevel"]!.GetValue<string>()));
        Assert.Equal(["delete", "get", "head", "options", "patch", "post", "put"], bindings[0]!["methods"]!.AsArray().Select(method => method!.GetValue<string>()).Order());
        Assert.True(File.Exists(Path.Combine(folder, "countries.mmdb")));
        // Nothing of a developer's machine goes to Azure.
        Assert.False(File.Exists(Path.Combine(folder, "emulator.mjs")));
        Assert.Empty(Directory.GetFiles(folder, "launchSettings.json", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetDirectories(folder, "node_modules", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task It_says_what_it_is_made_of_and_under_which_licences()
    {
        var folder = await published.FolderAsync();
        var bom = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "sbom.cdx.json")))!;
        Assert.Equal(("CycloneDX", "1.6"), (bom["bomFormat"]!.GetValue<string>(), bom["specVersion"]!.GetValue<string>()));
        var components = bom["components"]!.AsArray().ToDictionary(component => $"{component!["name"]} {component["version"]}", component => component!);
        // Every package of the lock file, with the hash that it is locked to.
        var locked = JsonNode.Parse(await File.ReadAllTextAsync(RepositoryFolder.Combine("functions", "packages.lock.json")))!["dependencies"]!.AsObject()
            .SelectMany(target => target.Value!.AsObject()).DistinctBy(package => package.Key).ToList();
        Assert.True(locked.Count > 20);
        foreach (var (name, package) in locked)
        {
            var hash = Convert.ToHexStringLower(Convert.FromBase64String(package!["contentHash"]!.GetValue<string>()));
            Assert.Equal(hash, components[$"{name} {package["resolved"]}"]["hashes"]![0]!["content"]!.GetValue<string>());
        }
        // Everything that lies in the folder, .NET itself and what npm brings among it.
        var notices = await File.ReadAllTextAsync(Path.Combine(folder, "THIRD-PARTY-NOTICES.txt"));
        var (exitCode, list, errors) = await Tool.RunAsync("node", [RepositoryFolder.Combine("infra", "materials.mjs"), "list", folder]);
        Assert.True(exitCode == 0, errors);
        var shipped = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "ShareLinks.deps.json")))!["libraries"]!.AsObject().Select(library => library.Key.Replace("runtimepack.", "", StringComparison.Ordinal).Replace('/', ' '))
            .Where(name => !name.StartsWith("ShareLinks ", StringComparison.Ordinal) && !name.StartsWith("SkiaSharp.NativeAssets.macOS", StringComparison.Ordinal) && !name.StartsWith("SkiaSharp.NativeAssets.Win32", StringComparison.Ordinal)).ToList();
        var npm = components.Keys.Where(name => name.Split(' ')[0] is "echarts" or "zrender" or "tslib" or "crawler-user-agents" or "@ip-location-db/geo-whois-asn-country-mmdb").ToList();
        Assert.Equal(5, npm.Count);
        Assert.All(shipped.Concat(npm), name =>
        {
            Assert.Equal("required", components[name]["scope"]!.GetValue<string>());
            Assert.Contains($"{name}: {components[name]["licenses"]![0]!["expression"]}\n", list, StringComparison.Ordinal);
            Assert.Contains($"\n{name}\n", notices, StringComparison.Ordinal);
        });
        Assert.Equal(shipped.Count + npm.Count, list.TrimEnd().Split('\n').Length);
        Assert.Contains("CC-BY-4.0", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_a_custom_handler_it_listens_on_loopback_where_the_host_says_whatever_it_inherits()
    {
        var port = FreePort.Next();
        var inherited = FreePort.Next();
        await using var app = AppProcess.Start(await published.FolderAsync(), azurite.ConnectionString, azurite.NewPrefix(), new()
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}",
            ["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = "5c1a",
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{inherited}",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ShareLinks__BaseUrl"] = "https://s.example",
            ["ShareLinks__Codes__Key"] = Convert.ToBase64String(new byte[32]),
        });
        using var client = new HttpClient();
        for (var tries = 0; ; tries++)
        {
            try
            {
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"http://127.0.0.1:{port}/")).StatusCode);
                break;
            }
            catch (HttpRequestException) when (tries < 400)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"http://127.0.0.1:{inherited}/"));
        Assert.Contains("ShareLinks:ClientAddressHeader", await client.GetStringAsync($"http://127.0.0.1:{port}/api/health"), StringComparison.Ordinal);
        // The development key means nothing here.
        client.DefaultRequestHeaders.Authorization = new("Bearer", ShareLinks.Security.DevelopmentKey.Value);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync($"http://127.0.0.1:{port}/api/keys")).StatusCode);
    }
}
