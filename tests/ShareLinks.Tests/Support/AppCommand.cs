using System.Diagnostics;

namespace ShareLinks.Tests.Support;

/// <summary>Runs the app as a process that is to end by itself.</summary>
internal static class AppCommand
{
    /// <summary>The app as this build has it.</summary>
    public static string Built { get; } = Path.Combine(AppContext.BaseDirectory, "ShareLinks");

    /// <summary>The simulation as this build has it.</summary>
    public static string Simulation { get; } = Path.Combine(AppContext.BaseDirectory, "ShareLinks.Simulation");

    /// <param name="app">The executable.</param>
    /// <param name="args">The command with its options; none to serve.</param>
    /// <param name="environment">Variables that are set; null unsets one.</param>
    /// <param name="limit">How long it may take.</param>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string app, string[] args, Dictionary<string, string?> environment, TimeSpan limit)
    {
        var start = new ProcessStartInfo(app, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(limit);
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
