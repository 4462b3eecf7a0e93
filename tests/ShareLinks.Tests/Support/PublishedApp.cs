[assembly: AssemblyFixture(typeof(ShareLinks.Tests.Support.PublishedApp))]

namespace ShareLinks.Tests.Support;

/// <summary>The app as <c>dotnet publish</c> makes it, which is what is deployed: once for the whole run, and only when a test asks.</summary>
public sealed class PublishedApp
{
    private readonly Lazy<Task<string>> folder = new(PublishAsync);

    /// <summary>The published folder.</summary>
    public Task<string> FolderAsync() => folder.Value;

    /// <summary>Where processes are started from: the published folder with <c>--full</c>, otherwise the plain build, which is the same program and costs nothing more.</summary>
    public Task<string> ProgramFolderAsync() => Scale.IsFull ? FolderAsync() : Task.FromResult(AppCommand.BuiltFolder);

    private static async Task<string> PublishAsync()
    {
        var output = RepositoryFolder.Combine(".data", "tests", "app");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        var (exitCode, text, errors) = await Tool.RunAsync("dotnet", ["publish", RepositoryFolder.Combine("functions"), "--nologo", "--verbosity", "quiet", "--output", output, "-p:RunAnalyzers=false"]);
        // A publish that warns is not what is deployed.
        return exitCode == 0 && !text.Contains("warning", StringComparison.OrdinalIgnoreCase) ? output : throw new InvalidOperationException($"dotnet publish failed:\n{text}{errors}");
    }
}
