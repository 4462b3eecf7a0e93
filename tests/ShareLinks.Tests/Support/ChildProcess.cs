using System.Collections.Concurrent;
using System.Diagnostics;

namespace ShareLinks.Tests.Support;

/// <summary>Starts programs that end with this process, however it ends: also when a run is killed.</summary>
/// <remarks>
/// The kernel kills a child when the thread that started it ends (PR_SET_PDEATHSIG, which setpriv of util-linux sets), and threads of the pool come and go.
/// So one thread starts all of them. It lasts until this is disposed of; <see cref="Start"/> uses one that lasts as long as the process. Thread-safe.
/// </remarks>
internal sealed class ChildProcess : IDisposable
{
    private static readonly ChildProcess Shared = new();

    private readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> requests = [];
    private readonly Thread thread;

    public ChildProcess()
    {
        thread = new Thread(StartAll) { IsBackground = true, Name = "Starts processes" };
        thread.Start();
    }

    /// <summary>Starts a program; its process has the same id as without this.</summary>
    public static Process Start(ProcessStartInfo start) => Shared.StartChild(start);

    /// <summary>Starts a program that ends when this is disposed of.</summary>
    public Process StartChild(ProcessStartInfo start)
    {
        List<string> arguments = ["--pdeathsig", "KILL", "--", start.FileName, .. start.ArgumentList];
        start.FileName = "/usr/bin/setpriv";
        start.ArgumentList.Clear();
        arguments.ForEach(start.ArgumentList.Add);
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        requests.Add((start, started));
        return started.Task.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        requests.CompleteAdding();
        thread.Join();
        requests.Dispose();
    }

    private void StartAll()
    {
        foreach (var (start, started) in requests.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception fault)
            {
                // Thrown where the program was to be started.
                started.SetException(fault);
            }
        }
    }
}
