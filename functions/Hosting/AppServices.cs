using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ShareLinks.Codes;
using ShareLinks.Security;

namespace ShareLinks.Hosting;

/// <summary>What both heads are made of: the settings, the services, and how the web server behaves.</summary>
internal static class AppServices
{
    /// <summary>Adds it to a head; gives the settings.</summary>
    /// <exception cref="SettingsException">A setting is wrong.</exception>
    public static Settings Add(IHostApplicationBuilder builder)
    {
        var (services, isDevelopment) = (builder.Services, builder.Environment.IsDevelopment());
        var settings = Settings.Read(builder.Configuration, builder.Environment);
        // Requests continue on the thread that read them instead of waiting for another one: nothing here blocks it.
        services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        services.Configure<KestrelServerOptions>(server =>
        {
            server.AddServerHeader = false;
            BodyLimit.Configure(server.Limits);
            // A pasted text of the greatest length, percent-encoded, and the rest of the line.
            server.Limits.MaxRequestLineSize = 4 * CodeScanner.MaxBytes;
            server.Limits.MaxRequestHeaderCount = 64;
            server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        ApiKeyAuthentication.AddTo(services);
        ApiReference.Add(services);
        ShareLinksServices.Add(services, settings, isDevelopment);
        KeyLimit.Add(services, settings.Limits);
        return settings;
    }
}
