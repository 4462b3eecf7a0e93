using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>The load generator <c>wrk</c>, for how much a server can answer at most.</summary>
internal static partial class Wrk
{
    private const string Executable = "/usr/bin/wrk";

    /// <summary>Installs it where Debian's packages can be.</summary>
    public static void Install()
    {
        if (File.Exists(Executable))
            return;
        using var install = Process.Start("apt-get", ["install", "-y", "-qq", "wrk"]);
        install.WaitForExit();
        if (!File.Exists(Executable))
            throw new InvalidOperationException("wrk is missing: install Debian's package wrk.");
    }

    /// <summary>Sends as many requests as are answered, from one thread.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="connections">At once.</param>
    /// <param name="duration">For how long, in whole seconds.</param>
    /// <param name="script">What to send, in Lua; GETs of the address when absent.</param>
    /// <param name="key">The API key of a caller; a visitor has none.</param>
    public static async Task<WrkResult> RunAsync(Uri url, int connections, TimeSpan duration, string? script = null, string? key = null)
    {
        List<string> arguments =
        [
            "-t1", string.Create(CultureInfo.InvariantCulture, $"-c{connections}"), string.Create(CultureInfo.InvariantCulture, $"-d{duration.TotalSeconds:0}s"), "--timeout", "30s",
            "-H", "User-Agent: " + Agents.AndroidChrome,
        ];
        if (key is not null)
            arguments.AddRange(["-H", "Authorization: Bearer " + key]);
        if (script is not null)
            arguments.AddRange(["-s", script]);
        using var process = Process.Start(new ProcessStartInfo(Executable, [.. arguments, url.ToString()]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        if (Summary().Match(output) is not { Success: true } summary || Rate().Match(output) is not { Success: true } rate)
            throw new InvalidOperationException("wrk said: " + output);
        var errors = Failures().Match(output) is { Success: true } failures ? long.Parse(failures.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        return new WrkResult(long.Parse(summary.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture), errors, output.Contains("Socket errors", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Summary();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Failures();
}

/// <param name="Answered">Answers that were read whole.</param>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="Failed">Of them, those of status 400 and above.</param>
/// <param name="HasSocketErrors">Whether connections broke.</param>
internal sealed record WrkResult(long Answered, double PerSecond, long Failed, bool HasSocketErrors);
