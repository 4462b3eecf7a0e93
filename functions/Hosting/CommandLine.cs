using System.CommandLine;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>The app's commands. Without one it serves.</summary>
public static class CommandLine
{
    /// <param name="serve">Serves until it is stopped; gets the arguments that are no command's.</param>
    /// <param name="build">Builds the app without starting it.</param>
    public static RootCommand Create(Func<string[], Task<int>> serve, Func<WebApplication> build)
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
        return root;
    }
}
