using ShareLinks.Links;

namespace ShareLinks.Tests.Links;

public class PublicAddressTests
{
    [Theory]
    [InlineData("https://s.example", "https://s.example", "s.example")]
    [InlineData("https://s.example.", "https://s.example", "s.example")]
    [InlineData("https://s.example.:8443/", "https://s.example:8443", "s.example:8443")]
    [InlineData("http://[::1]:7071", "http://[::1]:7071", "[::1]:7071")]
    [InlineData("http://[::1]", "http://[::1]", "[::1]")]
    public void A_host_with_a_final_dot_is_the_same_host(string baseUrl, string root, string authority)
    {
        var address = new PublicAddress(() => new Uri(baseUrl), ["Old.Example.", "older.example.:8080", "oldest.example"]);
        Assert.Equal(root, address.ToString());
        Assert.Equal([authority, "old.example", "older.example:8080", "oldest.example"], address.Authorities.Value);
    }
}
