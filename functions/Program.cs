using ShareLinks.Hosting;
using ShareLinks.Hosting.Worker;

namespace ShareLinks;

/// <summary>Starts the head that the arguments ask for: a worker of the Functions host, a command, or a server of its own.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => CommandLine.ReportFailuresAsync(() =>
        WorkerHead.IsStartedByFunctionsHost(args) ? WorkerHead.RunAsync(args) : CommandLine.RunAsync(args, settings => StandaloneHead.ServeAsync(settings), () => StandaloneHead.Build([])));
}
