using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.FunctionsHost;

/// <summary>The worker as the host starts it: by <c>worker.config.json</c> of the published folder, in that folder, with the host's address as arguments.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int MaxMessageBytes = int.MaxValue;

    private readonly Process process;

    public WorkerProcess(string folder, Uri host, string id, IReadOnlyDictionary<string, string> environment, ConcurrentQueue<string> output)
    {
        var description = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "worker.config.json")))!["description"]!;
        var bytes = MaxMessageBytes.ToString(CultureInfo.InvariantCulture);
        var request = Ids.Next();
        var start = new ProcessStartInfo(((string)description["defaultExecutablePath"]!).Replace("{WorkerRoot}", folder + Path.DirectorySeparatorChar, StringComparison.Ordinal), [
            Path.Combine(folder, (string)description["defaultWorkerPath"]!),
            "--host", host.Host, "--port", host.Port.ToString(CultureInfo.InvariantCulture), "--workerId", id, "--requestId", request, "--grpcMaxMessageLength", bytes,
            "--functions-uri", host.AbsoluteUri, "--functions-worker-id", id, "--functions-request-id", request, "--functions-grpc-max-message-length", bytes])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = folder;
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = folder;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = ChildProcess.Start(start);
        process.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    public void Kill()
    {
        if (!process.HasExited)
            process.Kill();
    }

    /// <summary>Waits until it has ended; false when it still runs after the time given.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan time)
    {
        using var timeout = new CancellationTokenSource(time);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
