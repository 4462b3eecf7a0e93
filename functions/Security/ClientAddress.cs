using System.Net;
using System.Net.Sockets;

namespace ShareLinks.Security;

/// <summary>Where a request comes from: for limits, the country and the day's count of visitors. No address is stored or logged.</summary>
/// <param name="header">
/// The header in which the nearest edge tells the client's address, such as <c>CLIENT-IP</c>; of a list the last entry counts, since it is the
/// one that the edge itself added. Null where none is named.
/// </param>
/// <param name="isPeerTheClient">Whether the peer's address is the client's where no header is named; otherwise the client's is not known then.</param>
public sealed class ClientAddress(string? header, bool isPeerTheClient)
{
    /// <summary>Whether clients' addresses can be known at all.</summary>
    public bool IsKnown => header is not null || isPeerTheClient;

    /// <summary>The client's address, an IPv4 one in its own form. Null when it is not known, as behind a proxy on this machine.</summary>
    public IPAddress? AddressOf(HttpContext http)
    {
        var address = header is not null ? Parse(http.Request.Headers[header].ToString()) : isPeerTheClient ? http.Connection.RemoteIpAddress : null;
        if (address is { IsIPv4MappedToIPv6: true })
            address = address.MapToIPv4();
        return address is null || IPAddress.IsLoopback(address) ? null : address;
    }

    /// <summary>The client's network: an IPv4 address, or the /64 of an IPv6 one. Null when it is not known.</summary>
    public string? NetworkOf(HttpContext http) => NetworkOf(AddressOf(http));

    /// <inheritdoc cref="NetworkOf(HttpContext)"/>
    public static string? NetworkOf(IPAddress? address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6 } ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address?.ToString();

    private static IPAddress? Parse(string value)
    {
        var last = value.AsSpan()[(value.LastIndexOf(',') + 1)..].Trim();
        // With a port (1.2.3.4:5678, [2001:db8::1]:5678), as Azure's front ends write it, or without.
        return IPAddress.TryParse(last, out var address) ? address : IPEndPoint.TryParse(last, out var endPoint) ? endPoint.Address : null;
    }
}
