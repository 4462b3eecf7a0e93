using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using Microsoft.AspNetCore.Http;
using ShareLinks.Resolving;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

public class ClientDetectorTests
{
    private const string Chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

    /// <summary>User agents of people as public sources have them, each with its source; one found by a search for code is its own search term.</summary>
    public static TheoryData<string, string, string, string> PeoplesAgents() => new(File
        .ReadLines(RepositoryFolder.Combine("tests", "ShareLinks.Tests", "Resolving", "user-agents.tsv"))
        .Skip(1)
        .Select(line => line.Split('\t'))
        .Select(fields => (fields[0], fields[1], fields[2], fields[4])));

    /// <summary>Patterns that the product passes over and whose samples nothing tells from someone's phone.</summary>
    private static readonly string[] LooksLikePeople =
    [
        "MetaIAB Facebook", // the web view of Facebook's app
        @"AP3A\.240617\.008", // a build of Android, in someone's Instagram
    ];

    [Theory]
    [MemberData(nameof(PeoplesAgents))]
    public void A_persons_agent_gives_its_app_system_and_device(string app, string os, string device, string agent)
    {
        var client = Detect(agent);
        Assert.Equal((app, os, device), (client.App.Name(), client.Os.Name(), client.Device.Name()));
        Assert.False(client.IsBot);
        Assert.False(client.IsPrefetch);
    }

    [Fact]
    public void The_samples_cover_every_app_system_and_device()
    {
        var samples = PeoplesAgents().Select(row => row.Data).ToList();
        Assert.True(samples.Count >= 150, $"{samples.Count} samples");
        Assert.Equal(Enum.GetValues<ClientApp>().Select(app => app.Name()).Order(), samples.Select(sample => sample.Item1).Distinct().Order());
        Assert.Equal(Enum.GetValues<ClientOs>().Select(os => os.Name()).Order(), samples.Select(sample => sample.Item2).Distinct().Order());
        Assert.Equal(Enum.GetValues<ClientDevice>().Select(device => device.Name()).Order(), samples.Select(sample => sample.Item3).Distinct().Order());
    }

    [Fact]
    public void Every_sample_of_a_listed_crawler_is_a_bots()
    {
        var samples = ListedSamples().Where(sample => !LooksLikePeople.Contains(sample.Pattern)).ToList();
        Assert.True(samples.Count > 2_000, $"{samples.Count} samples");
        Assert.All(samples, sample => Assert.True(Detect(sample.Agent).IsBot, sample.Agent));
    }

    [Fact]
    public void Every_listed_pattern_that_is_plain_text_is_looked_for() => Assert.Empty(
        from pattern in ListedPatterns()
        let text = pattern.Replace(@"\/", "/", StringComparison.Ordinal)
        where Regex.Escape(text) == text && !Crawlers.Exceptions.ContainsKey(text) && !Crawlers.Match($"Mozilla/5.0 {text}")
        select pattern);

    [Fact]
    public void Every_exception_is_still_listed() => Assert.Empty(Crawlers.Exceptions.Keys.Except(ListedPatterns().Select(pattern => pattern.Replace(@"\", "", StringComparison.Ordinal))));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("okhttp/4.12.0")]
    [InlineData("ShoppingHelper/1.0")]
    [InlineData("DingTalkBot-LinkService/1.0 (+https://open-doc.dingtalk.com/microapp/faquestions/ftpfeu)")]
    [InlineData("Mozilla/5.0 (compatible; BrandNewThing/0.1; +https://brand-new.example)")]
    [InlineData("facebookexternalhit/1.1 Facebot Twitterbot/1.0")]
    public void An_agent_that_names_no_browser_or_says_what_it_is_is_a_bots(string? agent) => Assert.True(Detect(agent).IsBot);

    [Theory]
    [InlineData("MicroMessenger/8.0.63(0x18003f2f) NetType/WIFI", "8.0.63")]
    [InlineData("MicroMessenger/8.0.28.2240(0x28001C39) WeChat/arm64", "8.0.28.2240")]
    [InlineData("MicroMessenger/6.3.5.50_r1573191.640", "6.3.5.50")]
    [InlineData("MicroMessenger/7.0.5", "7.0.5")]
    [InlineData("MicroMessenger/7.0.5 miniProgram/wx1234", "7.0.5")]
    [InlineData("MicroMessenger/8", null)]
    [InlineData("MicroMessenger/8.", null)]
    [InlineData("MicroMessenger/99999999999.0", null)]
    [InlineData("MicroMessenger/1.2.3.4.5", null)]
    [InlineData("MicroMessenger/x", null)]
    [InlineData("wxwork/4.1.3 MicroMessenger/7.0.1", null)]
    [InlineData("QQ/9.1.95.613", null)]
    public void Only_WeChat_has_a_version(string agent, string? version) => Assert.Equal(version, Detect(agent).AppVersion?.ToString());

    [Theory]
    [InlineData("Sec-Purpose", "prefetch")]
    [InlineData("Sec-Purpose", "prefetch;prerender")]
    [InlineData("Sec-Purpose", "prefetch;anonymous-client-ip")]
    [InlineData("Purpose", "prefetch")]
    [InlineData("X-Purpose", "preview")]
    [InlineData("X-Moz", "prefetch")]
    [InlineData("X-Moz", "Prefetch")]
    public void A_request_ahead_of_its_user_is_a_prefetch(string header, string value)
    {
        var client = Detect(Chrome, (header, value));
        Assert.True(client.IsPrefetch);
        Assert.False(client.IsBot);
    }

    [Theory]
    [InlineData("Sec-Purpose", "")]
    [InlineData("Purpose", "navigate")]
    [InlineData("X-Requested-With", "prefetch")]
    public void Another_request_is_no_prefetch(string header, string value) => Assert.False(Detect(Chrome, (header, value)).IsPrefetch);

    [Fact]
    public void Hints_tell_Android_that_asks_for_desktop_pages()
    {
        const string agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        Assert.Equal((ClientOs.Linux, ClientDevice.Desktop), SystemOf(Detect(agent)));
        Assert.Equal((ClientOs.Linux, ClientDevice.Desktop), SystemOf(Detect(agent, ("Sec-CH-UA-Platform", "\"Linux\""), ("Sec-CH-UA-Mobile", "?0"))));
        Assert.Equal((ClientOs.Android, ClientDevice.Tablet), SystemOf(Detect(agent, ("Sec-CH-UA-Platform", "\"Android\""), ("Sec-CH-UA-Mobile", "?0"))));
        Assert.Equal((ClientOs.Android, ClientDevice.Mobile), SystemOf(Detect(agent, ("Sec-CH-UA-Platform", "\"Android\""), ("Sec-CH-UA-Mobile", "?1"))));
    }

    [Fact]
    public void Hints_do_not_overrule_an_agent_that_names_its_system() =>
        Assert.Equal((ClientOs.Windows, ClientDevice.Desktop), SystemOf(Detect(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", ("Sec-CH-UA-Platform", "\"Android\""))));

    [Fact]
    public void A_browser_without_a_window_says_so_in_its_brands() =>
        Assert.True(Detect(Chrome, ("Sec-CH-UA", "\"HeadlessChrome\";v=\"140\", \"Chromium\";v=\"140\"")).IsBot);

    [Theory]
    [InlineData("SMART-TV; Linux; Tizen 8.0")]
    [InlineData("Linux; Android 12; BRAVIA 4K VH2")]
    public void A_television_is_no_tablet(string platform) => Assert.Equal(ClientDevice.Other, Detect($"Mozilla/5.0 ({platform}) AppleWebKit/537.36 Chrome/94.0 Safari/537.36").Device);

    [Fact]
    public void Only_the_first_1024_characters_of_an_agent_count()
    {
        var padding = Chrome.PadRight(1024);
        Assert.Equal(ClientApp.Chrome, Detect(padding + " MicroMessenger/8.0.63 Googlebot/2.1").App);
        Assert.False(Detect(padding + " MicroMessenger/8.0.63 Googlebot/2.1").IsBot);
        Assert.Equal(ClientApp.Wechat, Detect(padding[..1000] + " MicroMessenger/8.0.63").App);
    }

    [Theory]
    [InlineData("微信 MicroMessenger/８.0")]
    [InlineData("\0\r\n\t\u007f")]
    [InlineData("\ud800 half a pair")]
    [InlineData("((((((((((")]
    public void Hostile_headers_give_some_client(string value)
    {
        foreach (var text in new[] { value, string.Concat(Enumerable.Repeat(value, 10_000 / value.Length)) })
            Assert.NotNull(DetectEverywhere(text));
    }

    [Property(MaxTest = 2_000)]
    public void Any_header_gives_some_client(string? value)
    {
        var client = DetectEverywhere(value);
        Assert.All(new[] { client.App.Name(), client.Os.Name(), client.Device.Name() }, name => Assert.InRange(name.Length, 1, 64));
    }

    private static Client DetectEverywhere(string? value) =>
        Detect(value, ("Sec-CH-UA", value), ("Sec-CH-UA-Mobile", value), ("Sec-CH-UA-Platform", value), ("Sec-Purpose", value), ("Purpose", value), ("X-Purpose", value), ("X-Moz", value));

    private static (ClientOs, ClientDevice) SystemOf(Client client) => (client.Os, client.Device);

    private static Client Detect(string? agent, params (string Name, string? Value)[] others)
    {
        var headers = new HeaderDictionary { ["User-Agent"] = agent };
        foreach (var (name, value) in others)
            headers[name] = value;
        return ClientDetector.Detect(headers);
    }

    private static IEnumerable<string> ListedPatterns() => Listed().Select(crawler => crawler.GetProperty("pattern").GetString()!);

    private static IEnumerable<(string Pattern, string Agent)> ListedSamples() =>
        from crawler in Listed()
        from sample in crawler.GetProperty("instances").EnumerateArray()
        select (crawler.GetProperty("pattern").GetString()!, sample.GetString()!);

    private static JsonElement.ArrayEnumerator Listed() => JsonDocument
        .Parse(File.ReadAllBytes(RepositoryFolder.Combine("node_modules", "crawler-user-agents", "crawler-user-agents.json")))
        .RootElement.EnumerateArray();
}
