using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using ShareLinks.Hosting;
using ShareLinks.Hosting.Worker;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Infra;

/// <summary>The template beside the app: every setting that the app needs is set, every role that it uses is granted, and none more.</summary>
public partial class TemplateTests
{
    private const string Deployer = "11111111-1111-1111-1111-111111111111";

    private static readonly string Key = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    internal static readonly Dictionary<string, string?> Plain = new()
    {
        ["AZURE_ENV_NAME"] = "prod",
        ["AZURE_LOCATION"] = "eastasia",
        ["AZURE_PRINCIPAL_ID"] = Deployer,
        ["SHARELINKS_WEB_DESTINATION"] = "https://www.market.example/item/{listingId}?clickId={clickId}",
    };

    private static readonly Dictionary<string, string?> Full = new(Plain)
    {
        ["SHARELINKS_BASE_URL"] = "https://s.example",
        ["SHARELINKS_FORMER_HOSTS"] = """["old.example"]""",
        ["SHARELINKS_FRONT_DOOR"] = "true",
        ["SHARELINKS_DOMAIN"] = "s.example",
        ["SHARELINKS_SIMILAR_DESTINATION"] = "https://www.market.example/like/{listingId}",
        ["SHARELINKS_BRAND"] = """{"chinese":"闲置集市","english":"Seller's market"}""",
        ["SHARELINKS_APPS"] = """
            {
              "ios": { "appIds": ["ABCDE12345.example.market"], "scheme": "examplemarket", "universalLink": "https://open.market.example/item/{listingId}", "storeUrl": "https://apps.apple.com/app/id1" },
              "android": { "package": "example.market", "sha256Fingerprints": ["14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5"], "scheme": "examplemarket", "storeUrl": "https://www.market.example/app" },
              "harmony": { "appIdentifier": "5765880207853", "appLink": "https://open.market.example/item/{listingId}" },
              "alipay": { "miniProgramAppId": "2021001234567890" },
              "weChat": { "miniProgramAppId": "wx0123456789abcdef" }
            }
            """,
        ["SHARELINKS_WECHAT_SECRET"] = "true",
        ["SHARELINKS_VISITOR_COOKIE"] = "Ask",
        ["SHARELINKS_TIME_ZONE"] = "Asia/Singapore",
        ["SHARELINKS_REPORTED_TAGS"] = """["group"]""",
        ["SHARELINKS_RETENTION_DAYS"] = "120",
        ["SHARELINKS_TOKEN_KEYS"] = "2,1",
        ["SHARELINKS_SIGNING_KEYS"] = "3,2",
        ["SHARELINKS_EXTRA_SETTINGS"] = """{"ShareLinks__Clicks__CommitDeadline":"00:00:02"}""",
        ["SHARELINKS_ALERT_EMAIL"] = "ops@market.example",
    };

    /// <summary>What is there for the Functions host and Application Insights alone.</summary>
    private static readonly string[] HostSettings =
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "APPLICATIONINSIGHTS_CONNECTION_STRING", "AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__credential"];

    [Fact]
    public async Task It_compiles_and_lints_without_a_warning_and_a_fault_is_seen()
    {
        foreach (var file in new[] { "main.bicep", "main.bicepparam" })
            Assert.Equal((0, "", ""), await Template.RunAsync(["lint", RepositoryFolder.Combine("infra", file)], Plain));
        var broken = Directory.CreateTempSubdirectory("sharelinks");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(broken.FullName, "main.bicep"), "param unused string\noutput url string = 'https://x.blob.core.windows.net'\n");
            File.Copy(RepositoryFolder.Combine("infra", "bicepconfig.json"), Path.Combine(broken.FullName, "bicepconfig.json"));
            var (exitCode, output, errors) = await Template.RunAsync(["lint", Path.Combine(broken.FullName, "main.bicep")], []);
            Assert.Equal(1, exitCode);
            Assert.Contains("no-unused-params", output + errors, StringComparison.Ordinal);
            Assert.Contains("no-hardcoded-env-urls", output + errors, StringComparison.Ordinal);
        }
        finally
        {
            broken.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_plain_template_sets_what_the_app_asks_for_and_nothing_it_does_not_know()
    {
        var template = await Template.ReadAsync(Plain);
        var settings = template.AppSettings;
        Assert.Equal(HostSettings, settings.Keys.Where(name => !name.StartsWith("ShareLinks__", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(".primaryEndpoints.table", settings["ShareLinks__Storage__Endpoint"], StringComparison.Ordinal);
        Assert.Contains("/storageAccounts/sldata", settings["ShareLinks__Storage__Endpoint"], StringComparison.Ordinal);
        Assert.Contains("/storageAccounts/slhost", settings["AzureWebJobsStorage__blobServiceUri"], StringComparison.Ordinal);
        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]);
        Assert.Equal("AzureMonitor", settings["ShareLinks__Telemetry__Exporter"]);
        Assert.Equal("CLIENT-IP", settings["ShareLinks__ClientAddressHeader"]);

        // What the app itself asks for, one sentence after the other, is all there.
        var given = new Dictionary<string, string?>();
        while (Refusal(given) is { } refusal)
        {
            var name = "ShareLinks__" + AskedFor().Match(refusal).Groups["name"].Value.Replace(":", "__", StringComparison.Ordinal);
            Assert.True(settings.ContainsKey(name), refusal);
            Assert.True(given.TryAdd(name, Sample(name, settings[name])), refusal);
        }
        Assert.Equal(["ShareLinks__BaseUrl", "ShareLinks__Codes__Key", "ShareLinks__Storage__Endpoint"], given.Keys.Order(StringComparer.Ordinal));
        var read = Read(settings);
        Assert.Equal(VisitorCookie.Off, read.Visitors.Cookie);
        Assert.Equal("https://www.market.example/item/{listingId}?clickId={clickId}", read.Destinations.Web);
        Assert.Equal((1, 1, 1), (read.Codes.TokenKeys.Count, read.Security.SigningKeys.Count, read.Visitors.HashKeys.Count));
    }

    [Fact]
    public async Task Every_parameter_arrives_in_the_app()
    {
        var settings = (await Template.ReadAsync(Full)).AppSettings;
        Assert.DoesNotContain(settings.Keys, name => name.StartsWith("ShareLinks__", StringComparison.Ordinal) && !IsKnown(typeof(Settings), name.Split("__")[1..]));
        var read = Read(settings);
        Assert.Equal("https://s.example", read.BaseUrl);
        Assert.Equal("X-Azure-ClientIP", read.ClientAddressHeader);
        Assert.Equal(["old.example"], read.FormerHosts);
        Assert.Equal("https://www.market.example/like/{listingId}", read.Destinations.Similar);
        Assert.Equal(("闲置集市", "Seller's market"), (read.Brand["zh-CN"], read.Brand["en"]));
        Assert.Equal(("ABCDE12345.example.market", "examplemarket"), (read.Apps.Ios.AppIds.Single(), read.Apps.Ios.Scheme));
        Assert.Equal(("https://open.market.example/item/{listingId}", "https://apps.apple.com/app/id1"), (read.Apps.Ios.UniversalLink, read.Apps.Ios.StoreUrl));
        Assert.Equal(("example.market", "examplemarket", "https://www.market.example/app"), (read.Apps.Android.Package, read.Apps.Android.Scheme, read.Apps.Android.StoreUrl));
        Assert.Single(read.Apps.Android.Sha256Fingerprints);
        Assert.Equal(("5765880207853", "https://open.market.example/item/{listingId}"), (read.Apps.Harmony.AppIdentifier, read.Apps.Harmony.AppLink));
        Assert.Equal(("2021001234567890", "wx0123456789abcdef"), (read.Apps.Alipay.MiniProgramAppId, read.Apps.WeChat.MiniProgramAppId));
        Assert.NotNull(read.Apps.WeChat.AppSecret);
        Assert.Equal((VisitorCookie.Ask, "Asia/Singapore", 120), (read.Visitors.Cookie, read.ReportingTimeZone, read.Clicks.RetentionDays));
        Assert.Equal(["group"], read.ReportedTags);
        Assert.Equal(TimeSpan.FromSeconds(2), read.Clicks.CommitDeadline);
        Assert.Matches("^format\\('@Microsoft.KeyVault\\(SecretUri=\\{0\\}secrets/token-key-\\{1\\}\\)', reference\\([^)]+\\).vaultUri, '2'\\)", settings["ShareLinks__Codes__TokenKeys__0"]);
        Assert.Matches("^format\\('@Microsoft.KeyVault\\(SecretUri=\\{0\\}secrets/token-key-\\{1\\}\\)', reference\\([^)]+\\).vaultUri, '1'\\)", settings["ShareLinks__Codes__TokenKeys__1"]);
        Assert.Matches("secrets/signing-key-\\{1\\}\\)', reference\\([^)]+\\).vaultUri, '3'\\)", settings["ShareLinks__Security__SigningKeys__0"]);
        Assert.Equal(2, read.Security.SigningKeys.Count);
    }

    [Fact]
    public async Task The_app_may_do_what_it_needs_and_no_more()
    {
        var template = await Template.ReadAsync(Plain);
        string Name(string type, string start) => (string)template.OfType(type).Single(resource => ((string)resource["name"]!).StartsWith(start, StringComparison.Ordinal))["name"]!;
        var (host, data, vault, insights) = (
            Name("Microsoft.Storage/storageAccounts", "slhost"), Name("Microsoft.Storage/storageAccounts", "sldata"), Name("Microsoft.KeyVault/vaults", "kv-"), Name("Microsoft.Insights/components", "appi-"));
        const string BlobDataOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
        const string TableDataContributor = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
        const string SecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";
        const string SecretsOfficer = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
        const string MetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";
        Assert.Equal(
            new[]
            {
                (BlobDataOwner, "Microsoft.Storage/storageAccounts", host),
                (TableDataContributor, "Microsoft.Storage/storageAccounts", data),
                (SecretsUser, "Microsoft.KeyVault/vaults", vault),
                (MetricsPublisher, "Microsoft.Insights/components", insights),
            }.Order(),
            template.GrantedTo(principal => principal.Contains("/Microsoft.Web/sites/", StringComparison.Ordinal)));
        Assert.Equal(
            new[] { (TableDataContributor, "Microsoft.Storage/storageAccounts", data), (SecretsOfficer, "Microsoft.KeyVault/vaults", vault) }.Order(),
            template.GrantedTo(principal => principal == Deployer));
        Assert.Equal(6, template.GrantedTo(_ => true).Count);
        Assert.Equal(4, (await Template.ReadAsync(new(Plain) { ["AZURE_PRINCIPAL_ID"] = null })).GrantedTo(_ => true).Count);
    }

    [Fact]
    public async Task Everything_is_closed_that_need_not_be_open()
    {
        var template = await Template.ReadAsync(Full);
        var accounts = template.OfType("Microsoft.Storage/storageAccounts").Select(account => account["properties"]!).ToList();
        Assert.Equal(2, accounts.Count);
        Assert.All(accounts, account =>
        {
            Assert.False((bool)account["allowSharedKeyAccess"]!);
            Assert.False((bool)account["allowBlobPublicAccess"]!);
            Assert.True((bool)account["supportsHttpsTrafficOnly"]!);
            Assert.Equal("TLS1_2", (string)account["minimumTlsVersion"]!);
        });
        var vault = template.OfType("Microsoft.KeyVault/vaults").Single()["properties"]!;
        Assert.True((bool)vault["enablePurgeProtection"]! && (bool)vault["enableSoftDelete"]! && (bool)vault["enableRbacAuthorization"]!);
        Assert.Empty(template.OfType("Microsoft.KeyVault/vaults/secrets"));
        var app = template.OfType("Microsoft.Web/sites").Single();
        Assert.Equal("SystemAssigned", (string)app["identity"]!["type"]!);
        Assert.True((bool)app["properties"]!["httpsOnly"]!);
        Assert.Equal("1.2", (string)app["properties"]!["siteConfig"]!["minTlsVersion"]!);
        Assert.Equal(("dotnet-isolated", "10.0"), ((string)app["properties"]!["functionAppConfig"]!["runtime"]!["name"]!, (string)app["properties"]!["functionAppConfig"]!["runtime"]!["version"]!));
        Assert.Equal("api", (string)app["tags"]!["azd-service-name"]!);
        Assert.All(template.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies"), policy => Assert.False((bool)policy["properties"]!["allow"]!));
        Assert.True((bool)template.OfType("Microsoft.Insights/components").Single()["properties"]!["DisableLocalAuth"]!);
        // Behind Front Door nothing else reaches the app, or anybody could claim any address; and Front Door keeps no answer.
        Assert.Contains("AzureFrontDoor.Backend", app["properties"]!["siteConfig"]!["ipSecurityRestrictions"]!.ToJsonString(), StringComparison.Ordinal);
        var route = template.OfType("Microsoft.Cdn/profiles/afdEndpoints/routes").Single()["properties"]!;
        Assert.Null(route["cacheConfiguration"]);
        // Nor does a client say which invocation its request is.
        Assert.Contains("/ruleSets/", route["ruleSets"]!.ToJsonString(), StringComparison.Ordinal);
        var action = template.OfType("Microsoft.Cdn/profiles/ruleSets/rules").Single()["properties"]!["actions"]!.AsArray().Single()!;
        Assert.Equal(("ModifyRequestHeader", "Delete", RequestPairing.Header), ((string)action["name"]!, (string)action["parameters"]!["headerAction"]!, (string)action["parameters"]!["headerName"]!));
        Assert.Empty((await Template.ReadAsync(Plain)).OfType("Microsoft.Cdn/profiles"));
    }

    [Fact]
    public async Task Somebody_is_told_of_lost_clicks_lag_faults_throttling_and_silence()
    {
        var template = await Template.ReadAsync(Full);
        var queries = template.OfType("Microsoft.Insights/scheduledQueryRules").ToDictionary(
            rule => (string)rule["name"]!, rule => (string)rule["properties"]!["criteria"]!["allOf"]![0]!["query"]!);
        Assert.Contains("\"sharelinks.clicks.lost\"", queries["clicks-lost"], StringComparison.Ordinal);
        Assert.Contains("\"sharelinks.fold.lag\"", queries["fold-lag"], StringComparison.Ordinal);
        Assert.Contains("\"http.server.request.duration\"", queries["server-errors"], StringComparison.Ordinal);
        Assert.Contains("\"sharelinks.storage.throttled\"", queries["storage-throttled"], StringComparison.Ordinal);
        // Without a row there is one, as there must be when the app says nothing.
        Assert.Matches(@"startswith ""sharelinks\."" \| summarize Value = toint\(count\(\) == 0\)", queries["silent"]);
        Assert.Contains("in (401, 403)", queries["storage-forbidden"], StringComparison.Ordinal);
        Assert.Contains("\"sharelinks.upkeep.failures\"", queries["erasure-failing"], StringComparison.Ordinal);
        Assert.Contains("\"retention\"", queries["retention-failing"], StringComparison.Ordinal);
        Assert.Equal(8, queries.Count);
        Assert.Equal("ops@market.example", (string)template.OfType("Microsoft.Insights/actionGroups").Single()["properties"]!["emailReceivers"]![0]!["emailAddress"]!);
        var alerts = template.OfType("Microsoft.Insights/scheduledQueryRules").Select(rule => rule["properties"]!["actions"]!["actionGroups"]!.AsArray().Count)
            .Concat(template.OfType("Microsoft.Insights/metricAlerts").Select(rule => rule["properties"]!["actions"]!.AsArray().Count));
        Assert.All(alerts, receivers => Assert.Equal(1, receivers));
        Assert.Empty((await Template.ReadAsync(Plain)).OfType("Microsoft.Insights/actionGroups"));
    }

    /// <summary>What the app says to these settings in Production; null when it starts.</summary>
    private static string? Refusal(Dictionary<string, string?> settings)
    {
        try
        {
            Settings.Read(Configuration(settings), Production);
            return null;
        }
        catch (SettingsException refusal)
        {
            return refusal.Message;
        }
    }

    private static Settings Read(IReadOnlyDictionary<string, string> settings) =>
        Settings.Read(Configuration(settings.ToDictionary(setting => setting.Key, setting => (string?)Sample(setting.Key, setting.Value))), Production);

    private static HostingEnvironment Production { get; } = new() { EnvironmentName = Environments.Production };

    private static IConfiguration Configuration(Dictionary<string, string?> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value)).Build();

    /// <summary>What an expression may stand for.</summary>
    private static string Sample(string name, string value) => value switch
    {
        _ when value.StartsWith("format('@Microsoft.KeyVault(SecretUri={0}secrets/", StringComparison.Ordinal) =>
            Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))),
        _ when value.StartsWith("reference(", StringComparison.Ordinal) && name == "ShareLinks__Storage__Endpoint" => "https://sldata.table.core.windows.net/",
        _ when value.StartsWith("format('https://{0}', reference(", StringComparison.Ordinal) && name == "ShareLinks__BaseUrl" => "https://sharelinks.azurewebsites.net",
        _ => value,
    };

    /// <summary>Whether the app's settings have a place for a name.</summary>
    private static bool IsKnown(Type type, string[] path)
    {
        if (path.Length == 0)
            return true;
        if (type == typeof(string) || type.IsValueType)
            return false;
        if (type.GetInterfaces().Append(type).Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IDictionary<,>)))
            return path.Length == 1;
        if (typeof(IEnumerable).IsAssignableFrom(type))
            return int.TryParse(path[0], out _) && IsKnown(type.GetGenericArguments()[0], path[1..]);
        return type.GetProperty(path[0], BindingFlags.Public | BindingFlags.Instance) is { } property && IsKnown(property.PropertyType, path[1..]);
    }

    [GeneratedRegex("^ShareLinks:(?<name>[A-Za-z:]+)")]
    private static partial Regex AskedFor();
}
