using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using ShareLinks.Links;

namespace ShareLinks.Hosting;

/// <summary>Where this process listens, and how others on the network reach it.</summary>
public static class ListeningAddress
{
    public const string Default = "http://localhost:7071";

    /// <summary>Listens as ASP.NET is configured, else on <see cref="Default"/>.</summary>
    public static void Configure(WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey])
            && string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.HttpPortsKey])
            && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(Default);
        }
    }

    /// <summary>The address under which people reach a server of its own.</summary>
    public static PublicAddress PublicAddress(IServiceProvider services, Settings settings)
    {
        var server = services.GetRequiredService<IServer>();
        return new(() => new Uri(settings.BaseUrl ?? Own(server)), settings.FormerHosts);
    }

    /// <summary>The first address listened on, with this machine's network address in the place of "any".</summary>
    private static string Own(IServer server)
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? Default;
        var parsed = BindingAddress.Parse(address);
        var isAny = parsed.Host is "+" or "*" || (IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
        return isAny ? $"{parsed.Scheme}://{NetworkAddress()}:{parsed.Port}" : address;
    }

    private static string NetworkAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .FirstOrDefault(address => address.Address.AddressFamily == AddressFamily.InterNetwork)?.Address.ToString() ?? "localhost";
}
