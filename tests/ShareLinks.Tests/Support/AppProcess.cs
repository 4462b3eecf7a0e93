using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using ShareLinks.Security;

namespace ShareLinks.Tests.Support;

/// <summary>The published app as a process of its own, which a test may stop, continue and kill.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    private AppProcess(Process process, Uri address)
    {
        this.process = process;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = address, Timeout = Scale.HangTimeout };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DevelopmentKey.Value);
        Client.DefaultRequestHeaders.UserAgent.ParseAdd(Agents.Desktop);
    }

    public HttpClient Client { get; }

    public string Output => string.Join('\n', output);

    /// <summary>The operating system's number for it.</summary>
    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>Starts the app and waits until it answers.</summary>
    public static async Task<AppProcess> StartAsync(string folder, string connectionString, string prefix, Dictionary<string, string>? environment = null)
    {
        var app = Start(folder, connectionString, prefix, environment);
        try
        {
            await app.UntilItAnswersAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="InvalidOperationException">It has ended instead; the message is what it wrote.</exception>
    public async Task UntilItAnswersAsync()
    {
        for (var started = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                (await Client.GetAsync(new Uri("/", UriKind.Relative))).EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (!HasExited && TimeProvider.System.GetElapsedTime(started) < Scale.HangTimeout)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
            catch (HttpRequestException fault)
            {
                throw new InvalidOperationException($"The app did not start:\n{Output}", fault);
            }
        }
    }

    /// <summary>Starts the app, or one of its commands.</summary>
    public static AppProcess Start(
        string folder, string connectionString, string prefix, Dictionary<string, string>? environment = null, params string[] command) =>
        StartProgram(Path.Combine(folder, "ShareLinks"), connectionString, prefix, environment, command);

    /// <summary>Starts a program that serves the app.</summary>
    public static AppProcess StartProgram(
        string program, string connectionString, string prefix, Dictionary<string, string>? environment = null, params string[] command)
    {
        var port = FreePort.Next();
        var start = new ProcessStartInfo(program, command)
        {
            WorkingDirectory = Path.GetDirectoryName(program),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
                ["ShareLinks__Storage__ConnectionString"] = connectionString,
                ["ShareLinks__Storage__TablePrefix"] = prefix,
                ["ShareLinks__Destinations__Web"] = TestApp.Web,
            },
        };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        var process = ChildProcess.Start(start);
        var app = new AppProcess(process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
        app.process.OutputDataReceived += (_, line) => app.output.Enqueue(line.Data ?? "");
        app.process.ErrorDataReceived += (_, line) => app.output.Enqueue(line.Data ?? "");
        app.process.BeginOutputReadLine();
        app.process.BeginErrorReadLine();
        return app;
    }

    /// <summary>SIGKILL: nothing of the app runs after this.</summary>
    public void Kill() => process.Kill();

    /// <summary>SIGSTOP: it stands still wherever it is.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>SIGTERM: it may finish what it is at, as after a Ctrl-C (which a run in the background would be deaf to).</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    public async Task WaitForExitAsync()
    {
        using var timeout = new CancellationTokenSource(Scale.HangTimeout);
        await process.WaitForExitAsync(timeout.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
