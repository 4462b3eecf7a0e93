using ShareLinks.Links;

namespace ShareLinks.Tests.Links;

public class DestinationTemplateTests
{
    [Theory]
    [InlineData("https://m.example/item/{listingId}?clickId={clickId}", "https://m.example/item/a%2Fb?clickId=C")]
    [InlineData("https://m.example/item/{listingId}", "https://m.example/item/a%2Fb?clickId=C")]
    [InlineData("https://m.example/item?id={listingId}", "https://m.example/item?id=a%2Fb&clickId=C")]
    [InlineData("https://m.example/item?id={listingId}#x", "https://m.example/item?id=a%2Fb&clickId=C#x")]
    [InlineData("https://m.example", "https://m.example/?clickId=C")]
    [InlineData("https://m.example/#/{clickId}", "https://m.example/#/C")]
    [InlineData("https://M.Example:443/x/../y", "https://m.example/y?clickId=C")]
    [InlineData("https://m.example:8443/x", "https://m.example:8443/x?clickId=C")]
    [InlineData("https://[::1]:7071/{listingId}", "https://[::1]:7071/a%2Fb?clickId=C")]
    [InlineData("https://m.example/闲鱼", "https://m.example/%E9%97%B2%E9%B1%BC?clickId=C")]
    [InlineData("https://闲鱼.example/", "https://xn--di5au2k.example/?clickId=C")]
    public void Ids_are_put_in_as_components(string template, string expected)
    {
        var parsed = DestinationTemplate.TryParse(template, allowHttp: false, out var error);
        Assert.True(parsed is not null, error);
        Assert.Equal(expected, parsed.Expand("a/b", "C"));
    }

    [Theory]
    [InlineData("a b", "a%20b")]
    [InlineData("?x=1&y#z", "%3Fx%3D1%26y%23z")]
    [InlineData("%2e%2e", "%252e%252e")]
    [InlineData("{clickId}", "%7BclickId%7D")]
    [InlineData("\r\nSet-Cookie: x", "%0D%0ASet-Cookie%3A%20x")]
    [InlineData("\"><script>", "%22%3E%3Cscript%3E")]
    [InlineData("😀", "%F0%9F%98%80")]
    public void No_listing_id_breaks_out_of_its_place(string listingId, string encoded) => Assert.Equal(
        $"https://m.example/item/{encoded}?clickId=C",
        DestinationTemplate.TryParse("https://m.example/item/{listingId}", allowHttp: false, out _)!.Expand(listingId, "C"));

    [Theory]
    [InlineData("")]
    [InlineData("m.example/item")]
    [InlineData("//m.example/item")]
    [InlineData("http://m.example/item")]
    [InlineData("ftp://m.example/item")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("https://user@m.example/")]
    [InlineData("https://user:pass@m.example/")]
    [InlineData("https://{listingId}.example/")]
    [InlineData("https://m.example/{sharerId}")]
    [InlineData("https://m.example/{")]
    [InlineData("https://m.example/\r\nx")]
    [InlineData("https://m.example/ x")]
    [InlineData("https://m.example\\@evil.example/")]
    [InlineData("https:///x")]
    [InlineData("https://a\u2488com/")]
    [InlineData("https://\u00ad/")]
    public void What_is_no_web_address_is_refused(string template)
    {
        Assert.Null(DestinationTemplate.TryParse(template, allowHttp: false, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void A_very_long_address_is_refused() =>
        Assert.Null(DestinationTemplate.TryParse("https://m.example/" + new string('x', DestinationTemplate.MaxLength), allowHttp: false, out _));

    [Theory]
    [InlineData("https://www.m.example/x", true)]
    [InlineData("https://WWW.M.EXAMPLE/x", true)]
    [InlineData("https://www.m.example./x", true)]
    [InlineData("https://www.m.example.:443/x", true)]
    [InlineData("https://www.m.example.:8443/x", false)]
    [InlineData("https://m.example/x", false)]
    [InlineData("https://www.m.example:8443/x", false)]
    [InlineData("https://www.m.example.evil.example/x", false)]
    [InlineData("https://evil.example/?www.m.example", false)]
    [InlineData("https://evil.example/#@www.m.example", false)]
    [InlineData("https://www.m.example@evil.example/", false)]
    [InlineData("https://xn--www-.m.example/", false)]
    public void A_link_leads_only_to_allowed_hosts(string address, bool isAllowed)
    {
        var destinations = new Destinations(new DestinationOptions { AllowedHosts = { "www.m.example" } }, allowHttp: false);
        Assert.Equal(isAllowed, destinations.TryParseOwn(address, out _) is not null);
    }

    /// <summary>A final dot makes a name absolute in the domain name system.</summary>
    [Theory]
    [InlineData("www.m.example.", "https://www.m.example/x", "https://www.m.example/x?clickId=")]
    [InlineData("www.m.example", "https://www.m.example./x", "https://www.m.example/x?clickId=")]
    [InlineData("www.m.example.:8443", "https://www.m.example:8443/x", "https://www.m.example:8443/x?clickId=")]
    [InlineData("www.m.example:8443", "https://www.m.example.:8443/x", "https://www.m.example:8443/x?clickId=")]
    public void A_host_with_a_final_dot_is_the_same_host(string configured, string address, string sent)
    {
        var destinations = new Destinations(new DestinationOptions { AllowedHosts = { configured }, ImageHosts = { configured } }, allowHttp: false);
        Assert.Equal(sent, destinations.TryParseOwn(address, out _)!.Expand(null, ""));
        Assert.Equal(sent.Split('?')[0], destinations.AllowedImage(address)!.AbsoluteUri);
        var web = new Destinations(new DestinationOptions { Web = address + "/{listingId}" }, allowHttp: false);
        Assert.Equal(configured.Replace(".example.", ".example", StringComparison.Ordinal), web.Web!.Authority);
        Assert.NotNull(web.TryParseOwn(address, out _));
    }

    [Fact]
    public void Without_allowed_hosts_the_templates_hosts_are_allowed()
    {
        var destinations = new Destinations(new DestinationOptions { Web = "https://www.m.example/{listingId}" }, allowHttp: false);
        Assert.NotNull(destinations.TryParseOwn("https://www.m.example/event", out _));
        Assert.Null(destinations.TryParseOwn("https://other.example/event", out _));
        Assert.Null(new Destinations(new DestinationOptions(), allowHttp: false).TryParseOwn("https://www.m.example/event", out _));
    }

    [Fact]
    public void A_wrong_template_in_the_configuration_is_named() =>
        Assert.Contains("ShareLinks:Destinations:Similar", Assert.Throws<ArgumentException>(() => new Destinations(new DestinationOptions { Similar = "nowhere" }, allowHttp: false)).Message, StringComparison.Ordinal);
}
