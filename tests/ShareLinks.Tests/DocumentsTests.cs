using System.Collections;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Mono.Cecil;
using ShareLinks.Hosting;
using ShareLinks.Security;
using ShareLinks.Tests.Infra;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests;

/// <summary>The documents beside the code: what they name exists, and what exists is named.</summary>
public partial class DocumentsTests(Azurite azurite)
{
    private static readonly Document Operations = Document.Named("docs/operations.md");

    /// <summary>Every setting by its name, with its default.</summary>
    private static readonly Dictionary<string, object?> AllSettings = SettingsOf(new Settings(), "").ToDictionary(setting => setting.Name, setting => setting.Default);

    [Fact]
    public void Every_relative_link_leads_to_a_file_and_a_heading_that_exist()
    {
        var links = Document.All.SelectMany(document => document.Links.Where(link => !link.Contains(':', StringComparison.Ordinal)).Select(link => (document, link))).ToList();
        Assert.InRange(links.Count, 150, 2000);
        Assert.Empty(links.Where(one => !one.document.Resolves(one.link)).Select(one => $"{one.document.Name}: {one.link}"));
    }

    [Fact]
    public void The_layout_has_the_folders_and_arrows_that_the_code_has()
    {
        var rows = Document.Named("docs/architecture.md").Rows("Layout").Where(row => row[0] is ['`', ..] && row[0] != "`Hosting`");
        Assert.Equal(
            ArchitectureTests.Allowed.OrderBy(folder => folder.Key, StringComparer.Ordinal).Select(folder => $"{folder.Key}: {string.Join(", ", folder.Value.Order(StringComparer.Ordinal))}"),
            rows.Select(row => $"{row[0].Trim('`')}: {(row[2] == "–" ? "" : row[2].Replace("`", "", StringComparison.Ordinal))}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_link_to_a_missing_file_or_heading_is_seen()
    {
        var document = new Document("docs/sample.md", "# One\n\n## Monday's *report*: `a_b`\n\n## One\n\n[a](missing.md) [b](#one) [c](#two) `[d](none.md)` ![e](../README.md#try-it) [f](glossary.md#nothing)\n\n```\n[g](none.md)\n```\n");
        Assert.Equal(["mondays-report-a_b", "one", "one-1"], document.Anchors.Order(StringComparer.Ordinal));
        Assert.Equal(["missing.md", "#one", "#two", "../README.md#try-it", "glossary.md#nothing"], document.Links);
        Assert.False(document.Resolves("missing.md"));
        Assert.True(document.Resolves("../README.md#try-it"));
        Assert.False(document.Resolves("glossary.md#nothing"));
        Assert.True(Document.Named("README.md").Resolves("docs/glossary.md"));
    }

    [Fact]
    public void Every_document_can_be_reached_from_both_READMEs_which_stay_short()
    {
        foreach (var start in new[] { "README.md", "README.zh-CN.md" })
        {
            var reached = new HashSet<string> { start };
            for (var next = new Queue<string>(reached); next.TryDequeue(out var name);)
            {
                var document = Document.Named(name);
                foreach (var target in document.Links.Where(link => !link.Contains(':', StringComparison.Ordinal) && !link.StartsWith('#')).Select(document.Target))
                {
                    if (target.EndsWith(".md", StringComparison.Ordinal) && reached.Add(target))
                        next.Enqueue(target);
                }
            }
            Assert.Equal(Document.All.Select(document => document.Name).Order(StringComparer.Ordinal), reached.Order(StringComparer.Ordinal));
            Assert.InRange(Document.Named(start).LineCount, 40, 150);
        }
        Assert.InRange(Document.Named("docs/architecture.md").LineCount, 100, 250);
    }

    [Fact]
    public void The_configuration_page_has_every_setting_with_its_default_and_no_other()
    {
        var rows = Document.Named("docs/configuration.md").Rows().Where(row => row[0] is ['`', ..]).ToDictionary(row => row[0].Trim('`'), row => row[1]);
        Assert.Equal(AllSettings.Keys.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(AllSettings, setting => Assert.Equal((setting.Key, Written(setting.Value)), (setting.Key, WrittenDefault().Match(rows[setting.Key]) is { Success: true } match ? match.Groups[1].Value : null)));
    }

    [Fact]
    public void Every_setting_that_a_document_names_exists()
    {
        var named = Document.All.SelectMany(document =>
            document.CodeLines.Concat(document.CodeSpans).SelectMany(text => FullSetting().Matches(text)).Select(match => match.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal))
                .Concat(document.CodeSpans.Where(span => ShortSetting().IsMatch(span)))
                .Select(setting => (document.Name, setting))).ToList();
        Assert.InRange(named.Count, 100, 1000);
        Assert.Empty(named.Where(one => !IsSetting(one.setting)).Select(one => $"{one.Name}: {one.setting}"));
    }

    [Fact]
    public async Task Every_deployment_variable_that_is_documented_exists_and_the_other_way_round()
    {
        var (parameters, template) = (await File.ReadAllTextAsync(RepositoryFolder.Combine("infra", "main.bicepparam")), await File.ReadAllTextAsync(RepositoryFolder.Combine("infra", "main.bicep")));
        var known = Variable().Matches(parameters).Select(match => match.Value).Concat(OutputVariable().Matches(template).Select(match => match.Groups[1].Value)).ToHashSet();
        Assert.InRange(known.Count, 20, 100);
        Assert.Equal(known.Order(StringComparer.Ordinal), Document.Named("docs/deploy.md").CodeSpans.Where(span => Variable().Match(span).Length == span.Length).Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(Document.All.SelectMany(document => document.CodeLines.Concat(document.CodeSpans).SelectMany(text => Variable().Matches(text)).Select(match => match.Value)).Distinct().Except(known));
    }

    [Fact]
    public async Task Every_route_is_documented_and_every_documented_route_exists()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var routes = RoutesOf(app).Keys.ToList();
        var documented = Document.All.SelectMany(document => document.CodeSpans).SelectMany(span => DocumentedRoutes($"`{span}`")).Distinct().ToList();
        Assert.InRange(routes.Count, 50, 200);

        // A request is documented with its method; a form of the dashboard, or a file, by its address.
        Assert.Empty(routes.Where(route => !documented.Contains((route.Method, route.Pattern)) && (route.Pattern.StartsWith("/api/", StringComparison.Ordinal) || !documented.Contains((null, route.Pattern)))).Select(route => $"{route.Method} {route.Pattern}"));
        Assert.Empty(documented.Where(request => !routes.Exists(route => (request.Method is null || request.Method == route.Method) && Leads(request.Path, route.Pattern))).Select(request => $"{request.Method} {request.Path}"));

        // A documented path may have an example in the place of a parameter, and end in … for several.
        static bool Leads(string path, string pattern) => path.EndsWith("/…", StringComparison.Ordinal)
            ? pattern.StartsWith(path[..^1], StringComparison.Ordinal) || pattern + "/" == path[..^1]
            : path.Split('/') is var parts && pattern.Split('/') is var segments && parts.Length == segments.Length && parts.Zip(segments).All(pair => pair.Second is "{}" or "…" || pair.First == pair.Second);
    }

    [Fact]
    public async Task Every_documented_request_names_the_scope_that_it_needs()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var routes = RoutesOf(app);
        var requests = Document.Named("docs/api.md").Rows("Requests").Skip(1)
            .SelectMany(row => DocumentedRoutes(row[0]).Select(request => (Request: request, Scope: row[1].Replace("`", "", StringComparison.Ordinal)))).ToList();
        Assert.InRange(requests.Count, 25, 100);
        Assert.All(requests, documented => Assert.Equal((documented.Request, documented.Scope), (documented.Request, routes[(documented.Request.Method!, documented.Request.Path)] ?? "public")));
    }

    [Fact]
    public void Every_command_and_option_is_documented_and_every_documented_command_works()
    {
        var root = CommandLine.CreateRoot(_ => throw new UnreachableException(), () => throw new UnreachableException());
        foreach (var command in ShareLinks.Simulation.Program.CreateRoot().Subcommands)
            root.Add(command);
        var commands = Commands(root, "").ToDictionary(command => command.Name, command => command.Command);
        var rows = Operations.Rows("Commands").Where(row => row[0] is ['`', ..]).ToDictionary(row => row[0].Trim('`'), row => row[1]);
        Assert.Equal(commands.Keys.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(commands, command => Assert.Equal(
            command.Value.Options.Select(option => option.Name).Order(StringComparer.Ordinal), OptionName().Matches(rows[command.Key]).Select(match => match.Value).Order(StringComparer.Ordinal)));

        var shown = Document.All.SelectMany(document => document.CodeLines.Concat(document.CodeSpans)).Select(line => RunLine().Match(line)).Where(match => match.Success).Select(match => match.Groups["args"].Value.Trim()).Distinct().ToList();
        Assert.InRange(shown.Count, 8, 100);
        Assert.All(shown, line =>
        {
            var parsed = root.Parse(line);
            Assert.True(parsed.Errors.Count == 0 && parsed.UnmatchedTokens.Count == 0 && parsed.CommandResult.Command != root, line);
        });
        // In prose a command stands without what it requires.
        var named = Document.All.SelectMany(document => document.CodeSpans).Where(span => root.Subcommands.Any(command => span == command.Name || span.StartsWith(command.Name + " ", StringComparison.Ordinal))).Distinct().ToList();
        Assert.InRange(named.Count, 8, 100);
        Assert.All(named, span =>
        {
            Command command = root;
            foreach (var word in span.Split(' '))
            {
                if (command.Subcommands.FirstOrDefault(sub => sub.Name == word) is { } sub)
                    command = sub;
                else
                    Assert.True(word is ['-', ..] ? command.Options.Any(option => option.Name == word) : command.Subcommands.Count == 0, span);
            }
        });

        static IEnumerable<(string Name, Command Command)> Commands(Command command, string path) => command.Subcommands.SelectMany(sub =>
            sub.Subcommands.Count == 0 ? [(path + sub.Name, sub)] : Commands(sub, $"{path}{sub.Name} "));
    }

    [Fact]
    public void Every_meter_is_documented_and_every_documented_meter_exists()
    {
        using var module = ModuleDefinition.ReadModule(typeof(Program).Assembly.Location);
        var meters = module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody).SelectMany(method => method.Body.Instructions)
            .Select(instruction => instruction.Operand).OfType<string>().Where(text => MeterName().IsMatch(text)).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.InRange(meters.Count, 8, 100);
        Assert.Equal(meters, Operations.Rows("Meters").Select(row => row[0].Trim('`')).Where(name => MeterName().IsMatch(name)).Order(StringComparer.Ordinal));
        Assert.Empty(Document.All.SelectMany(document => document.CodeSpans).Where(span => MeterName().IsMatch(span)).Except(meters));
    }

    [Fact]
    public async Task Every_alert_is_in_the_runbook_and_every_alert_there_exists()
    {
        var template = await Template.ReadAsync(TemplateTests.Plain);
        var alerts = template.OfType("Microsoft.Insights/scheduledQueryRules").Concat(template.OfType("Microsoft.Insights/metricAlerts")).Select(rule => (string)rule["name"]!).Order(StringComparer.Ordinal).ToList();
        Assert.InRange(alerts.Count, 8, 100);
        Assert.Equal(alerts, Operations.Rows("Alerts").Where(row => row[0] is ['`', ..]).Select(row => row[0].Trim('`')).Order(StringComparer.Ordinal));
        Assert.Empty(Operations.Rows("Warnings of health").SelectMany(row => row).SelectMany(cell => NamedAlert().Matches(cell)).Select(match => match.Groups[1].Value).Except(alerts));
    }

    [Fact]
    public void Every_scope_is_documented() => Assert.Equal(
        Scopes.All.Order(StringComparer.Ordinal), Document.Named("docs/api.md").Rows("Keys and scopes").Where(row => row[0] is ['`', ..]).Select(row => row[0].Trim('`')).Order(StringComparer.Ordinal));

    /// <summary>The app's routes, with {} for a parameter and … for several, and the scope that each needs.</summary>
    private static Dictionary<(string Method, string Pattern), string?> RoutesOf(TestApp app)
    {
        return app.Get<AppEndpoints>().All
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Where(method => method != "HEAD").Select(method => (Key: (method, Pattern(endpoint)), endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy)))
            // The files of the reference's page.
            .Where(route => !route.Key.Item2.StartsWith("/docs/", StringComparison.Ordinal))
            .DistinctBy(route => route.Key).ToDictionary(route => route.Key, route => route.Policy);

        static string Pattern(RouteEndpoint endpoint)
        {
            var text = "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{documentName}.json", "v1.json", StringComparison.Ordinal);
            return Parameter().Replace(OptionalPart().Replace(text, ""), match => match.Value.StartsWith("{*", StringComparison.Ordinal) ? "…" : "{}");
        }
    }

    /// <summary>The requests and addresses that stand between backticks.</summary>
    private static IEnumerable<(string? Method, string Path)> DocumentedRoutes(string text) => DocumentedRoute().Matches(text)
        .Select(match => (match.Groups["method"] is { Success: true } method ? method.Value : null, Parameter().Replace(match.Groups["path"].Value, "{}")));

    private static IEnumerable<(string Name, object? Default)> SettingsOf(object options, string path)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var (name, value, type) = (path + property.Name, property.GetValue(options), property.PropertyType);
            if (type == typeof(string) || type.IsValueType)
            {
                if (property.CanWrite)
                    yield return (name, value);
                continue;
            }
            var rows = typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[0] : null;
            if (rows is not null)
                yield return (name, value);
            if (rows == typeof(string))
                continue;
            foreach (var setting in SettingsOf(rows is null ? value! : Activator.CreateInstance(rows)!, name + ":"))
                yield return setting;
        }
    }

    /// <summary>Whether a name is a setting's, a section's, or one of a setting's own entries.</summary>
    private static bool IsSetting(string name) => AllSettings.ContainsKey(name)
        || AllSettings.Any(setting => setting.Key.StartsWith(name + ":", StringComparison.Ordinal) || (setting.Value is IEnumerable and not string && name.StartsWith(setting.Key + ":", StringComparison.Ordinal)));

    /// <summary>A default as the documents write it; null where there is none.</summary>
    private static string? Written(object? value) => value switch
    {
        null or "" or ICollection { Count: 0 } => null,
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture) is var text && text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0') : text,
        IEnumerable<object> => throw new NotSupportedException("A list with entries by default is not written in one cell."),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("^`([^`]+)`$")]
    private static partial Regex WrittenDefault();

    [GeneratedRegex("ShareLinks(?::|__)([A-Za-z][A-Za-z0-9-]*(?:(?::|__)[A-Za-z0-9-]+)*)")]
    private static partial Regex FullSetting();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*(?::[A-Za-z0-9-]+)+$")]
    private static partial Regex ShortSetting();

    [GeneratedRegex("SHARELINKS_[A-Z_]*[A-Z]")]
    private static partial Regex Variable();

    [GeneratedRegex("output (SHARELINKS_[A-Z_]*[A-Z])")]
    private static partial Regex OutputVariable();

    /// <summary>A path with or without a method before it; an example that a chat has glued something to is none.</summary>
    [GeneratedRegex(@"`(?:(?<method>GET|POST|PUT|PATCH|DELETE) )?(?<path>/[!-~…-[?`]]*)(?:\?[^\s`]*)?`")]
    private static partial Regex DocumentedRoute();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"/\{[^}/]*\?\}$")]
    private static partial Regex OptionalPart();

    [GeneratedRegex("--[a-z-]+")]
    private static partial Regex OptionName();

    [GeneratedRegex("dotnet run --project (?:functions|simulation) -- (?<args>[^#…]+)")]
    private static partial Regex RunLine();

    [GeneratedRegex(@"^sharelinks\.[a-z_]+\.[a-z_]+$")]
    private static partial Regex MeterName();

    [GeneratedRegex("alert `([a-z-]+)`")]
    private static partial Regex NamedAlert();
}
