using System.Net;
using Microsoft.AspNetCore.Http;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.People;

public sealed class CountriesTests : IDisposable
{
    private readonly LogLines<Countries> log = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sharelinks");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("8.8.8.8", "US")] // Google's resolvers
    [InlineData("2001:4860:4860::8888", "US")]
    [InlineData("114.114.114.114", "CN")] // 114DNS
    [InlineData("223.5.5.5", "CN")] // Alibaba's
    [InlineData("2400:3200::1", "CN")]
    [InlineData("193.0.6.139", "NL")] // RIPE NCC
    [InlineData("2001:67c:2e8:22::c100:68b", "NL")]
    public void An_address_is_in_the_country_that_its_block_was_given_to(string address, string country) =>
        Assert.Equal(country, Of(null, address));

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("172.31.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("203.0.113.7")]
    [InlineData("169.254.1.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("fe80::1%4")]
    [InlineData("fd12:3456::1")]
    [InlineData("2001:db8::1")]
    [InlineData(null)]
    public void An_address_of_nobody_is_in_no_country(string? address)
    {
        Assert.Null(Of(null, address));
        Assert.Empty(log.Lines);
    }

    [Theory]
    [InlineData("CN", "CN")]
    [InlineData("HK", "HK")]
    [InlineData("XK", "XK")]
    [InlineData("cn", null)]
    [InlineData("CHN", null)]
    [InlineData("C", null)]
    [InlineData("", null)]
    [InlineData("C1", null)]
    [InlineData("XX", null)] // Cloudflare: not known
    [InlineData("T1", null)] // Cloudflare: Tor
    [InlineData("ZZ", null)]
    [InlineData("EU", null)]
    [InlineData("AP", null)]
    [InlineData("QM", null)]
    [InlineData("QA", "QA")]
    [InlineData("CN,US", null)]
    [InlineData("ＣＮ", null)]
    public void What_the_edge_says_comes_before_the_address(string told, string? country) => Assert.Equal(country, Of("CF-IPCountry", "8.8.8.8", ("CF-IPCountry", told)));

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(4096)]
    public void A_damaged_file_is_told_once_and_visitors_have_no_country(int length)
    {
        var file = Path.Combine(folder.FullName, "countries.mmdb");
        var bytes = File.ReadAllBytes(Countries.InstalledFile);
        File.WriteAllBytes(file, bytes[..length]);
        using var countries = new Countries(null, file, log);
        Assert.Single(log.Lines);
        for (var i = 0; i < 3; i++)
            Assert.Null(countries.Of(new HeaderDictionary(), IPAddress.Parse("8.8.8.8")));
        Assert.Single(log.Lines);
    }

    [Fact]
    public void Damage_in_the_middle_hinders_no_visitor()
    {
        var file = Path.Combine(folder.FullName, "countries.mmdb");
        var bytes = File.ReadAllBytes(Countries.InstalledFile);
        // The search tree, not the description at the end: every look-up goes astray.
        new Random(1).NextBytes(bytes.AsSpan(0, bytes.Length - 4096));
        File.WriteAllBytes(file, bytes);
        using var countries = new Countries(null, file, log);
        for (var i = 0; i < 200; i++)
            countries.Of(new HeaderDictionary(), new IPAddress([8, 8, (byte)i, 8]));
        Assert.InRange(log.Lines.Count, 0, 1);
    }

    [Fact]
    public void Where_the_edge_says_nothing_the_address_is_looked_up() => Assert.Equal("US", Of("CF-IPCountry", "8.8.8.8"));

    [Fact]
    public void A_header_that_no_setting_names_is_not_believed() => Assert.Equal("US", Of(null, "8.8.8.8", ("CF-IPCountry", "CN")));

    [Fact]
    public void Without_its_file_it_knows_nothing_and_says_so_once()
    {
        using var countries = new Countries(null, Path.Combine(folder.FullName, "none.mmdb"), log);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Null(countries.Of(new HeaderDictionary(), IPAddress.Parse("8.8.8.8"))));
        Assert.StartsWith("Warning: Visitors' countries are not known", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_no_fault()
    {
        var whole = File.ReadAllBytes(Countries.InstalledFile);
        var random = new Random(7);
        for (var i = 0; i < 60; i++)
        {
            var damaged = (i % 3) switch
            {
                0 => whole[..random.Next(whole.Length)],
                1 => new byte[random.Next(1000)],
                _ => (byte[])whole.Clone(),
            };
            if (i % 3 == 2)
            {
                random.NextBytes(damaged.AsSpan(0, random.Next(1000, damaged.Length - 1000)));
                random.NextBytes(damaged.AsSpan(random.Next(damaged.Length)));
            }
            var file = Path.Combine(folder.FullName, $"{i}.mmdb");
            File.WriteAllBytes(file, damaged);
            var lines = new LogLines<Countries>();
            using var countries = new Countries(null, file, lines);
            for (var address = 0; address < 300; address++)
                countries.Of(new HeaderDictionary(), new IPAddress(random.NextInt64(1L << 32)));
            Assert.InRange(lines.Lines.Count, 0, 1);
        }
    }

    private string? Of(string? header, string? address, params (string Name, string Value)[] headers)
    {
        var sent = new HeaderDictionary();
        foreach (var (name, value) in headers)
            sent[name] = value;
        using var countries = new Countries(header, Countries.InstalledFile, log);
        return countries.Of(sent, address is null ? null : IPAddress.Parse(address));
    }
}
