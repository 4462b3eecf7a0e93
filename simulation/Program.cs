using System.CommandLine;
using ShareLinks.Hosting;

namespace ShareLinks.Simulation;

/// <summary>Invents the history of a marketplace and writes it through the app's own code: for a first look, tests and measurements.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => CommandLine.ReportFailuresAsync(async () =>
    {
        try
        {
            return await CommandLine.InvokeAsync(CreateRoot(), args);
        }
        catch (SimulationException fault)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
    });

    /// <summary>Its commands.</summary>
    internal static RootCommand CreateRoot() => new("Invented histories of a marketplace's share links.") { DemoCommand.Create(), SimulateCommand.Create() };
}
