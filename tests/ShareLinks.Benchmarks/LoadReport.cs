namespace ShareLinks.Benchmarks;

/// <summary>How near the machine's limit the published app is, and how soon it is there: it stands beside servers that do nothing, in alternating rounds.</summary>
/// <remarks>
/// App, emulator and generator share the machine, so only ratios within one run say anything. Prints Markdown. All parts together take half an hour.
/// </remarks>
internal static class LoadReport
{
    /// <summary>What is measured, by name.</summary>
    private static readonly Dictionary<string, Func<Task>> Parts = new()
    {
        ["redirects"] = RedirectLoad.ReportAsync,
        ["hosted"] = HostedRedirects.ReportAsync,
        ["latency"] = RedirectLatency.ReportAsync,
        ["memory"] = RedirectAllocations.ReportAsync,
        ["others"] = OtherAnswers.ReportAsync,
        ["pages"] = DashboardPages.ReportAsync,
        ["start"] = ColdStart.ReportAsync,
    };

    /// <param name="names">Which parts; all of them when it names none.</param>
    public static async Task RunAsync(string[] names)
    {
        if (names.FirstOrDefault(name => !Parts.ContainsKey(name)) is { } unknown)
            throw new ArgumentException($"'{unknown}' is none of {string.Join(", ", Parts.Keys)}.");
        Wrk.Install();
        await PublishedFolders.PublishAsync();
        foreach (var (name, report) in Parts)
        {
            if (names.Length == 0 || names.Contains(name))
                await report();
        }
    }
}
