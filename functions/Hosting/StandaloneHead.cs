using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>The app as a web server of its own, with its own timer and, in Development, its own storage emulator.</summary>
public static class StandaloneHead
{
    /// <summary>The app, ready to be started.</summary>
    /// <param name="args">Settings, as ASP.NET takes them.</param>
    /// <param name="configure">Further settings, for tests.</param>
    /// <param name="replace">Services in the place of the app's own.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null, Action<IServiceCollection>? replace = null)
    {
        // Its own appsettings.json applies wherever it is started from: without it every request would be logged, pasted texts and all.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        configure?.Invoke(builder);
        ListeningAddress.Configure(builder);
        if (!builder.Environment.IsDevelopment())
            builder.Logging.ClearProviders().AddJsonConsole();
        var settings = AppServices.Add(builder);
        Telemetry.Add(builder, settings.Telemetry);
        builder.Services.AddSingleton(new ClientAddress(settings.ClientAddressHeader, isPeerTheClient: true));
        builder.Services.AddSingleton(provider => ListeningAddress.PublicAddress(provider, settings));
        builder.Services.AddHostedService<FoldLoop>();
        replace?.Invoke(builder.Services);

        var app = builder.Build();
        RequestPipeline.Use(app);
        return app;
    }

    /// <summary>Serves until it is stopped.</summary>
    /// <param name="args">Settings, as ASP.NET takes them.</param>
    /// <param name="started">Called once it listens.</param>
    public static async Task<int> ServeAsync(string[] args, Action<WebApplication>? started = null)
    {
        await using var app = Build(args);
        var services = app.Services;
        await using var emulator = await Emulator.StartIfNeededAsync(services.GetRequiredService<Settings>().Storage, services.GetRequiredService<TimeProvider>());
        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // A check in the background has stopped it, and logged why.
            return Environment.ExitCode;
        }
        if (app.Environment.IsDevelopment())
            StartBanner.Print(Console.Out, services.GetRequiredService<PublicAddress>());
        started?.Invoke(app);
        await app.WaitForShutdownAsync();
        return Environment.ExitCode;
    }
}
