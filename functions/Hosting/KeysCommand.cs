using System.CommandLine;
using ShareLinks.Security;

namespace ShareLinks.Hosting;

/// <summary><c>keys create</c> makes an API key and prints it; <c>keys end-sessions</c> signs everybody out.</summary>
internal static class KeysCommand
{
    public static Command Create(Func<Action<IServiceCollection>?, WebApplication> build)
    {
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
            return await CommandLine.WithStorageAsync(build, async services =>
            {
                var (_, secretKey) = await services.GetRequiredService<ApiKeyTable>().CreateAsync(result.GetValue(name) ?? "", names, cancellationToken);
                Console.WriteLine(secretKey);
            }, cancellationToken);
        });
        var end = new Command("end-sessions", "Sign everybody out of the dashboard, within 30 seconds");
        end.SetAction((_, cancellationToken) => CommandLine.WithStorageAsync(build, services => services.GetRequiredService<Sessions>().EndAllAsync(cancellationToken), cancellationToken));
        return new Command("keys", "Manage API keys") { create, end };
    }
}
