using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;

namespace ShareLinks.Storage;

/// <summary>Azurite, Microsoft's storage emulator, as a child of this app: for developers' machines and tests.</summary>
public sealed class Emulator : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly Process process;

    private Emulator(Process process) => this.process = process;

    /// <summary>Starts Azurite when the app is set to use it and none runs; null when there is nothing to do.</summary>
    /// <exception cref="StorageSetupException">Something is missing; the message says what to do.</exception>
    public static async Task<Emulator?> StartIfNeededAsync(StorageOptions options, TimeProvider time, CancellationToken cancellationToken = default)
    {
        if (!options.UsesEmulator)
            return null;
        var port = options.Emulator.Port;
        var listener = await ProbeAsync(port, cancellationToken);
        if (listener == Listener.Azurite)
        {
            // The one of an app that was killed a moment ago may be about to end.
            await Task.Delay(TimeSpan.FromMilliseconds(300), time, cancellationToken);
            listener = await ProbeAsync(port, cancellationToken);
        }
        switch (listener)
        {
            case Listener.Azurite:
                return null;
            case Listener.SomethingElse:
                throw new StorageSetupException(
                    $"Port {port} of this machine is taken by something other than Azurite: stop it, or set ShareLinks__Storage__Emulator__Port to a free port.");
        }

        var emulator = new Emulator(Start(options.Emulator));
        var started = time.GetTimestamp();
        while (await ProbeAsync(port, cancellationToken) != Listener.Azurite)
        {
            if (emulator.process.HasExited)
            {
                // Another app that was started at the same moment may have been first.
                if (await ProbeAsync(port, cancellationToken) == Listener.Azurite)
                    return null;
                throw new StorageSetupException(
                    $"Azurite ended at once (exit code {emulator.process.ExitCode}): run `npx azurite-table --tablePort {port}` in the repository to see why.");
            }
            if (time.GetElapsedTime(started) > StartTimeout)
            {
                await emulator.DisposeAsync();
                throw new StorageSetupException($"Azurite did not answer on port {port} within {StartTimeout.TotalSeconds:0} s: see what else uses this machine, then try again.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
        return emulator;
    }

    /// <summary>Lets Azurite save its tables and end.</summary>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(StopTimeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
        process.Dispose();
    }

    private static Process Start(EmulatorOptions options)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "emulator.mjs");
        var root = RepositoryRoot()
            ?? throw new StorageSetupException(
                "Azurite is not installed here: run from the repository (dotnet run --project functions), or set ShareLinks__Storage__ConnectionString.");
        string[] place = [];
        if (options.Folder.Length > 0)
        {
            place = [Path.GetFullPath(options.Folder, root)];
            Directory.CreateDirectory(place[0]);
        }
        try
        {
            return Process.Start(new ProcessStartInfo("node", [script, options.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), .. place])
            {
                WorkingDirectory = root,
                RedirectStandardInput = true,
            })!;
        }
        catch (Win32Exception)
        {
            throw new StorageSetupException("Node.js was not found, and Azurite needs it: install Node.js 20 or newer, or set ShareLinks__Storage__ConnectionString.");
        }
    }

    /// <summary>The nearest folder above the executable in which Azurite is installed.</summary>
    private static string? RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "node_modules", "azurite")))
                return folder.FullName;
        }
        return null;
    }

    private static async Task<Listener> ProbeAsync(int port, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new HttpClientHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/"), cancellationToken);
            return response.Headers.Server.ToString().Contains("Azurite", StringComparison.OrdinalIgnoreCase) ? Listener.Azurite : Listener.SomethingElse;
        }
        catch (HttpRequestException fault) when (fault.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return Listener.None;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return Listener.SomethingElse;
        }
    }

    private enum Listener
    {
        None,
        Azurite,
        SomethingElse,
    }
}

/// <summary>Storage cannot be set up; the message is one sentence for the person who started the app.</summary>
public sealed class StorageSetupException(string message) : Exception(message);
