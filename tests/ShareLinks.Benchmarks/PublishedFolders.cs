using System.Diagnostics;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>Where the app as it is deployed and the server that does nothing are published to.</summary>
internal static class PublishedFolders
{
    /// <summary>What benchmarks write.</summary>
    public static string All { get; } = RepositoryFolder.Combine(".data", "bench");

    /// <summary>The folder and name of the app's executable.</summary>
    public static (string Folder, string Name) App { get; } = (Path.Combine(All, "app"), "ShareLinks");

    /// <summary>Those of the server that does nothing.</summary>
    public static (string Folder, string Name) Nothing { get; } = (Path.Combine(All, "minimal"), "Minimal");

    /// <summary>Those of the worker that does nothing.</summary>
    public static (string Folder, string Name) NothingWorker { get; } = (Path.Combine(All, "minimal-worker"), "MinimalWorker");

    public static async Task PublishAsync()
    {
        await PublishAsync("functions", App.Folder);
        await PublishAsync("tests/ShareLinks.Benchmarks/Minimal", Nothing.Folder);
        await PublishAsync("tests/ShareLinks.Benchmarks/MinimalWorker", NothingWorker.Folder);
    }

    private static async Task PublishAsync(string project, string folder)
    {
        using var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", RepositoryFolder.Combine(project), "--nologo", "--verbosity", "quiet", "--output", folder]))!;
        await publish.WaitForExitAsync();
        if (publish.ExitCode != 0)
            throw new InvalidOperationException($"{project} could not be published.");
    }
}
