using ShareLinks.Tests.Support;
using YamlDotNet.Serialization;

namespace ShareLinks.Tests.Infra;

/// <summary><c>azure.yaml</c>, which tells azd what to provision, what to deploy, and what to run before and after: all of it is there.</summary>
public class ProjectFileTests
{
    private readonly Project project = new DeserializerBuilder().WithNamingConvention(YamlDotNet.Serialization.NamingConventions.CamelCaseNamingConvention.Instance).Build()
        .Deserialize<Project>(File.ReadAllText(RepositoryFolder.Combine("azure.yaml")));

    [Fact]
    public void What_it_provisions_and_deploys_is_there()
    {
        Assert.Equal("bicep", project.Infra.Provider);
        Assert.True(File.Exists(RepositoryFolder.Combine(project.Infra.Path, project.Infra.Module + ".bicep")));
        Assert.True(File.Exists(RepositoryFolder.Combine(project.Infra.Path, project.Infra.Module + ".bicepparam")));
        var (name, service) = Assert.Single(project.Services);
        Assert.Equal(("function", "dotnet"), (service.Host, service.Language));
        Assert.True(File.Exists(RepositoryFolder.Combine(service.Project, "ShareLinks.csproj")));
        // Published and packed by azd itself.
        Assert.Equal("api", name);
    }

    /// <summary>azd runs the app's keys before the template that refers to them, and again once there is a vault to put them into.</summary>
    [Fact]
    public void Every_hook_is_a_script_that_runs_on_every_system()
    {
        Assert.Equal(
            new Dictionary<string, string> { ["preprovision"] = "keys.mjs", ["postprovision"] = "keys.mjs", ["postdeploy"] = "first-key.mjs" },
            project.Hooks.ToDictionary(hook => hook.Key, hook => Path.GetFileName(hook.Value.Posix.Run)));
        foreach (var hook in project.Hooks.Values)
        {
            Assert.Equal(("sh", "pwsh"), (hook.Posix.Shell, hook.Windows.Shell));
            Assert.Equal(hook.Posix.Run, hook.Windows.Run);
            Assert.StartsWith("node ", hook.Posix.Run, StringComparison.Ordinal);
            Assert.True(File.Exists(RepositoryFolder.Combine(hook.Posix.Run["node ".Length..])), hook.Posix.Run);
        }
    }

    private sealed class Project
    {
        public string Name { get; set; } = "";
        public Infrastructure Infra { get; set; } = new();
        public Dictionary<string, Service> Services { get; set; } = [];
        public Dictionary<string, Hook> Hooks { get; set; } = [];
    }

    private sealed class Infrastructure
    {
        public string Provider { get; set; } = "";
        public string Path { get; set; } = "";
        public string Module { get; set; } = "";
    }

    private sealed class Service
    {
        public string Project { get; set; } = "";
        public string Host { get; set; } = "";
        public string Language { get; set; } = "";
    }

    private sealed class Hook
    {
        public Script Windows { get; set; } = new();
        public Script Posix { get; set; } = new();
    }

    private sealed class Script
    {
        public string Shell { get; set; } = "";
        public string Run { get; set; } = "";
    }
}
