using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Infra;

/// <summary>What <c>infra/</c> would make, as the Bicep compiler predicts it without a network: expressions that only Azure can evaluate stay as they are.</summary>
internal sealed partial class Template
{
    public const string Subscription = "22222222-2222-2222-2222-222222222222";

    private static readonly string Bicep = typeof(Template).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "Bicep").Value!;

    private readonly IReadOnlyList<JsonNode> resources;

    private Template(IReadOnlyList<JsonNode> resources) => this.resources = resources;

    /// <summary>Each is compiled once, since nothing changes it.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Task<Template>>> ByEnvironment = new();

    /// <param name="environment">What <c>azd env set</c> would have set.</param>
    public static Task<Template> ReadAsync(Dictionary<string, string?> environment) => ByEnvironment.GetOrAdd(
        string.Join('\n', environment.OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => $"{setting.Key}={setting.Value}")), _ => new(() => CompileAsync(environment))).Value;

    private static async Task<Template> CompileAsync(Dictionary<string, string?> environment)
    {
        var folder = Directory.CreateTempSubdirectory("sharelinks");
        try
        {
            foreach (var file in Directory.GetFiles(RepositoryFolder.Combine("infra"), "*.bicep*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder.FullName, Path.GetRelativePath(RepositoryFolder.Combine("infra"), file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
            var (exitCode, output, errors) = await RunAsync(
                ["snapshot", Path.Combine(folder.FullName, "main.bicepparam"), "--mode", "overwrite", "--subscription-id", Subscription, "--tenant-id", Subscription], environment);
            Assert.True(exitCode == 0, output + errors);
            var snapshot = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "main.snapshot.json")))!;
            Assert.Empty(snapshot["diagnostics"]!.AsArray());
            return new Template([.. snapshot["predictedResources"]!.AsArray().Select(resource => resource!)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] args, Dictionary<string, string?> environment) => Tool.RunAsync(Bicep, args, environment);

    public IEnumerable<JsonNode> OfType(string type) => resources.Where(resource => (string)resource["type"]! == type);

    /// <summary>The app's settings as they are written: values, or the expressions for them.</summary>
    public IReadOnlyDictionary<string, string> AppSettings
    {
        get
        {
            var text = (string)OfType("Microsoft.Web/sites/config").Single()["properties"]!;
            var settings = new Dictionary<string, string>();
            // Left out when they are empty.
            foreach (Match setting in OptionalSetting().Matches(text))
                settings[setting.Groups["name"].Value] = Unquote(setting.Groups["value"].Value);
            foreach (Match setting in Setting().Matches(text))
                settings.TryAdd(setting.Groups["name"].Value, setting.Groups["value"] is { Success: true } value ? Unquote(value.Value) : setting.Groups["rest"].Value);
            return settings.Where(setting => setting.Value.Length > 0).ToDictionary();
        }
    }

    /// <summary>Who may do what on what: role, and the kind and name of what it is granted on.</summary>
    public IReadOnlyList<(string Role, string Kind, string Name)> GrantedTo(Func<string, bool> isPrincipal) =>
    [
        .. OfType("Microsoft.Authorization/roleAssignments")
            .Where(assignment => isPrincipal((string)assignment["properties"]!["principalId"]!))
            .Select(assignment => (
                ((string)assignment["properties"]!["roleDefinitionId"]!).Split('/')[^1],
                string.Join('/', ((string)assignment["id"]!).Split('/')[6..8]),
                ((string)assignment["id"]!).Split('/')[8]))
            .Order(),
    ];

    private static string Unquote(string value) => value.Replace("''", "'", StringComparison.Ordinal);

    [GeneratedRegex("createObject\\('key', '(?<name>[^']+)', 'value', '(?<value>(?:[^']|'')*)'\\)")]
    private static partial Regex OptionalSetting();

    [GeneratedRegex("(?<!'key', )'(?<name>(?:ShareLinks|AzureWebJobs|APPLICATIONINSIGHTS|FUNCTIONS|WEBSITE)\\w*(?:-\\w+)?)', (?:'(?<value>(?:[^']|'')*)'|(?=(?<rest>.{0,600})))")]
    private static partial Regex Setting();
}
