using System.Diagnostics;
using System.Globalization;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>A server as a process of its own, on a loopback port.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, Uri address) => (this.process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Processor time that it has used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it and waits until it answers; with the time from the start to the first answer.</summary>
    /// <param name="folder">Where it was published.</param>
    /// <param name="name">The executable.</param>
    /// <param name="environment">Its settings.</param>
    /// <param name="firstPath">What is asked of it first.</param>
    /// <param name="firstStatus">What it answers to that.</param>
    public static async Task<(ServerProcess Server, TimeSpan Start)> StartAsync(string folder, string name, Dictionary<string, string> environment, string firstPath, int firstStatus)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        var start = new ProcessStartInfo(Path.Combine(folder, name)) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, firstPath));
                request.Headers.UserAgent.ParseAdd(Agents.AndroidChrome);
                using var response = await client.SendAsync(request);
                if ((int)response.StatusCode != firstStatus)
                    throw new InvalidOperationException($"{name} answered {response.StatusCode} to {firstPath}.");
                return (new ServerProcess(process, address), Stopwatch.GetElapsedTime(started));
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }
            catch (HttpRequestException)
            {
                throw new InvalidOperationException($"{name} did not start: {await errors}");
            }
        }
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
