using System.Globalization;
using System.Net.Sockets;
using ShareLinks.Hosting;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>What somebody sees who starts the app, rightly or wrongly.</summary>
public class StartTests(Azurite azurite, PublishedApp published) : IDisposable
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("sharelinks");

    public void Dispose() => data.Delete(recursive: true);

    [Fact]
    public async Task With_nothing_set_up_it_starts_its_own_storage_and_keeps_what_it_stored()
    {
        var emulatorPort = FreePort.Next();
        var settings = new Dictionary<string, string>
        {
            ["ShareLinks__Storage__ConnectionString"] = "UseDevelopmentStorage=true",
            ["ShareLinks__Storage__Emulator__Port"] = emulatorPort.ToString(CultureInfo.InvariantCulture),
            ["ShareLinks__Storage__Emulator__Folder"] = data.FullName,
        };
        string code;
        var folder = Path.GetDirectoryName(AppCommand.Built)!;
        await using (var app = await AppProcess.StartAsync(folder, "", "", settings))
        {
            using var response = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = "item-1" }));
            code = response.Headers.Location!.ToString().Split('/')[^1];
            Assert.Equal(System.Net.HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
            Assert.Contains(ShareLinks.Security.DevelopmentKey.Value, app.Output, StringComparison.Ordinal);
            Assert.Contains("curl -s http://127.0.0.1:", app.Output, StringComparison.Ordinal);
            await app.TerminateAsync();
            await app.WaitForExitAsync();
            Assert.Equal(0, app.ExitCode);
        }
        Assert.False(await IsListeningAsync(emulatorPort));
        await using (var app = await AppProcess.StartAsync(folder, "", "", settings))
        {
            Assert.Equal(System.Net.HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
            Assert.Equal(2, (await Feed.ReadToEndAsync(app.Client)).Clicks.Count);
            // Even killed it leaves no storage behind that would keep the port.
            app.Kill();
            await app.WaitForExitAsync();
        }
        await Wait.UntilAsync(async () => !await IsListeningAsync(emulatorPort));
    }

    [Fact]
    public async Task A_running_azurite_is_used_and_left_alone()
    {
        var (exitCode, output, _) = await RunHereAsync(["keys", "create", "--scope", "mint,query"], new()
        {
            ["ShareLinks:Storage:ConnectionString"] = "UseDevelopmentStorage=true",
            ["ShareLinks:Storage:Emulator:Port"] = azurite.Address.Port.ToString(CultureInfo.InvariantCulture),
        });
        Assert.Equal(0, exitCode);
        Assert.Matches("^sl_[0-9A-Za-z]{12}_[0-9A-Za-z]{44}$", output.TrimEnd().Split('\n')[^1]);
        Assert.True(await IsListeningAsync(azurite.Address.Port));
    }

    [Theory]
    [InlineData("ShareLinks:Codes:Key", "short", "ShareLinks:Codes:Key must be base64 of exactly 32 bytes.")]
    [InlineData("ShareLinks:BaseUrl", "s.example", "ShareLinks:BaseUrl must be an https address")]
    [InlineData("ShareLinks:BaseUrl", "https://s.example/path", "ShareLinks:BaseUrl must be an https address in ASCII")]
    [InlineData("ShareLinks:BaseUrl", "https://例子.example", "ShareLinks:BaseUrl must be an https address in ASCII")]
    [InlineData("ShareLinks:BaseUrl", "https://user@s.example", "ShareLinks:BaseUrl must be an https address in ASCII")]
    [InlineData("ShareLinks:Destinations:ImageHosts:0", "图.example", "ShareLinks:Destinations:AllowedHosts and ImageHosts")]
    [InlineData("ShareLinks:Clicks:CommitDeadline", "soon", "ShareLinks:Clicks:CommitDeadline")]
    [InlineData("ShareLinks:Clicks:CommitDeadline", "-00:00:01", "ShareLinks:Clicks:CommitDeadline must be more than 0")]
    [InlineData("ShareLinks:Clicks:Durability", "Sometimes", "ShareLinks:Clicks:Durability")]
    [InlineData("ShareLinks:Storage:TablePrefix", "a-b", "ShareLinks:Storage:TablePrefix must be at most 40 letters and digits")]
    [InlineData("ShareLinks:Storage:ConnectionString", "nonsense", "ShareLinks:Storage:ConnectionString must be")]
    [InlineData("ShareLinks:Qr:LogoFile", "/no/such/logo.png", "ShareLinks:Qr:LogoFile can't be read")]
    [InlineData("ShareLinks:Qr:LogoFile", "appsettings.json", "ShareLinks:Qr:LogoFile must be a PNG, JPEG or WebP picture")]
    [InlineData("ShareLinks:Codes:TokenKeys:0", "short", "ShareLinks:Codes:TokenKeys must each be base64 of exactly 32 bytes.")]
    [InlineData("ShareLinks:ReportingTimeZone", "Asia/Atlantis", "ShareLinks:ReportingTimeZone must be a time zone of the IANA list")]
    [InlineData("ShareLinks:ReportedTags:0", "Group", "ShareLinks:ReportedTags must be at most 4 different names")]
    [InlineData("ShareLinks:Clicks:RetentionDays", "34", "ShareLinks:Clicks:RetentionDays must be 35 to 36500.")]
    [InlineData("ShareLinks:Fold:Every", "00:00:00", "ShareLinks:Fold:Every, Lease and Patience must be more than 0.")]
    [InlineData("ShareLinks:Fold:StepClicks", "499", "ShareLinks:Fold:StepClicks must be at least 500.")]
    [InlineData("ShareLinks:Fold:StepLinkDays", "0", "ShareLinks:Fold:StepLinkDays must be at least 1.")]
    [InlineData("ShareLinks:CountryHeader", "CF IPCountry", "ShareLinks:CountryHeader must be a header's name")]
    [InlineData("ShareLinks:Visitors:Cookie", "Maybe", "ShareLinks:Visitors:Cookie")]
    [InlineData("ShareLinks:Apps:Ios:AppIds:0", "example.market", "ShareLinks:Apps:Ios:AppIds must each be a team's 10 capital letters and digits")]
    [InlineData("ShareLinks:Apps:Android:Sha256Fingerprints:0", "14:6D", "ShareLinks:Apps:Android:Sha256Fingerprints must each be 32 pairs of hexadecimal digits")]
    [InlineData("ShareLinks:VerificationFiles:/api/x", "x", "ShareLinks:VerificationFiles: /api/x is an address of this service's own.")]
    [InlineData("ShareLinks:Destinations:Web", "nowhere", "ShareLinks:Destinations:Web must be an absolute http or https address")]
    public void A_wrong_setting_is_named_in_one_sentence(string name, string value, string message) => Refuses(message, [$"--{name}={value}"]);

    [Theory]
    [InlineData("ShareLinks:Codes:Key", null, "ShareLinks:Codes:Key must be set outside Development")]
    [InlineData("ShareLinks:BaseUrl", null, "ShareLinks:BaseUrl must be set outside Development")]
    [InlineData("ShareLinks:BaseUrl", "http://s.example", "ShareLinks:BaseUrl must be an https address")]
    public void In_production_what_must_be_set_is_asked_for(string name, string? value, string message)
    {
        var settings = new Dictionary<string, string?>
        {
            ["environment"] = "Production",
            ["ShareLinks:BaseUrl"] = "https://s.example",
            ["ShareLinks:Codes:Key"] = Convert.ToBase64String(new byte[32]),
            ["ShareLinks:Storage:ConnectionString"] = azurite.ConnectionString,
            [name] = value,
        };
        Refuses(message, [.. settings.Where(setting => setting.Value is not null).Select(setting => $"--{setting.Key}={setting.Value}")]);
    }

    /// <summary>The app can't be built; the process reports the message of this exception and ends, as the next test shows.</summary>
    private static void Refuses(string message, string[] settings)
    {
        var fault = Assert.Throws<SettingsException>(() => StandaloneHead.Build(["--environment=Development", $"--ShareLinks:Destinations:Web={TestApp.Web}", .. settings]));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.InRange(fault.Message.Split('\n').Length, 1, 2);
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_process_with_its_sentence() =>
        await FailsAsync(new() { ["ShareLinks__Codes__Key"] = "short" }, "ShareLinks:Codes:Key must be base64 of exactly 32 bytes.");

    [Fact]
    public async Task It_listens_on_7071_unless_it_is_told_otherwise()
    {
        await using var plain = StandaloneHead.Build(["--environment=Development"]);
        Assert.Equal("http://localhost:7071", plain.Configuration["urls"]);
        await using var told = StandaloneHead.Build(["--environment=Development", "--urls=http://127.0.0.1:7072"]);
        Assert.Equal("http://127.0.0.1:7072", told.Configuration["urls"]);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        AssertFailed(await RunHereAsync([], new() { ["urls"] = $"http://127.0.0.1:{port}" }), $"http://127.0.0.1:{port}: address already in use. Stop what listens there");
        AssertFailed(
            await RunHereAsync([], new() { ["ShareLinks:Storage:ConnectionString"] = "UseDevelopmentStorage=true", ["ShareLinks:Storage:Emulator:Port"] = $"{port}" }),
            $"Port {port} of this machine is taken by something other than Azurite");
    }

    [Fact]
    public async Task Without_node_it_says_what_to_install() => await FailsAsync(
        new()
        {
            ["ShareLinks__Storage__ConnectionString"] = "UseDevelopmentStorage=true",
            ["ShareLinks__Storage__Emulator__Port"] = $"{FreePort.Next()}",
            ["PATH"] = data.FullName,
        },
        "Node.js was not found");

    [Fact]
    public async Task Another_code_key_than_the_tables_were_written_with_is_refused()
    {
        var prefix = azurite.NewPrefix();
        await using (await TestApp.StartAsync(azurite, prefix: prefix))
        {
            // Its start leaves the fingerprint of the development key.
        }
        await using var app = AppProcess.Start(await published.ProgramFolderAsync(), azurite.ConnectionString, prefix, new() { ["ShareLinks__Codes__Key"] = Convert.ToBase64String(new byte[32]) });
        await app.WaitForExitAsync();
        Assert.Equal(1, app.ExitCode);
        Assert.Contains("ShareLinks:Codes:Key is not the key that the links in this storage account were minted with", app.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_time_zone_than_statistics_count_by_is_refused_until_all_is_counted_anew()
    {
        var prefix = azurite.NewPrefix();
        string code;
        await using (var app = await TestApp.StartAsync(azurite, prefix: prefix))
        {
            code = await app.MintCodeAsync(new { tags = new { group = "g-1" }, listingId = "item-1" });
            await app.Client.GetAsync("/" + code);
            await app.GetJsonAsync("/api/stats?subject=all");
        }
        var changed = new Dictionary<string, string?>
        {
            ["ShareLinks__Storage__TablePrefix"] = prefix,
            ["ShareLinks__ReportingTimeZone"] = "America/New_York",
            ["ShareLinks__ReportedTags__0"] = "group",
        };
        var settings = changed.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value);
        var (exitCode, output, errors) = await RunAsync([], changed);
        Assert.True(exitCode == 1, output + errors);
        Assert.Contains("count by time zone Asia/Shanghai and tags []", output, StringComparison.Ordinal);
        Assert.Contains("fold --rebuild", output, StringComparison.Ordinal);
        (exitCode, _, errors) = await RunHereAsync(["fold"], settings);
        Assert.Equal(1, exitCode);
        Assert.Contains("fold --rebuild", errors, StringComparison.Ordinal);

        (exitCode, output, errors) = await RunHereAsync(["fold", "--rebuild"], settings);
        Assert.True(exitCode == 0, output + errors);
        Assert.Contains("Statistics are complete through 20", output, StringComparison.Ordinal);
        await using var next = await TestApp.StartAsync(
            azurite, settings, prefix: prefix);
        var answer = await next.GetJsonAsync("/api/stats?subject=tag:group%3Dg-1");
        Assert.Equal(1, answer["total"]!["clicks"]!.GetValue<int>());
        Assert.Equal("America/New_York", answer["timeZone"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("keys", "create", "--scope", "mint,root")]
    [InlineData("keys", "create")]
    public async Task A_wrong_command_says_what_was_expected(params string[] args)
    {
        var (exitCode, _, errors) = await RunHereAsync(args, []);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("--scope", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys has no command lst: see keys --help.", "keys", "lst")]
    [InlineData("keys create has no option --nam: see keys create --help.", "keys", "create", "--scope", "mint", "--nam", "backend")]
    [InlineData("keys end-sessions has no option --all: see keys end-sessions --help.", "keys", "end-sessions", "--all")]
    [InlineData("fold has no option --rebuid: see fold --help.", "fold", "--rebuid")]
    [InlineData("backup has no option --form: see backup --help.", "backup", "--to", "x", "--form", "y")]
    [InlineData("There is no command keyz: see --help.", "keyz", "create", "--scope", "mint")]
    [InlineData("There is no command demo: see --help.", "demo")]
    [InlineData("There is no command simulate: see --help.", "simulate", "--clicks", "5")]
    [InlineData("--name must have at most 100 characters, none of them a control character.", "keys", "create", "--scope", "mint", "--name", "a\u0007")]
    public async Task What_is_misspelt_is_refused_and_nothing_done(string message, params string[] args)
    {
        var (exitCode, output, errors) = await RunHereAsync(args, []);
        Assert.Equal((1, "", message), (exitCode, output, errors.TrimEnd()));
    }

    [Fact]
    public async Task Keys_are_made_listed_and_revoked_by_commands()
    {
        var tables = new Dictionary<string, string?> { ["ShareLinks:Storage:TablePrefix"] = azurite.NewPrefix() };
        Assert.Equal((0, "", ""), await RunHereAsync(["keys", "list"], tables));
        var (_, created, _) = await RunHereAsync(["keys", "create", "--scope", "mint,query", "--name", "backend"], tables);
        var id = created.Split('_')[1];
        var (exitCode, output, _) = await RunHereAsync(["keys", "list"], tables);
        Assert.Equal(0, exitCode);
        Assert.Matches($"^{id}  20[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}  mint,query  backend\n$", output);
        Assert.Equal((1, "There is no key with this id: see keys list.\n"), await RevokeAsync(id[..^1] + (id[^1] == 'a' ? 'b' : 'a')));
        Assert.Equal((1, "There is no key with this id: see keys list.\n"), await RevokeAsync("a/b"));
        Assert.Equal((0, ""), await RevokeAsync(id));
        Assert.Equal((1, "There is no key with this id: see keys list.\n"), await RevokeAsync(id));
        Assert.Equal((0, "", ""), await RunHereAsync(["keys", "list"], tables));

        async Task<(int, string)> RevokeAsync(string key)
        {
            var (code, _, errors) = await RunHereAsync(["keys", "revoke", key], tables);
            return (code, errors);
        }
    }

    private async Task FailsAsync(Dictionary<string, string?> environment, string message) => AssertFailed(await RunAsync([], environment), message);

    private static void AssertFailed((int ExitCode, string Output, string Errors) run, string message)
    {
        Assert.True(run.ExitCode == 1, run.Output + run.Errors);
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.InRange(run.Errors.TrimEnd().Split('\n').Length, 1, 2);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunHereAsync(string[] args, Dictionary<string, string?> settings) => AppCommand.RunHereAsync(args, new(
        new Dictionary<string, string?>
        {
            ["environment"] = "Development",
            ["urls"] = $"http://127.0.0.1:{FreePort.Next()}",
            ["ShareLinks:Destinations:Web"] = TestApp.Web,
            ["ShareLinks:Storage:ConnectionString"] = azurite.ConnectionString,
            ["ShareLinks:Storage:TablePrefix"] = azurite.NewPrefix(),
        }.Concat(settings).GroupBy(setting => setting.Key).Select(setting => setting.Last())));

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] args, Dictionary<string, string?> environment) => AppCommand.RunAsync(AppCommand.Built, args, new(
        new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{FreePort.Next()}",
            ["ShareLinks__Storage__ConnectionString"] = azurite.ConnectionString,
            ["ShareLinks__Storage__TablePrefix"] = azurite.NewPrefix(),
        }.Concat(environment).GroupBy(setting => setting.Key).Select(setting => setting.Last())));

    private static async Task<bool> IsListeningAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
