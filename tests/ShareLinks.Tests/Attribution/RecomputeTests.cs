using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ShareLinks.Attribution;
using ShareLinks.Tests.Simulation;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

/// <summary>A simulated marketplace, asked by every model, against <c>tests/recompute.mjs</c>, which knows the exported clicks and the reported events alone.</summary>
public sealed class RecomputeTests(Azurite azurite) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sharelinks");

    private static readonly string[] Questions =
    [
        "by=channel", "by=channel&lookbackDays=30&halfLifeDays=2", "by=link&lookbackDays=1", "by=campaign", "by=sharer&lookbackDays=90", "by=listing&match=listing&lookbackDays=14", "by=tag:group", "by=app&event=chat", "by=entry&event=signup",
    ];

    [Fact]
    public async Task Every_model_gives_what_a_script_finds_in_the_exports()
    {
        await using var history = await History.WriteAsync(azurite, History.Plan(Scale.Of(50_000)), reports: true);
        var (from, to) = ($"{History.FirstDay:yyyy-MM-dd}", $"{History.LastDay.AddDays(1):yyyy-MM-dd}");
        await File.WriteAllTextAsync(InFolder("clicks.ndjson"), await history.App.Client.GetStringAsync("/api/clicks/export?from=2026-01-01&to=2027-12-31"));
        await File.WriteAllTextAsync(InFolder("events.json"), JsonSerializer.Serialize(history.Reported, JsonSerializerOptions.Web));
        Assert.True(history.Reported.Count(happened => happened is { Type: "order", Cancelled: false }) > 20);
        var compared = 0;
        foreach (var question in Questions)
        {
            var parameters = System.Web.HttpUtility.ParseQueryString(question);
            var expected = await RecomputeAsync(new JsonObject
            {
                ["event"] = parameters["event"] ?? "order",
                ["by"] = parameters["by"],
                ["from"] = $"{from}T00:00:00+08:00",
                ["to"] = $"{to}T00:00:00+08:00",
                ["lookbackDays"] = int.Parse(parameters["lookbackDays"] ?? "7", null),
                ["halfLifeDays"] = int.Parse(parameters["halfLifeDays"] ?? "7", null),
                ["match"] = parameters["match"] ?? "any",
            });
            foreach (var model in AttributionModels.All.Select(model => model.Name()))
            {
                var answer = await history.App.GetJsonAsync($"/api/attribution?{question}&model={model}&from={from}&to={to}&limit=10000");
                var script = expected[model]!;
                Assert.Equal((script["conversions"]!.GetValue<int>(), script["unattributed"]!.GetValue<int>()), (answer["conversions"]!.GetValue<int>(), answer["unattributed"]!.GetValue<int>()));
                var rows = answer["rows"]!.AsArray().ToDictionary(row => row!["key"]?.GetValue<string>() ?? "", row => row!);
                var scriptRows = script["rows"]!.AsObject().Where(row => row.Value!["conversions"]!.GetValue<double>() > 1e-12).ToList();
                Assert.Equal(scriptRows.Select(row => row.Key).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
                foreach (var (key, row) in scriptRows)
                {
                    Assert.Equal(row!["conversions"]!.GetValue<double>(), rows[key]["conversions"]!.GetValue<double>(), 1e-6);
                    Assert.Equal(row["value"]!.GetValue<double>(), rows[key]["value"]!["CNY"]?.GetValue<double>() ?? 0, 0.01);
                    compared++;
                }
            }
        }
        Assert.InRange(compared, 300, 1_000_000);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private string InFolder(string file) => Path.Combine(folder.FullName, file);

    private async Task<JsonNode> RecomputeAsync(JsonObject question)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { RepositoryFolder.Combine("tests", "recompute.mjs"), InFolder("clicks.ndjson"), InFolder("events.json"), question.ToJsonString() })
            start.ArgumentList.Add(argument);
        using var node = ChildProcess.Start(start);
        var output = node.StandardOutput.ReadToEndAsync();
        var errors = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, errors);
        return JsonNode.Parse(await output)!;
    }
}
