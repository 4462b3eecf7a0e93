using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using ShareLinks.Hosting;

namespace ShareLinks.Tests.Hosting;

/// <summary>Where the tables are, and the keys: what is refused at the start.</summary>
public class SettingsTests
{
    private const string Account = "https://sldata.table.core.windows.net/";

    private static readonly string Development = Convert.ToBase64String(SHA256.HashData("ShareLinks development code key"u8));

    [Theory]
    [InlineData("Storage:ConnectionString", "UseDevelopmentStorage=true", "ShareLinks:Storage:Endpoint and ShareLinks:Storage:ConnectionString must not both be set")]
    [InlineData("Storage:Endpoint", "http://sldata.table.core.windows.net", "ShareLinks:Storage:Endpoint must be the https address")]
    [InlineData("Storage:Endpoint", "https://sldata.table.core.windows.net/links", "ShareLinks:Storage:Endpoint must be the https address")]
    [InlineData("Storage:Endpoint", "https://sldata.table.core.windows.net/?sig=x", "ShareLinks:Storage:Endpoint must be the https address")]
    [InlineData("Storage:Endpoint", "sldata", "ShareLinks:Storage:Endpoint must be the https address")]
    [InlineData("Storage:Endpoint", null, "ShareLinks:Storage:Endpoint (or ConnectionString) must be set outside Development")]
    [InlineData("Storage:Audience", "storage", "ShareLinks:Storage:Audience must be an https address")]
    public void A_wrong_place_is_named(string name, string? value, string message) => Refuses(name, value, message);

    [Theory]
    [InlineData("Codes:Key", "")]
    [InlineData("Codes:TokenKeys:0", "each ")]
    [InlineData("Security:SigningKeys:0", "each ")]
    [InlineData("Visitors:HashKeys:0", "each ")]
    public void Every_key_has_32_bytes_is_not_the_published_one_and_was_found_in_the_vault(string name, string each)
    {
        var setting = "ShareLinks:" + name.Replace(":0", "", StringComparison.Ordinal);
        Refuses(name, Convert.ToBase64String(new byte[31]), $"{setting} must {each}be base64 of exactly 32 bytes.");
        Refuses(name, Convert.ToBase64String(new byte[33]), $"{setting} must {each}be base64 of exactly 32 bytes.");
        Refuses(name, "", $"{setting} must {each}be base64 of exactly 32 bytes.");
        Refuses(name, Development, $"{setting} must not be the published development key outside Development");
        Refuses(name, "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/code-key)", $"{setting} is a reference to Key Vault that Azure has not resolved");
        Assert.NotNull(Read(name, Convert.ToBase64String(SHA256.HashData("another key"u8))));
    }

    [Theory]
    [InlineData("Codes:TokenKeys")]
    [InlineData("Security:SigningKeys")]
    [InlineData("Visitors:HashKeys")]
    public void A_ring_has_no_key_twice(string ring)
    {
        var key = Convert.ToBase64String(SHA256.HashData("another key"u8));
        Assert.Equal($"ShareLinks:{ring} must not have a key twice.", Assert.Throws<SettingsException>(() => Read($"{ring}:0", key, ($"{ring}:1", key))).Message);
    }

    [Fact]
    public void An_exporter_that_there_is_not_is_named() =>
        Assert.Contains("ShareLinks:Telemetry:Exporter", Assert.Throws<SettingsException>(() => Read("Telemetry:Exporter", "Splunk")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_developer_needs_to_set_nothing()
    {
        var settings = Settings.Read(new ConfigurationBuilder().Build(), new HostingEnvironment { EnvironmentName = Environments.Development });
        Assert.True(settings.Storage.UsesEmulator);
        Assert.Equal(TelemetryExporter.None, settings.Telemetry.Exporter);
    }

    private static void Refuses(string name, string? value, string message) =>
        Assert.StartsWith(message, Assert.Throws<SettingsException>(() => Read(name, value)).Message, StringComparison.Ordinal);

    private static Settings Read(string name, string? value, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ShareLinks:BaseUrl"] = "https://s.example",
            ["ShareLinks:Codes:Key"] = Convert.ToBase64String(new byte[32]),
            ["ShareLinks:Storage:Endpoint"] = Account,
            ["ShareLinks:" + name] = value,
        };
        foreach (var (further, text) in more)
            settings["ShareLinks:" + further] = text;
        return Settings.Read(
            new ConfigurationBuilder().AddInMemoryCollection(settings.Where(setting => setting.Value is not null)).Build(), new HostingEnvironment { EnvironmentName = Environments.Production });
    }
}
