using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration.Json;
using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Storage;

namespace ShareLinks.Hosting.Worker;

/// <summary>The app as an isolated worker of the Azure Functions host, which passes requests on and sets the timer off.</summary>
internal static class WorkerHead
{
    /// <summary>Less than the 5 s after which the host ends the process.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Whether the Functions host started this process: by the address of its own server among the arguments, or inside the process that it keeps
    /// ready for a first start.
    /// </summary>
    public static bool IsStartedByFunctionsHost(string[] args) => args.Contains("--functions-uri") || AppContext.GetData("AZURE_FUNCTIONS_NATIVE_HOST") is not null;

    /// <summary>Serves until the host stops it.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var host = Build(args);
        var services = host.Services;
        await using var emulator = await Emulator.StartIfNeededAsync(services.GetRequiredService<Settings>().Storage, services.GetRequiredService<TimeProvider>());
        await host.RunAsync();
        return Environment.ExitCode;
    }

    private static IHost Build(string[] args)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        // As for a server of its own: the app's settings apply in whatever folder the host starts it. What is set by the environment comes first.
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource { Path = "appsettings.json", FileProvider = new Microsoft.Extensions.FileProviders.PhysicalFileProvider(AppContext.BaseDirectory) });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopTimeout);
        var settings = AppServices.Add(builder);
        Telemetry.Add(builder, settings.Telemetry, telemetry => telemetry.UseFunctionsWorkerDefaults());
        // The peer is the host or what stands before it, and anybody may write a header: only the one that a deployment names is believed.
        builder.Services.AddSingleton(new ClientAddress(settings.ClientAddressHeader, isPeerTheClient: false));
        builder.Services.AddSingleton(new PublicAddress(() => new Uri(settings.BaseUrl ?? ListeningAddress.Default), settings.FormerHosts));
        builder.Services.AddSingleton<RequestPipeline>();
        builder.Services.AddHostedService<PipelinePreparation>();
        builder.Services.AddSingleton<InvocationPairs>();
        builder.Services.AddSingleton<IStartupFilter, RequestPairing>();

        builder.UseMiddleware<InvocationAnnouncement>();
        // Last, so that its server is the first to stop: what is stored at the end is all that it answered.
        builder.ConfigureFunctionsWebApplication();
        builder.Services.PostConfigure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.None);
        RemoveDataProtection(builder.Services);
        return builder.Build();
    }

    /// <summary>MVC, which the worker adds for the results of functions, would keep keys on this machine's disk; nothing here uses them.</summary>
    private static void RemoveDataProtection(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        foreach (var service in services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly.GetName().Name == "Microsoft.AspNetCore.DataProtection").ToList())
            services.Remove(service);
    }
}
