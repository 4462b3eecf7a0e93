using ShareLinks.Simulation;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Simulation;

/// <summary><c>simulate</c> as a process.</summary>
public class SimulateCommandTests(Azurite azurite)
{
    [Fact]
    public async Task It_writes_a_history_once_and_says_what_is_in_it()
    {
        var prefix = azurite.NewPrefix();
        string[] command = ["simulate", "--listings", "20", "--sharers", "10", "--days", "3", "--clicks", "500", "--seed", "3", "--end", "2026-03-31"];
        var (exitCode, output, errors) = await RunAsync(command, prefix);
        Assert.True(exitCode == 0, output + errors);
        var lines = output.TrimEnd().Split('\n');
        Assert.InRange(lines.Count(line => line.Contains(" %  2026-03-", StringComparison.Ordinal)), 5, 10);
        Assert.Contains("100 %  written, now counted", lines);
        Assert.Matches("^500 clicks by [0-9]+ people: ", lines[^4]);
        Assert.Matches("^[0-9]+ orders among [0-9]+ marketplace events.$", lines[^2]);

        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var answer = await app.GetJsonAsync("/api/stats?subject=all&from=2026-03-29&to=2026-04-01");
        Assert.Equal(500, answer["total"]!["clicks"]!.GetValue<int>());

        (exitCode, output, errors) = await RunAsync(command, prefix);
        Assert.Equal(1, exitCode);
        Assert.Equal("There are links already, and simulate would mix invented clicks with theirs: set another ShareLinks:Storage:TablePrefix, or add --yes.", errors.TrimEnd());
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("--listings must be 1 to 100000.", "--listings", "0")]
    [InlineData("--listings must be 1 to 100000.", "--listings", "100001")]
    [InlineData("--sharers must be 1 to 100000.", "--sharers", "-1")]
    [InlineData("--days must be 1 to 365.", "--days", "366")]
    [InlineData("--clicks must be 1 to 100000000.", "--clicks", "0")]
    [InlineData("--end must be a day such as ", "--end", "yesterday")]
    [InlineData("--end must be a day such as ", "--end", "9990-01-01")]
    [InlineData("simulate has no option --click", "--click", "5")]
    [InlineData("'--seed'", "--seed", "luck")]
    public async Task A_wrong_option_is_named(string message, params string[] options)
    {
        var (exitCode, output, errors) = await RunAsync(["simulate", .. options], azurite.NewPrefix());
        Assert.Equal(1, exitCode);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("%", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_Development_it_asks_first()
    {
        var (exitCode, _, errors) = await RunAsync(["simulate"], azurite.NewPrefix(), "Production");
        Assert.Equal(1, exitCode);
        Assert.Contains("This is not Development", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_one_line_on_a_terminal_and_eleven_elsewhere()
    {
        using var terminal = new StringWriter();
        using var file = new StringWriter();
        ProgressLine[] lines = [new(terminal, isTerminal: true), new(file, isTerminal: false)];
        foreach (var line in lines)
        {
            for (var done = 0; done <= 1000; done++)
                line.Show(done / 1000.0, "day");
            line.End();
        }
        Assert.Equal(11, file.ToString().TrimEnd().Split('\n').Length);
        Assert.Equal(1, terminal.ToString().Count(c => c == '\n'));
        Assert.Contains("\r" + new string('█', 15) + new string('░', 15) + "  50 %  day", terminal.ToString(), StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] args, string prefix, string environment = "Development") => AppCommand.RunAsync(AppCommand.Simulation, args, new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = environment,
        ["ShareLinks__BaseUrl"] = "https://s.example",
        ["ShareLinks__Codes__Key"] = environment == "Development" ? null : Convert.ToBase64String(new byte[32]),
        ["ShareLinks__Destinations__Web"] = TestApp.Web,
        ["ShareLinks__Storage__ConnectionString"] = azurite.ConnectionString,
        ["ShareLinks__Storage__TablePrefix"] = prefix,
    });
}
