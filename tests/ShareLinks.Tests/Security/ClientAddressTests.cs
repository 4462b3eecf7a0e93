using System.Net;
using Microsoft.AspNetCore.Http;
using ShareLinks.Security;

namespace ShareLinks.Tests.Security;

public class ClientAddressTests
{
    [Theory]
    [InlineData("8.8.8.8", "8.8.8.8", "8.8.8.8")]
    [InlineData("8.8.8.8:5678", "8.8.8.8", "8.8.8.8")]
    [InlineData("::ffff:8.8.8.8", "8.8.8.8", "8.8.8.8")]
    [InlineData("1.2.3.4, 8.8.8.8", "8.8.8.8", "8.8.8.8")]
    [InlineData("2400:3200:1:2:3:4:5:6", "2400:3200:1:2:3:4:5:6", "2400320000010002")]
    [InlineData("[2400:3200:1:2::9]:5678", "2400:3200:1:2::9", "2400320000010002")]
    [InlineData("127.0.0.1", null, null)]
    [InlineData("::1", null, null)]
    [InlineData("unknown", null, null)]
    [InlineData("", null, null)]
    public void The_edge_tells_the_address_and_an_ipv6_network_is_a_64(string told, string? address, string? network)
    {
        var clients = new ClientAddress("CLIENT-IP", isPeerTheClient: false);
        var http = new DefaultHttpContext();
        http.Request.Headers["CLIENT-IP"] = told;
        http.Connection.RemoteIpAddress = IPAddress.Parse("9.9.9.9");
        Assert.Equal(address, clients.AddressOf(http)?.ToString());
        Assert.Equal(network, clients.NetworkOf(http));
    }

    [Fact]
    public void Without_an_edge_the_peer_is_the_client()
    {
        var http = new DefaultHttpContext();
        http.Request.Headers["CLIENT-IP"] = "8.8.8.8";
        http.Connection.RemoteIpAddress = IPAddress.Parse("9.9.9.9");
        Assert.Equal("9.9.9.9", new ClientAddress(null, isPeerTheClient: true).AddressOf(http)!.ToString());
    }
}
