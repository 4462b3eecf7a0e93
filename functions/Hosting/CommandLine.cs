using System.CommandLine;
using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Microsoft.AspNetCore.Connections;
using ShareLinks.Backup;
using ShareLinks.Links;
using ShareLinks.Rollups;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>The app's commands. Without one it serves.</summary>
public static class CommandLine
{
    /// <summary>Runs a command of the app.</summary>
    /// <param name="args">The command with its options, or settings as ASP.NET takes them.</param>
    /// <param name="serve">Serves until it is stopped; gets settings as ASP.NET takes them.</param>
    /// <param name="build">Builds the app without starting it.</param>
    public static Task<int> RunAsync(string[] args, Func<string[], Task<int>> serve, Func<WebApplication> build) => InvokeAsync(CreateRoot(serve, build), args);

    /// <summary>Every command of the app, with what <see cref="RunAsync"/> is given.</summary>
    internal static RootCommand CreateRoot(Func<string[], Task<int>> serve, Func<WebApplication> build)
    {
        var root = new RootCommand("ShareLinks: share links and traffic attribution for a marketplace. Without a command it serves.")
        {
            KeysCommand.Create(build),
            FoldCommand.Create(build),
            BackupCommands.CreateBackup(build),
            BackupCommands.CreateRestore(build),
        };
        root.SetAction((result, _) => serve([.. result.UnmatchedTokens]));
        return root;
    }

    /// <summary>Runs the command that the arguments name; refuses a misspelt one with exit code 1.</summary>
    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        root.TreatUnmatchedTokensAsErrors = false;
        var parsed = root.Parse(args);
        if (ErrorIn(parsed, root) is { } error)
        {
            await Console.Error.WriteLineAsync(error);
            return 1;
        }
        // ASP.NET listens for signals itself, and takes the time that waiting clicks need.
        return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Runs the program; reports what goes wrong through a setting or this machine in one sentence, and exits with 1 then.</summary>
    public static async Task<int> ReportFailuresAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception fault) when (fault is SettingsException or StorageSetupException or CodeKeyMismatchException or FoldBasisException or BackupException or UnfinishedRestoreException or DamagedRowException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
        catch (Exception fault) when (fault is RequestFailedException or AuthenticationFailedException or AggregateException)
        {
            // What follows the first line is the request, or every way to sign in that was tried.
            await Console.Error.WriteLineAsync(fault.Message.Split('\n')[0].TrimEnd());
            return 1;
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException or SocketException)
        {
            await Console.Error.WriteLineAsync($"{fault.Message} Stop what listens there, or choose another address with --urls http://localhost:7072.");
            return 1;
        }
    }

    /// <summary>A misspelt command must not serve, nor a misspelt option pass for its default: the settings that serving takes as options are why nothing else refuses them.</summary>
    private static string? ErrorIn(ParseResult parsed, RootCommand root)
    {
        if (parsed.UnmatchedTokens is not [var unknown, ..])
            return null;
        var command = parsed.CommandResult.Command;
        if (command != root)
            return $"{Path(command)} has no {(unknown.StartsWith('-') ? "option" : "command")} {unknown}: see {Path(command)} --help.";
        // Settings as ASP.NET takes them: --name value, /name value or name=value.
        return unknown is ['-' or '/', ..] || unknown.Contains('=', StringComparison.Ordinal) ? null : $"There is no command {unknown}: see --help.";

        string Path(Command of) => of.Parents.OfType<Command>().FirstOrDefault() is { } parent && parent != root ? $"{Path(parent)} {of.Name}" : of.Name;
    }

    /// <summary>Runs a command on the app's services, with the emulator where the app is set to use it.</summary>
    internal static async Task<int> WithStorageAsync(
        Func<WebApplication> build, Func<IServiceProvider, Task> run, CancellationToken cancellationToken)
    {
        await using var app = build();
        var services = app.Services;
        await using var emulator = await Emulator.StartIfNeededAsync(services.GetRequiredService<Settings>().Storage, services.GetRequiredService<TimeProvider>(), cancellationToken);
        await run(services);
        return 0;
    }
}
