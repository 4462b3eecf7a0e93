using ShareLinks.Codes;
using ShareLinks.Hosting;
using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks;

/// <summary>The composition root.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => CommandLine.RunAsync(args, ServeAsync, (settings, replace) => Build(settings, replace: replace));

    /// <summary>The app, ready to be started.</summary>
    /// <param name="args">Settings, as ASP.NET takes them.</param>
    /// <param name="configure">Further settings, for tests.</param>
    /// <param name="replace">Services in the place of the app's own.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null, Action<IServiceCollection>? replace = null)
    {
        // Wherever it is started from, its own appsettings.json holds: without it every request would be logged, pasted texts and all.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        configure?.Invoke(builder);
        var isDevelopment = builder.Environment.IsDevelopment();
        var settings = Settings.Read(builder.Configuration, builder.Environment);
        ListeningAddress.Configure(builder);
        // Requests go on where they were read instead of waiting for another thread: nothing here blocks one.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            BodyLimit.Configure(server.Limits);
            // A pasted text of the greatest length, percent-encoded, and the rest of the line.
            server.Limits.MaxRequestLineSize = 4 * CodeScanner.MaxBytes;
            server.Limits.MaxRequestHeaderCount = 64;
            server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        if (!isDevelopment)
            builder.Logging.ClearProviders().AddJsonConsole();
        ApiKeyAuthentication.AddTo(builder.Services);
        ApiReference.Add(builder.Services);
        ShareLinksServices.Add(builder.Services, settings, isDevelopment);
        KeyLimit.Add(builder.Services, settings.Limits);
        Telemetry.Add(builder, settings.Telemetry);
        replace?.Invoke(builder.Services);

        var app = builder.Build();
        SecurityHeaders.Use(app);
        app.UseMiddleware<Faults>();
        BodyLimit.Use(app);
        LinkShortcut.Use(app);
        ApiReference.UsePagePolicy(app);
        app.UseRouting();
        ApiKeyAuthentication.Use(app);
        Routes.Map(app, isDevelopment);
        return app;
    }

    private static async Task<int> ServeAsync(string[] args, Action<WebApplication>? started)
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
            // Something that is checked in the background has stopped it, and said why.
            return Environment.ExitCode;
        }
        if (app.Environment.IsDevelopment())
            StartBanner.Print(Console.Out, services.GetRequiredService<PublicAddress>());
        started?.Invoke(app);
        await app.WaitForShutdownAsync();
        return Environment.ExitCode;
    }
}
