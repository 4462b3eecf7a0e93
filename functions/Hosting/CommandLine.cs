using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ShareLinks.Backup;
using ShareLinks.Links;
using ShareLinks.Rollups;
using ShareLinks.Simulation;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>The app's commands. Without one it serves.</summary>
public static class CommandLine
{
    /// <summary>Runs a command; what goes wrong through a setting or this machine is told in one sentence.</summary>
    /// <param name="args">The command with its options, or settings as ASP.NET takes them.</param>
    /// <param name="serve">Serves until it is stopped; gets settings as ASP.NET takes them, and what is to be done once it listens.</param>
    /// <param name="buildWith">Builds the app without starting it, with such settings, and services in the place of its own.</param>
    public static async Task<int> RunAsync(
        string[] args, Func<string[], Action<WebApplication>?, Task<int>> serve, Func<string[], Action<IServiceCollection>?, WebApplication> buildWith)
    {
        WebApplication build(Action<IServiceCollection>? replace) => buildWith([], replace);
        var root = new RootCommand("ShareLinks: share links and traffic attribution for a marketplace. Without a command it serves.")
        {
            KeysCommand.Create(build),
            FoldCommand.Create(build),
            BackupCommands.CreateBackup(build),
            BackupCommands.CreateRestore(build),
            SimulateCommand.Create(build),
            DemoCommand.Create(serve, buildWith),
        };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((result, _) => serve([.. result.UnmatchedTokens], null));
        try
        {
            // ASP.NET listens for signals itself, and takes the time that waiting clicks need.
            return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception fault) when (fault is SettingsException or StorageSetupException or CodeKeyMismatchException or FoldBasisException or BackupException or UnfinishedRestoreException or SimulationException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException or SocketException)
        {
            await Console.Error.WriteLineAsync($"{fault.Message} Stop what listens there, or choose another address with --urls http://localhost:7072.");
            return 1;
        }
    }

    /// <summary>Runs a command on the app's services, with the emulator where the app is set to use it.</summary>
    internal static async Task<int> WithStorageAsync(
        Func<Action<IServiceCollection>?, WebApplication> build, Func<IServiceProvider, Task> run, CancellationToken cancellationToken)
    {
        await using var app = build(null);
        var services = app.Services;
        await using var emulator = await Emulator.StartIfNeededAsync(services.GetRequiredService<Settings>().Storage, services.GetRequiredService<TimeProvider>(), cancellationToken);
        await run(services);
        return 0;
    }
}
