using System.Diagnostics;

[assembly: AssemblyFixture(typeof(ShareLinks.Tests.Support.PublishedApp))]

namespace ShareLinks.Tests.Support;

/// <summary>The app as <c>dotnet publish functions</c> makes it: once for the whole run, and only when a test asks.</summary>
public sealed class PublishedApp
{
    private readonly Lazy<Task<string>> folder = new(PublishAsync);

    /// <summary>The published folder.</summary>
    public Task<string> FolderAsync() => folder.Value;

    private static async Task<string> PublishAsync()
    {
        var output = RepositoryFolder.Combine(".data", "tests", "app");
        using var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", "functions", "--output", output, "-p:RunAnalyzers=false"])
        {
            WorkingDirectory = RepositoryFolder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var text = publish.StandardOutput.ReadToEndAsync();
        var errors = publish.StandardError.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? output : throw new InvalidOperationException($"dotnet publish functions failed:\n{await text}{await errors}");
    }
}
