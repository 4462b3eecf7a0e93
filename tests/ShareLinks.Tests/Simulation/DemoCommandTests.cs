using System.Globalization;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Simulation;

/// <summary><c>demo</c> as a process.</summary>
public class DemoCommandTests
{
    private static readonly int Clicks = Scale.Of(500, 5);

    [Fact]
    public async Task It_serves_an_invented_history_and_the_dashboard_about_it()
    {
        var port = FreePort.Next();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        await using var app = AppProcess.StartProgram(
            AppCommand.Simulation, "UseDevelopmentStorage=true", "", new() { ["ASPNETCORE_URLS"] = address }, "demo", "--clicks", Clicks.ToString(CultureInfo.InvariantCulture), "--urls", address, "--no-browser");
        using var client = new HttpClient { BaseAddress = new Uri(address), DefaultRequestHeaders = { Authorization = app.Client.DefaultRequestHeaders.Authorization } };
        await Wait.UntilAsync(() =>
        {
            Assert.False(app.HasExited, app.Output);
            return app.Output.Contains($"Dashboard: {address}/dashboard (sign in with sl_development)", StringComparison.Ordinal);
        });
        var end = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(2);
        var stats = JsonNode.Parse(await client.GetStringAsync($"/api/stats?subject=all&from={end.AddDays(-90):yyyy-MM-dd}&to={end:yyyy-MM-dd}"))!;
        Assert.Equal(Clicks, stats["total"]!["clicks"]!.GetValue<int>());
        Assert.Contains("sl_development", await client.GetStringAsync("/dashboard"), StringComparison.Ordinal);
        await app.TerminateAsync();
        await app.WaitForExitAsync();
        Assert.Equal(0, app.ExitCode);
    }

    [Theory]
    [InlineData("demo has no option --click", "Development", "--click", "5")]
    [InlineData("--clicks must be 1 to 100000000.", "Development", "--clicks", "0")]
    [InlineData("demo runs in Development only", "Production")]
    public async Task A_wrong_option_or_place_is_named(string message, string environment, params string[] options)
    {
        var (exitCode, output, errors) = await AppCommand.RunAsync(AppCommand.Simulation, ["demo", .. options], new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ShareLinks__BaseUrl"] = "https://s.example",
            ["ShareLinks__Codes__Key"] = environment == "Development" ? null : Convert.ToBase64String(new byte[32]),
            ["ShareLinks__Destinations__Web"] = TestApp.Web,
        });
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }
}
