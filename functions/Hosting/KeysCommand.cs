using System.CommandLine;
using System.Globalization;
using ShareLinks.Security;

namespace ShareLinks.Hosting;

/// <summary><c>keys create</c> makes an API key and prints it, <c>list</c> and <c>revoke</c> do as they say, <c>end-sessions</c> signs everybody out.</summary>
internal static class KeysCommand
{
    private const string DayForm = "yyyy-MM-dd";

    public static Command Create(Func<WebApplication> build)
    {
        var scopes = new Option<string[]>("--scope")
        {
            Description = $"What the key may do, by comma: {string.Join(", ", Scopes.All)}",
            Required = true,
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
            if (KeyEndpoints.ErrorInName(result.GetValue(name)) is { } nameError)
            {
                await Console.Error.WriteLineAsync($"--name {nameError}.");
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
        return new Command("keys", "Manage API keys") { create, CreateList(build), CreateRevoke(build), end };
    }

    private static Command CreateList(Func<WebApplication> build)
    {
        var list = new Command("list", "Show the API keys, a line each: id, day it was made (UTC), scopes, name");
        list.SetAction((_, cancellationToken) => CommandLine.WithStorageAsync(build, async services =>
        {
            foreach (var key in (await services.GetRequiredService<ApiKeyTable>().ListAsync(cancellationToken)).OrderBy(key => key.CreatedAt))
                Console.WriteLine($"{key.Id}  {key.CreatedAt.ToString(DayForm, CultureInfo.InvariantCulture)}  {string.Join(',', key.Scopes)}  {key.Name}".TrimEnd());
        }, cancellationToken));
        return list;
    }

    private static Command CreateRevoke(Func<WebApplication> build)
    {
        var id = new Argument<string>("id") { Description = "The key's id: its 12 letters and digits after sl_, as `keys list` shows them" };
        var revoke = new Command("revoke", "End an API key: every instance refuses it within 30 seconds") { id };
        revoke.SetAction(async (result, cancellationToken) =>
        {
            var revoked = false;
            await CommandLine.WithStorageAsync(build, async services =>
            {
                var text = result.GetRequiredValue(id);
                revoked = ApiKeyTable.IsId(text) && await services.GetRequiredService<ApiKeyTable>().RevokeAsync(text, cancellationToken);
            }, cancellationToken);
            if (revoked)
                return 0;
            await Console.Error.WriteLineAsync("There is no key with this id: see keys list.");
            return 1;
        });
        return revoke;
    }
}
