using System.Net;
using System.Net.Sockets;

namespace ShareLinks.Tests.Support;

internal static class FreePort
{
    /// <summary>A port of the loopback address that nothing used a moment ago.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
