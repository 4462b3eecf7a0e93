[assembly: AssemblyFixture(typeof(ShareLinks.Tests.Support.PublishedApp))]

namespace ShareLinks.Tests.Support;

/// <summary>The app as <c>infra/hooks/package.sh</c> publishes it: once for the whole run, and only when a test asks.</summary>
public sealed class PublishedApp
{
    private readonly Lazy<Task<string>> folder = new(PublishAsync);

    /// <summary>The published folder.</summary>
    public Task<string> FolderAsync() => folder.Value;

    /// <summary>The zip of it that is deployed.</summary>
    public async Task<string> PackageAsync() => Path.Combine(Path.GetDirectoryName(await FolderAsync())!, "sharelinks.zip");

    private static async Task<string> PublishAsync()
    {
        var output = RepositoryFolder.Combine(".data", "tests", "app");
        var (exitCode, text, errors) = await Tool.RunAsync(RepositoryFolder.Combine("infra", "hooks", "package.sh"), [output, "-p:RunAnalyzers=false"]);
        return exitCode == 0 ? output : throw new InvalidOperationException($"infra/hooks/package.sh failed:\n{text}{errors}");
    }
}
