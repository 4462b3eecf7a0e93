using System.Net;
using System.Net.Sockets;

namespace ShareLinks.Tests.Support;

internal static class FreePort
{
    /// <summary>Below those that the system gives to connections, so that none takes one before its server starts.</summary>
    private const int First = 12_000;
    private const int Count = 20_000;

    /// <summary>Processes that run side by side begin at different places.</summary>
    private static int last = Environment.ProcessId * 101 % Count;

    /// <summary>A port of the loopback address that nothing uses, another one each time.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref last) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Something listens there.
            }
        }
    }
}
