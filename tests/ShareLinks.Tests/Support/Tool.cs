using System.Diagnostics;

namespace ShareLinks.Tests.Support;

/// <summary>Runs a program of this machine to its end.</summary>
internal static class Tool
{
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, string[] args, Dictionary<string, string?>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? RepositoryFolder.Path };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        using var process = ChildProcess.Start(start);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
