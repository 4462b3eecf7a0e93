using System.Diagnostics;
using ShareLinks.Hosting;

namespace ShareLinks.Tests.Support;

/// <summary>Runs the app's commands.</summary>
internal static class AppCommand
{
    /// <summary>The app as this build has it.</summary>
    public static string Built { get; } = Path.Combine(BuiltFolder, "ShareLinks");

    /// <summary>The simulation as this build has it.</summary>
    public static string Simulation { get; } = Path.Combine(BuiltFolder, "ShareLinks.Simulation");

    /// <summary>Where that is.</summary>
    public static string BuiltFolder => AppContext.BaseDirectory;

    /// <summary>Runs a command in this process, which saves the start of one.</summary>
    /// <param name="args">The command with its options; none to serve.</param>
    /// <param name="settings">Settings by their names with colons.</param>
    public static Task<(int ExitCode, string Output, string Errors)> RunHereAsync(string[] args, Dictionary<string, string?> settings)
    {
        string[] texts = [.. settings.Where(setting => setting.Value is not null).Select(setting => $"--{setting.Key}={setting.Value}")];
        return CapturedConsole.RunAsync(() => CommandLine.ReportFailuresAsync(() => CommandLine.RunAsync(
            args, more => StandaloneHead.ServeAsync([.. more, .. texts]), () => StandaloneHead.Build(texts))));
    }

    /// <summary>Runs the app as a process that is to end by itself.</summary>
    /// <param name="app">The executable.</param>
    /// <param name="args">The command with its options; none to serve.</param>
    /// <param name="environment">Variables that are set; null unsets one.</param>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string app, string[] args, Dictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(app, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = ChildProcess.Start(start);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(Scale.HangTimeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"It did not end by itself:\n{await output}{await errors}");
        }
        return (process.ExitCode, await output, await errors);
    }
}
