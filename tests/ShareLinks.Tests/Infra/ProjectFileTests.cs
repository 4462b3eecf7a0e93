using System.Text.RegularExpressions;
using ShareLinks.Tests.Support;
using YamlDotNet.Serialization;

namespace ShareLinks.Tests.Infra;

/// <summary><c>azure.yaml</c>, which tells azd what to provision, what to deploy, and what to run before and after: all of it is there.</summary>
public partial class ProjectFileTests
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
        Assert.Equal(("function", "custom"), (service.Host, service.Language));
        Assert.True(File.Exists(RepositoryFolder.Combine(service.Project, "ShareLinks.csproj")));
        // What a hook packs is what is deployed.
        Assert.Contains($"set -- \"$PWD/{service.Project}/{service.Dist}\"", File.ReadAllText(RepositoryFolder.Combine("infra", "hooks", "package.sh")), StringComparison.Ordinal);
        Assert.Equal(["provision", $"deploy {name} --from-package {service.Project}/bin/sharelinks.zip"], project.Workflows.Up.Steps.Select(step => step.Azd));
    }

    /// <summary>azd runs the app's keys before the template that refers to them, and again once there is a vault to put them into.</summary>
    [Fact]
    public void Every_hook_is_a_script_and_on_Windows_a_sentence()
    {
        Assert.Equal(
            new Dictionary<string, string> { ["preprovision"] = "keys.sh", ["postprovision"] = "keys.sh", ["predeploy"] = "package.sh", ["postdeploy"] = "first-key.sh" },
            project.Hooks.ToDictionary(hook => hook.Key, hook => Path.GetFileName(hook.Value.Posix.Run)));
        foreach (var hook in project.Hooks.Values)
        {
            Assert.Equal("sh", hook.Posix.Shell);
            Assert.True(File.Exists(RepositoryFolder.Combine(hook.Posix.Run)), hook.Posix.Run);
            Assert.Equal("pwsh", hook.Windows.Shell);
            Assert.Matches(OneSentence(), hook.Windows.Run);
        }
    }

    [GeneratedRegex("^Write-Error '[^']*WSL[^']*'; exit 1$")]
    private static partial Regex OneSentence();

    private sealed class Project
    {
        public string Name { get; set; } = "";
        public Infrastructure Infra { get; set; } = new();
        public Dictionary<string, Service> Services { get; set; } = [];
        public Workflow Workflows { get; set; } = new();
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
        public string Dist { get; set; } = "";
    }

    private sealed class Workflow
    {
        public Up Up { get; set; } = new();
    }

    private sealed class Up
    {
        public List<Step> Steps { get; set; } = [];
    }

    private sealed class Step
    {
        public string Azd { get; set; } = "";
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
