using System.Diagnostics;
using System.Text;

namespace ShareLinks.Tests.Support;

/// <summary>No test leaves a process behind, however it ends.</summary>
public class LeftProcessesTests(Azurite azurite, PublishedApp published)
{
    [Fact]
    public async Task A_child_is_killed_when_the_thread_ends_that_started_it_as_all_do_when_a_run_is_killed()
    {
        Process child;
        using (var starter = new ChildProcess())
        {
            child = starter.StartChild(new ProcessStartInfo("sleep", ["86400"]));
            Assert.False(child.HasExited);
        }
        await child.WaitForExitAsync();
        Assert.Equal(128 + 9, child.ExitCode);
        child.Dispose();
    }

    [Fact]
    public async Task When_one_app_does_not_start_the_others_end_as_well()
    {
        var prefix = azurite.NewPrefix() + "left";
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(async () => await AppProcesses.StartAsync(
            await published.ProgramFolderAsync(), azurite.ConnectionString, prefix, new(), new() { ["ShareLinks__Codes__Key"] = "short" }));
        Assert.Contains("ShareLinks:Codes:Key must be base64", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), process => EnvironmentOf(process).Contains($"TablePrefix={prefix}\0", StringComparison.Ordinal));
    }

    /// <summary>The variables that a process was started with; empty when it is none of ours, or has ended.</summary>
    private static string EnvironmentOf(string process)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, "environ")));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
