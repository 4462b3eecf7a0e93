using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ShareLinks.Hosting;
using ShareLinks.Links;
using ShareLinks.Reporting;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks.Simulation;

/// <summary><c>demo</c>: simulates two months of a marketplace, serves them, and opens the dashboard. Nothing is kept.</summary>
internal static class DemoCommand
{
    public const int Days = 60;
    public const int Listings = 300;
    public const int Sharers = 150;

    /// <summary>Few enough for two cores to simulate in less than a minute.</summary>
    public const int DefaultClicks = 60_000;

    private static readonly Option<int> Clicks = new("--clicks") { Description = "Openings in the two months", DefaultValueFactory = _ => DefaultClicks };
    private static readonly Option<string> Urls = new("--urls") { Description = "Where to listen", DefaultValueFactory = _ => ListeningAddress.Default };
    private static readonly Option<bool> NoBrowser = new("--no-browser") { Description = "Print the dashboard's address only" };

    public static Command Create()
    {
        var command = new Command("demo", "Serve two simulated months of a marketplace from memory, and open the dashboard (takes up to a minute)") { Clicks, Urls, NoBrowser };
        command.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(Clicks) is < 1 or > SimulationPlan.MaxClicks)
                return await RefuseAsync(string.Create(CultureInfo.InvariantCulture, $"{Clicks.Name} must be 1 to {SimulationPlan.MaxClicks}."));
            // The demo has its own store, so it touches neither .data nor a real account.
            string[] settings =
            [
                $"--urls={result.GetValue(Urls)}", $"--ShareLinks:Storage:ConnectionString={StorageOptions.DevelopmentStorage}",
                string.Create(CultureInfo.InvariantCulture, $"--ShareLinks:Storage:Emulator:Port={FreePort()}"), "--ShareLinks:Storage:Emulator:Folder=",
            ];
            await using var writer = StandaloneHead.Build(settings, replace: SimulateCommand.Add);
            if (!writer.Environment.IsDevelopment())
                return await RefuseAsync("demo runs in Development only: start it with dotnet run, or set ASPNETCORE_ENVIRONMENT=Development.");
            var services = writer.Services;
            await using var emulator = await Emulator.StartIfNeededAsync(services.GetRequiredService<Settings>().Storage, TimeProvider.System, cancellationToken);
            var (zone, now) = (services.GetRequiredService<ReportingZone>(), TimeProvider.System.GetUtcNow());
            await SimulateCommand.RunAsync(
                services, SimulationPlan.Until(zone.DayOf(now).Date, Days, Listings, Sharers, result.GetValue(Clicks), seed: 1, zone, now), cancellationToken);
            return await StandaloneHead.ServeAsync(settings, app => Show(app.Services.GetRequiredService<PublicAddress>().Url("dashboard"), result.GetValue(NoBrowser)));
        });
        return command;
    }

    private static void Show(string dashboard, bool noBrowser)
    {
        Console.WriteLine($"Dashboard: {dashboard} (sign in with {DevelopmentKey.Value})");
        var hasDesktop = !OperatingSystem.IsLinux() || IsSet("DISPLAY") || IsSet("WAYLAND_DISPLAY");
        if (noBrowser || !hasDesktop)
            return;
        try
        {
            Process.Start(new ProcessStartInfo(dashboard) { UseShellExecute = true })?.Dispose();
        }
        catch (Win32Exception)
        {
            Console.WriteLine("No browser could be opened: open that address yourself.");
        }
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<int> RefuseAsync(string reason)
    {
        await Console.Error.WriteLineAsync(reason);
        return 1;
    }
}
