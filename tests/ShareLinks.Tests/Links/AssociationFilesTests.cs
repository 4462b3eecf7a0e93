using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ShareLinks.Links;

namespace ShareLinks.Tests.Links;

public class AssociationFilesTests
{
    private const string Fingerprint = "14:6d:e9:83:c5:73:06:50:d8:ee:b9:95:2f:34:fc:64:16:a0:83:42:e6:1d:be:a8:8a:04:96:b2:3f:cf:44:e5";

    [Fact]
    public void Without_apps_there_are_none()
    {
        var files = new AssociationFiles(new AppOptions { Android = { Package = "example.market" } });
        Assert.Null(files.Apple);
        Assert.Null(files.Android);
        Assert.Null(files.Harmony);
    }

    [Fact]
    public void Their_shapes_are_those_that_phones_read()
    {
        var files = new AssociationFiles(Apps());
        Assert.Equal(
            """{"applinks":{"details":[{"appIDs":["ABCDE12345.example.market","ABCDE12345.example.market-beta"],"components":[{"/":"/Q/?*"},{"/":"/*/*","exclude":true},{"/":"/","exclude":true},{"/":"/docs","exclude":true},{"/":"/openapi","exclude":true},{"/":"/dashboard","exclude":true},{"/":"/find","exclude":true},{"/":"/api","exclude":true},{"/":"/visitor-consent","exclude":true},{"/":"/?*"}]}]}}""",
            files.Apple);
        Assert.Equal(
            $$$"""[{"relation":["delegate_permission/common.handle_all_urls"],"target":{"namespace":"android_app","package_name":"example.market","sha256_cert_fingerprints":["{{{Fingerprint.ToUpperInvariant()}}}"]}}]""",
            files.Android);
        Assert.Equal("""{"applinking":{"apps":[{"appIdentifier":"5765880207855123456"}]}}""", files.Harmony);
    }

    [Theory]
    [InlineData("/AbC3dE9kQ", true)]
    [InlineData("/AbC3dE9kQ~0123456789ABCDEFGHIJKL", true)]
    [InlineData("/spring-sale", true)]
    [InlineData("/docs-sale", true)]
    [InlineData("/findme", true)]
    [InlineData("/Q/7K2M9QXA3FVD", true)]
    [InlineData("/", false)]
    [InlineData("/Q/", false)]
    [InlineData("/AbC3dE9kQ/qr.png", false)]
    [InlineData("/AbC3dE9kQ/qr.svg", false)]
    [InlineData("/api/links", false)]
    [InlineData("/api/links/AbC3dE9kQ", false)]
    [InlineData("/docs", false)]
    [InlineData("/docs/", false)]
    [InlineData("/docs/scalar.js", false)]
    [InlineData("/openapi/v1.json", false)]
    [InlineData("/dashboard", false)]
    [InlineData("/dashboard/links", false)]
    [InlineData("/find", false)]
    [InlineData("/visitor-consent", false)]
    [InlineData("/.well-known/assetlinks.json", false)]
    public void Links_open_the_app_and_this_service_s_own_pages_do_not(string path, bool opens)
    {
        var components = JsonNode.Parse(new AssociationFiles(Apps()).Apple!)!["applinks"]!["details"]![0]!["components"]!.AsArray();
        // As Apple's documentation has it: the first component that matches decides, * is any number of characters, ? is one.
        var first = components.FirstOrDefault(component =>
            Regex.IsMatch(path, $"^{Regex.Escape(component!["/"]!.GetValue<string>()).Replace("\\*", ".*").Replace("\\?", ".")}$"));
        Assert.Equal(opens, first is not null && first["exclude"] is null);
    }

    [Theory]
    [InlineData("Ios:AppIds", "example.market")]
    [InlineData("Ios:AppIds", "abcde12345.example.market")]
    [InlineData("Ios:AppIds", "ABCDE12345.")]
    [InlineData("Ios:AppIds", "ABCDE12345.example.market\n")]
    [InlineData("Ios:AppIds", "ABCDE12345.*")]
    [InlineData("Android:Package", "market")]
    [InlineData("Android:Package", "example.1market")]
    [InlineData("Android:Package", "example..market")]
    [InlineData("Android:Package", "example.market\"")]
    [InlineData("Android:Package", "")]
    [InlineData("Android:Sha256Fingerprints", "")]
    [InlineData("Android:Sha256Fingerprints", "14:6D:E9")]
    [InlineData("Android:Sha256Fingerprints", "146DE983C5730650D8EEB9952F34FC6416A08342E61DBEA88A0496B23FCF44E5")]
    [InlineData("Harmony:AppIdentifier", "57658\"")]
    public void A_wrong_app_is_named(string setting, string value)
    {
        var apps = Apps();
        switch (setting)
        {
            case "Ios:AppIds":
                apps.Ios.AppIds.Add(value);
                break;
            case "Android:Package":
                apps.Android.Package = value;
                break;
            case "Android:Sha256Fingerprints":
                apps.Android.Sha256Fingerprints.Add(value);
                break;
            default:
                apps.Harmony.AppIdentifier = value;
                break;
        }
        var fault = Assert.Throws<ArgumentException>(() => new AssociationFiles(apps));
        Assert.StartsWith($"ShareLinks:Apps:{setting} must ", fault.Message, StringComparison.Ordinal);
    }

    private static AppOptions Apps() => new()
    {
        Ios = { AppIds = { "ABCDE12345.example.market", "ABCDE12345.example.market-beta" } },
        Android = { Package = "example.market", Sha256Fingerprints = { Fingerprint } },
        Harmony = { AppIdentifier = "5765880207855123456" },
    };
}
