using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Infra;

/// <summary>The scripts that <c>azd up</c> runs, with stand-ins for the programs that would reach Azure.</summary>
public sealed class HooksTests : IDisposable
{
    /// <summary>A vault in a folder: a file for each secret. <c>state/forbidden</c> holds how often it refuses at first.</summary>
    private const string Az = """
        #!/bin/sh
        echo "$*" >>"$STATE/calls"
        case "$1 $2 $3" in
          "keyvault secret show")
            left=$(cat "$STATE/forbidden" 2>/dev/null || echo 0)
            if [ "$left" -gt 0 ]; then
              echo $((left - 1)) >"$STATE/forbidden"
              echo "ERROR: (Forbidden) Caller is not authorized to perform action on resource." >&2
              exit 1
            fi
            if [ -e "$STATE/away" ]; then echo "ERROR: Connection refused" >&2; exit 1; fi
            if [ ! -e "$STATE/secrets/$7" ]; then echo "ERROR: (SecretNotFound) A secret with (name/id) $7 was not found in this key vault." >&2; exit 1; fi
            ;;
          "keyvault secret set") [ "$6" = --name ] && cp "$9" "$STATE/secrets/$7" ;;
          "rest --method post") ;;
          *) echo "unexpected: $*" >&2; exit 2 ;;
        esac
        """;

    /// <summary>The app's commands: <c>state/keys</c> is what <c>keys list</c> prints, <c>state/forbidden</c> as above.</summary>
    private const string Dotnet = """
        #!/bin/sh
        echo "$* at $ShareLinks__Storage__Endpoint" >>"$STATE/calls"
        left=$(cat "$STATE/forbidden" 2>/dev/null || echo 0)
        if [ "$left" -gt 0 ]; then
          echo $((left - 1)) >"$STATE/forbidden"
          echo "This request is not authorized to perform this operation using this permission." >&2
          exit 1
        fi
        case "$*" in
          *"keys list") cat "$STATE/keys" 2>/dev/null || true ;;
          *"keys create --scope admin --name first key") echo "sl_abcdefghijkl_secret" ;;
          *) exit 2 ;;
        esac
        """;

    private readonly DirectoryInfo folder = NewFolder();

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_keys_are_made_once_and_never_again()
    {
        Put("az", Az);
        State("forbidden", "2");
        var first = await RunAsync("keys.mjs", new() { ["SHARELINKS_VAULT"] = "kv-x", ["SHARELINKS_APP_ID"] = "/subscriptions/s/app" });
        Assert.True(first.ExitCode == 0, first.Errors);
        var made = Secrets();
        Assert.Equal(["code-key", "signing-key-1", "token-key-1", "visitor-key-1"], made.Keys.Order(StringComparer.Ordinal));
        Assert.All(made.Values, secret => Assert.NotNull(ShareLinks.Codes.CodeKey.TryParse(secret)));
        Assert.Equal(4, made.Values.Distinct().Count());
        Assert.Single(Calls(), call => call.StartsWith("rest --method post --url /subscriptions/s/app/config/configreferences/appsettings/refresh", StringComparison.Ordinal));
        // No key is an argument, which every process of the machine could read, nor is it printed.
        Assert.DoesNotContain(Calls(), call => made.Values.Any(secret => call.Contains(secret, StringComparison.Ordinal)));
        Assert.DoesNotContain(made.Values, secret => first.Output.Contains(secret, StringComparison.Ordinal));

        File.Delete(StateFile("calls"));
        Assert.Equal(0, (await RunAsync("keys.mjs", new() { ["SHARELINKS_VAULT"] = "kv-x", ["SHARELINKS_APP_ID"] = "/subscriptions/s/app" })).ExitCode);
        Assert.Equal(made, Secrets());
        Assert.All(Calls(), call => Assert.StartsWith("keyvault secret show", call, StringComparison.Ordinal));

        Assert.Equal(0, (await RunAsync("keys.mjs", new() { ["SHARELINKS_VAULT"] = "kv-x", ["SHARELINKS_SIGNING_KEYS"] = "2,1" })).ExitCode);
        Assert.Equal(5, Secrets().Count);
        Assert.Equal(made, Secrets().Where(secret => secret.Key != "signing-key-2").ToDictionary());
    }

    [Fact]
    public async Task A_vault_that_can_t_be_asked_is_not_written_to()
    {
        Put("az", Az);
        State("away", "");
        var (exitCode, _, errors) = await RunAsync("keys.mjs", new() { ["SHARELINKS_VAULT"] = "kv-x" });
        Assert.Equal(1, exitCode);
        Assert.Contains("Connection refused", errors, StringComparison.Ordinal);
        File.Delete(StateFile("away"));
        State("forbidden", "1000");
        (exitCode, _, errors) = await RunAsync("keys.mjs", new() { ["SHARELINKS_VAULT"] = "kv-x" });
        Assert.Equal(1, exitCode);
        Assert.Contains("Forbidden", errors, StringComparison.Ordinal);
        Assert.Empty(Secrets());
        // Before the first provision there is no vault.
        File.Delete(StateFile("calls"));
        Assert.Equal(0, (await RunAsync("keys.mjs", [])).ExitCode);
        Assert.False(File.Exists(StateFile("calls")));
    }

    [Fact]
    public async Task The_first_admin_key_is_made_in_the_deployer_s_name_and_no_second_one()
    {
        Put("dotnet", Dotnet);
        State("forbidden", "2");
        var settings = new Dictionary<string, string?> { ["SHARELINKS_STORAGE_ENDPOINT"] = "https://sldata.table.example/", ["SHARELINKS_ADDRESS"] = "https://s.example" };
        var (exitCode, output, errors) = await RunAsync("first-key.mjs", settings);
        Assert.True(exitCode == 0, errors);
        Assert.Contains("https://s.example", output, StringComparison.Ordinal);
        Assert.EndsWith("  sl_abcdefghijkl_secret\n", output, StringComparison.Ordinal);
        Assert.All(Calls(), call => Assert.EndsWith(" at https://sldata.table.example/", call, StringComparison.Ordinal));

        State("keys", "abcdefghijkl  2026-11-24  admin  first key\n");
        Assert.Equal((0, "", ""), await RunAsync("first-key.mjs", settings));
        State("forbidden", "1000");
        (exitCode, _, errors) = await RunAsync("first-key.mjs", settings);
        Assert.Equal(1, exitCode);
        Assert.Contains("azd hooks run postdeploy", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys.mjs")]
    [InlineData("first-key.mjs")]
    [InlineData("run.mjs")]
    public async Task A_script_is_well_formed(string hook) => Assert.Equal((0, "", ""), await Tool.RunAsync("node", ["--check", RepositoryFolder.Combine("infra", "hooks", hook)]));

    private static DirectoryInfo NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("sharelinks");
        folder.CreateSubdirectory("bin");
        folder.CreateSubdirectory("state/secrets");
        return folder;
    }

    private void Put(string program, string script)
    {
        var file = Path.Combine(folder.FullName, "bin", program);
        File.WriteAllText(file, script);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string StateFile(string name) => Path.Combine(folder.FullName, "state", name);

    private void State(string name, string content) => File.WriteAllText(StateFile(name), content);

    private string[] Calls() => File.ReadAllLines(StateFile("calls"));

    private Dictionary<string, string> Secrets() => Directory.GetFiles(StateFile("secrets")).ToDictionary(file => Path.GetFileName(file), File.ReadAllText);

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string hook, Dictionary<string, string?> environment) => Tool.RunAsync(
        "node",
        [RepositoryFolder.Combine("infra", "hooks", hook)],
        new(environment)
        {
            ["PATH"] = $"{Path.Combine(folder.FullName, "bin")}:{Environment.GetEnvironmentVariable("PATH")}",
            ["STATE"] = StateFile(""),
            ["SHARELINKS_HOOK_TRIES"] = "3",
            ["SHARELINKS_HOOK_PAUSE"] = "0",
        });
}
