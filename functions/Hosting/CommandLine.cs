using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Rollups;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>The app's commands. Without one it serves.</summary>
public static class CommandLine
{
    /// <summary>Runs a command; what goes wrong through a setting or this machine is told in one sentence.</summary>
    /// <param name="args">The command with its options, or settings as ASP.NET takes them.</param>
    /// <param name="serve">Serves until it is stopped; gets the arguments that are no command's.</param>
    /// <param name="build">Builds the app without starting it.</param>
    public static async Task<int> RunAsync(string[] args, Func<string[], Task<int>> serve, Func<WebApplication> build)
    {
        try
        {
            // ASP.NET listens for signals itself, and takes the time that waiting clicks need.
            return await Create(serve, build).Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception fault) when (fault is SettingsException or StorageSetupException or CodeKeyMismatchException or FoldBasisException)
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

    private static RootCommand Create(Func<string[], Task<int>> serve, Func<WebApplication> build)
    {
        var root = new RootCommand("ShareLinks: share links and traffic attribution for a marketplace. Without a command it serves.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        root.SetAction((result, _) => serve([.. result.UnmatchedTokens]));

        var scopes = new Option<string[]>("--scope")
        {
            Description = $"What the key may do, by comma: {string.Join(", ", Scopes.All)}",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var name = new Option<string>("--name") { Description = "What the key is for", DefaultValueFactory = _ => "" };
        var create = new Command("create", "Make an API key and print it; nothing shows it again") { scopes, name };
        create.SetAction(async (result, cancellationToken) =>
        {
            string[] names = [.. result.GetRequiredValue(scopes).SelectMany(scope => scope.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()];
            if (KeyEndpoints.ErrorIn(names) is { } error)
            {
                await Console.Error.WriteLineAsync($"--scope {error}.");
                return 1;
            }
            await using var app = build();
            await using var emulator = await Emulator.StartIfNeededAsync(app.Services.GetRequiredService<Settings>().Storage, app.Services.GetRequiredService<TimeProvider>(), cancellationToken);
            var (_, secretKey) = await app.Services.GetRequiredService<ApiKeyTable>().CreateAsync(result.GetValue(name) ?? "", names, cancellationToken);
            Console.WriteLine(secretKey);
            return 0;
        });
        root.Add(new Command("keys", "Manage API keys") { create });

        var rebuild = new Option<bool>("--rebuild") { Description = "Count all clicks anew, by the present ReportingTimeZone and ReportedTags; questions are answered from the old figures until it is done" };
        var fold = new Command("fold", "Count clicks into statistics, as the app does every minute") { rebuild };
        fold.SetAction(async (result, cancellationToken) =>
        {
            await using var app = build();
            await using var emulator = await Emulator.StartIfNeededAsync(app.Services.GetRequiredService<Settings>().Storage, app.Services.GetRequiredService<TimeProvider>(), cancellationToken);
            var clicks = app.Services.GetRequiredService<ClickFold>();
            if (result.GetValue(rebuild))
                await clicks.RebuildAsync((counted, all) => Console.WriteLine($"{counted} of {all} batches counted"), cancellationToken);
            var state = await clicks.FoldAsync(cancellationToken);
            Console.WriteLine($"Statistics are complete through {(state.CompleteThrough is { } time ? JsonDefaults.Format(time) : "the start: there are no clicks yet")}.");
            return 0;
        });
        root.Add(fold);
        return root;
    }
}
