using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Backup;

/// <summary>The app's commands as processes, killed: asked for again, they end as if nothing had happened.</summary>
public class BackupCrashTests(Azurite azurite, PublishedApp published) : IDisposable
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("sharelinks");

    private string Undisturbed => Path.Combine(data.FullName, "undisturbed");

    public void Dispose() => data.Delete(recursive: true);

    [Fact]
    public async Task The_commands_tell_of_each_table_and_in_one_sentence_what_is_wrong()
    {
        var prefix = await NewAppAsync();
        var lines = await SucceedsAsync(azurite.ConnectionString, prefix, "backup", "--to", Undisturbed);
        Assert.Equal(TableNames.BackedUp, lines.Select(line => line.Split(':')[0]));
        Assert.Contains(lines, line => System.Text.RegularExpressions.Regex.IsMatch(line, "^aliases: 1 rows, [0-9]+ bytes$"));
        await FailsAsync(azurite.ConnectionString, prefix, "holds a finished backup", "backup", "--to", Undisturbed);

        var target = azurite.NewPrefix();
        Assert.Equal(lines, await SucceedsAsync(azurite.ConnectionString, target, "restore", "--from", Undisturbed));
        await FailsAsync(azurite.ConnectionString, target, "is not empty: restore into another storage account", "restore", "--from", Undisturbed);
        await FailsAsync(azurite.ConnectionString, azurite.NewPrefix(), "holds no finished backup", "restore", "--from", data.FullName);
        await FailsAsync(azurite.ConnectionString, azurite.NewPrefix(), "no tables of this app", "backup", "--to", Path.Combine(data.FullName, "none"));
        await FailsAsync(StorageAccount.EmulatorConnectionString(new Uri($"http://127.0.0.1:{FreePort.Next()}")), prefix, "Connection refused", "backup", "--to", Path.Combine(data.FullName, "away"));
        await FailsAsync(azurite.ConnectionString, prefix, "'/proc/backup'", "backup", "--to", "/proc/backup");
    }

    [Fact]
    public async Task A_backup_that_was_killed_is_made_anew()
    {
        var prefix = await NewAppAsync();
        await Tables.BackUpAsync(azurite, prefix, Undisturbed);
        var whole = await Tables.ReadFilesAsync(Undisturbed);
        whole.Remove("fold.jsonl.gz");
        var reads = await RunAsync(int.MaxValue);
        // The marker, the key's fingerprint, every table, two of them twice, and the hold on the fold.
        Assert.InRange(reads, 2 + TableNames.BackedUp.Count + 2, 60);
        // One after another, since each holds the fold for itself.
        await KillPoints.VisitAsync(reads, atOnce: 1, RunAsync);

        async Task<int> RunAsync(int faultPoint)
        {
            var folder = Path.Combine(data.FullName, $"killed-{faultPoint}");
            var reads = 0;
            await using var proxy = await StorageProxy.StartAsync(azurite);
            await using (var app = await StartAsync(proxy.ConnectionString, prefix, "backup", "--to", folder))
            {
                proxy.Before = _ => Interlocked.Increment(ref reads) == faultPoint ? Kill(app) : Fault.None;
                await app.WaitForExitAsync();
            }
            // The first run alone makes the row of the fold, so the last points may lie behind the end of the others.
            if (reads >= faultPoint)
            {
                Assert.False(File.Exists(Path.Combine(folder, "manifest.json")));
                await SucceedsAsync(azurite.ConnectionString, prefix, "backup", "--to", folder);
            }
            // What the hold writes is in its file.
            var files = await Tables.ReadFilesAsync(folder);
            Assert.True(files.Remove("fold.jsonl.gz"));
            Assert.Equal(whole.Keys.Order(), files.Keys.Order());
            // Nor is what the manifest says of its rows the same.
            Assert.All(whole.Where(file => file.Key != "manifest"), file => Assert.Equal($"{file.Key}: {file.Value}", $"{file.Key}: {files[file.Key]}"));
            Assert.Equal(Directory.GetFiles(Undisturbed).Select(Path.GetFileName).Order(), Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            return reads;
        }
    }

    [Fact]
    public async Task A_restore_that_was_killed_keeps_the_app_from_starting_and_goes_on()
    {
        var prefix = await NewAppAsync();
        await Tables.BackUpAsync(azurite, prefix, Undisturbed);
        var whole = await Tables.ReadAsync(azurite, await Tables.RestoreAsync(azurite, Undisturbed));
        var writes = await RunAsync((_, _) => false);
        Assert.InRange(writes, 30, 400);
        await KillPoints.VisitAsync(writes, atOnce: 1, point => RunAsync((write, _) => write == point));
        // At its very end, when all but the marker's own is done.
        await RunAsync((_, request) => request.Method == "DELETE");

        async Task<int> RunAsync(Func<int, StorageRequest, bool> isFaultPoint)
        {
            var target = azurite.NewPrefix();
            var marker = new RestoreMarker(azurite.NewAccount(prefix: target));
            var writes = 0;
            await using var proxy = await StorageProxy.StartAsync(azurite);
            await using (var app = await StartAsync(proxy.ConnectionString, target, "restore", "--from", Undisturbed))
            {
                proxy.After = request => request.Method != "GET" && isFaultPoint(Interlocked.Increment(ref writes), request) ? Kill(app) : Fault.None;
                await app.WaitForExitAsync();
            }
            if (await marker.FindAsync() is not null)
                await FailsAsync(azurite.ConnectionString, target, "These tables hold an unfinished restore");
            // The first requests make the marker's table, and the last one is the marker's end.
            if (await marker.FindAsync() is not null || (await Tables.ReadAsync(azurite, target)).Count == 0)
                await SucceedsAsync(azurite.ConnectionString, target, "restore", "--from", Undisturbed);
            Assert.Null(await marker.FindAsync());
            Assert.Equal(whole, await Tables.ReadAsync(azurite, target));
            return writes;
        }
    }

    private static Fault Kill(AppProcess app)
    {
        app.Kill();
        return Fault.Cut;
    }

    /// <summary>The tables of an app with links, aliases, keys and clicks, in a retired stream and in one that goes on.</summary>
    private async Task<string> NewAppAsync()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Clicks:SealAfter"] = "00:00:00.200" }, prefix: prefix);
        var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-7", alias = "sale", listing = new { title = "Lamp" } });
        for (var i = 0; i < 8; i++)
            await app.MintAsync(new { listingId = $"item-{i}", sharerId = $"user-{i}", parent = code });
        await app.Client.GetAsync("/" + code);
        await app.ReadFeedAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(1300), TimeProvider.System);
        await app.ReadFeedAsync();
        await app.Client.GetAsync("/" + code);
        await app.ReadFeedAsync();
        await app.Get<ShareLinks.Security.ApiKeyTable>().CreateAsync("feed", ["query"]);
        return prefix;
    }

    private async Task<AppProcess> StartAsync(string connectionString, string prefix, params string[] command) =>
        AppProcess.Start(await published.ProgramFolderAsync(), connectionString, prefix, command: command);

    /// <summary>Runs a command to its end, which must be a good one; gives what it told.</summary>
    private async Task<List<string>> SucceedsAsync(string connectionString, string prefix, params string[] command)
    {
        await using var app = await StartAsync(connectionString, prefix, command);
        await app.WaitForExitAsync();
        Assert.True(app.ExitCode == 0, app.Output);
        return Lines(app);
    }

    private async Task FailsAsync(string connectionString, string prefix, string message, params string[] command)
    {
        await using var app = await StartAsync(connectionString, prefix, command);
        await app.WaitForExitAsync();
        Assert.True(app.ExitCode == 1, app.Output);
        Assert.Contains(message, app.Output, StringComparison.Ordinal);
        if (command.Length > 0)
            Assert.Single(Lines(app));
    }

    private static List<string> Lines(AppProcess app) => [.. app.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
