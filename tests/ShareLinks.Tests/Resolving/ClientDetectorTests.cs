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
        where Regex.Escape(text) == text && !Crawlers.Exceptions.ContainsKey(text) && !Crawlers.Match($"Mozilla/5.0 {text}", isApp: true)
        select pattern);

    [Fact]
    public void Every_exception_is_still_listed() => Assert.Empty(Crawlers.Exceptions.Keys.Except(ListedPatterns().Select(pattern => pattern.Replace(@"\", "", StringComparison.Ordinal))));

    [Fact]
    public async Task A_list_finds_what_its_expressions_fit_and_nothing_else()
    {
        var patterns = JsonSerializer.Deserialize<string[]>((await Tool.RunAsync("node", ["--input-type=module", "-e", "import { list } from 'isbot'; console.log(JSON.stringify(list))"])).Output)!;
        Assert.Empty(Crawlers.IsbotExceptions.Keys.Except(patterns));
        var list = new AgentPatterns("isbot.txt", ignoresCase: true, Crawlers.IsbotExceptions);
        var expressions = patterns.Except(Crawlers.IsbotExceptions.Keys).Select(pattern => new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)).ToList();
        var agents = ListedSamples().Select(sample => sample.Agent).Concat(PeoplesAgents().Select(row => row.Data.Item4)).ToList();
        var found = agents.Where(agent => expressions.Exists(expression => expression.IsMatch(agent))).ToList();
        Assert.Equal(found, agents.Where(agent => list.Match(agent)));
        Assert.InRange(found.Count, 1_500, agents.Count - 100);
    }

    [Theory]
    // Browsers on iOS that ask for the desktop page: developer.chrome.com/docs/multidevice/user-agent.
    [InlineData("chrome", "ios", "mobile", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_5) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/85 Version/11.1.1 Safari/605.1.15")]
    [InlineData("firefox", "ios", "mobile", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/133.0 Safari/605.1.15")]
    [InlineData("edge", "ios", "mobile", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) EdgiOS/131.0.2903.92 Version/18.0 Safari/605.1.15")]
    [InlineData("safari", "macos", "desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15")]
    [InlineData("dingtalk", "windows", "desktop", "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.141 Safari/537.36 dingtalk-win/1.0.0 nw(0.14.7) DingTalk(6.0.12-Release.4190287) Mojo/1.0.0 Native AppType(release) Channel/201200")]
    [InlineData("dingtalk", "macos", "desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 DingTalk(8.3.0-macOS-arm64) nw Channel/201200")]
    [InlineData("chrome", "android", "tablet", "Mozilla/5.0 (Linux; Android 11; HiPad Pro) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")]
    [InlineData("chrome", "android", "tablet", "Mozilla/5.0 (Linux; Android 4.2.2; NaviPad TM-7855 3G) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.99 Safari/537.36")]
    // Phones and televisions in whose names a list sees programs.
    [InlineData("chrome", "android", "mobile", "Mozilla/5.0 (Linux; Android 9; S222 Build/CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36")]
    [InlineData("chrome", "android", "mobile", "Mozilla/5.0 (Linux; Android 11; iHunt S60 Discovery Pro 2022) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.45 Mobile Safari/537.36")]
    [InlineData("chrome", "android", "other", "Mozilla/5.0 (Linux; Android 11; Google TV 4K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.6668.102 Mobile Safari/537.36")]
    public void What_looks_like_something_else_is_told_apart(string app, string os, string device, string agent)
    {
        var client = Detect(agent);
        Assert.Equal((app, os, device, false), (client.App.Name(), client.Os.Name(), client.Device.Name(), client.IsBot));
    }

    [Theory]
    [InlineData("ios", "TikTok/131012 CFNetwork/978.0.7 Darwin/18.7.0")]
    [InlineData("macos", "Safari/9537.73.11 CFNetwork/673.0.3 Darwin/13.0.0 (x86_64) (MacBookAir6%2C2)")]
    [InlineData("android", "Mozilla/5.0 (compatible; okhttp; android 14)")]
    public void A_request_of_an_app_s_own_names_its_system(string os, string agent) => Assert.Equal(os, Detect(agent).Os.Name());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("okhttp/4.12.0")]
    [InlineData("ShoppingHelper/1.0")]
    [InlineData("DingTalkBot-LinkService/1.0 (+https://open-doc.dingtalk.com/microapp/faquestions/ftpfeu)")]
    [InlineData("Mozilla/5.0 (compatible; BrandNewThing/0.1; +https://brand-new.example)")]
    [InlineData("facebookexternalhit/1.1 Facebot Twitterbot/1.0")]
    [InlineData("Mozilla/5.0 (compatible; BrandNewThing/1.0)")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; compatible; Someone; +mailto:someone@brand-new.example) Gecko/20100101 Firefox/133.0")]
    [InlineData("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; BrandNewThing) Chrome/W.X.Y.Z Safari/537.36")]
    [InlineData("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeURIPreview Preview/0.5")]
    [InlineData("TikTok/131012 CFNetwork/978.0.7 Darwin/18.7.0")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Website-Validator")]
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
