using System.Reflection.PortableExecutable;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>The published folder as the Azure Functions host sees it.</summary>
public class PublishTests(PublishedApp published)
{
    [Fact]
    public async Task The_published_folder_is_a_functions_app()
    {
        var folder = await published.FolderAsync();
        var host = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "host.json")))!;
        Assert.Equal("2.0", (string)host["version"]!);
        Assert.Equal("", (string)host["extensions"]!["http"]!["routePrefix"]!);
        Assert.Null(host["customHandler"]);
        // A framework-dependent worker, as the process that Azure keeps ready loads it: by the runtime that is there already.
        var worker = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "worker.config.json")))!["description"]!;
        Assert.Equal(("dotnet-isolated", "dotnet", "ShareLinks.dll"), ((string)worker["language"]!, (string)worker["defaultExecutablePath"]!, (string)worker["defaultWorkerPath"]!));
        Assert.False(File.Exists(Path.Combine(folder, "libcoreclr.so")));
        var runtime = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "ShareLinks.runtimeconfig.json")))!["runtimeOptions"]!;
        Assert.Equal(["Microsoft.AspNetCore.App", "Microsoft.NETCore.App"], runtime["frameworks"]!.AsArray().Select(framework => (string)framework!["name"]!).Order(StringComparer.Ordinal));
        // Compiled ahead of time, which a cold start waits for otherwise.
        using (var program = new PEReader(File.OpenRead(Path.Combine(folder, "ShareLinks.dll"))))
            Assert.NotEqual(0, program.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        Assert.Empty(Directory.GetFiles(folder, "function.json", SearchOption.AllDirectories));
        Assert.True(File.Exists(Path.Combine(folder, ".azurefunctions", "function.deps.json")));
        Assert.True(File.Exists(Path.Combine(folder, "countries.mmdb")));
        // Nothing of a developer's machine goes to Azure.
        Assert.False(File.Exists(Path.Combine(folder, "emulator.mjs")));
        Assert.Empty(Directory.GetFiles(folder, "launchSettings.json", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetDirectories(folder, "node_modules", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(folder, "*Simulation*", SearchOption.AllDirectories));
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
        var shipped = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "ShareLinks.deps.json")))!["libraries"]!.AsObject().Select(library => library.Key.Replace('/', ' '))
            .Where(name => !name.StartsWith("ShareLinks ", StringComparison.Ordinal) && !name.StartsWith("SkiaSharp.NativeAssets.macOS", StringComparison.Ordinal) && !name.StartsWith("SkiaSharp.NativeAssets.Win32", StringComparison.Ordinal)).ToList();
        // What the host loads beside it.
        shipped.AddRange(components.Keys.Where(name => name.Split(' ')[0] is "Microsoft.Azure.WebJobs.Host.Storage" or "WindowsAzure.Storage" or "Microsoft.Azure.Functions.Worker.Sdk"));
        Assert.Equal(["Microsoft.Azure.WebJobs.Extensions.FunctionMetadataLoader.dll", "Microsoft.Azure.WebJobs.Host.Storage.dll", "Microsoft.WindowsAzure.Storage.dll"],
            Directory.GetFiles(Path.Combine(folder, ".azurefunctions"), "*.dll").Select(Path.GetFileName).Where(name => name != "Microsoft.Azure.Functions.Worker.Extensions.dll").Order(StringComparer.Ordinal));
        var npm = components.Keys.Where(name => name.Split(' ')[0] is "echarts" or "zrender" or "tslib" or "crawler-user-agents" or "isbot" or "@ip-location-db/geo-whois-asn-country-mmdb").ToList();
        Assert.Equal(6, npm.Count);
        Assert.All(shipped.Concat(npm), name =>
        {
            Assert.Equal("required", components[name]["scope"]!.GetValue<string>());
            Assert.Contains($"{name}: {components[name]["licenses"]![0]!["expression"]}\n", list, StringComparison.Ordinal);
            Assert.Contains($"\n{name}\n", notices, StringComparison.Ordinal);
        });
        Assert.Equal(shipped.Count + npm.Count, list.TrimEnd().Split('\n').Length);
        Assert.Contains("CC-BY-4.0", list, StringComparison.Ordinal);
    }
}
