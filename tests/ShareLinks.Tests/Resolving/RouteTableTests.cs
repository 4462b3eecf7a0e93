using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ShareLinks.Links;
using ShareLinks.Resolving;
using ShareLinks.Tests.Support;
using ShareLinks.WeChat;

namespace ShareLinks.Tests.Resolving;

public class RouteTableTests(Azurite azurite)
{
    private static AppOptions EveryApp() => new()
    {
        Ios = { UniversalLink = "https://open.market.example/item/{listingId}?clickId={clickId}", Scheme = "examplemarket", StoreUrl = "https://apps.example/ios" },
        Android = { Package = "example.market", Scheme = "examplemarket", StoreUrl = "https://apps.example/android" },
        Harmony = { AppLink = "https://open.market.example/item/{listingId}?clickId={clickId}" },
        WeChat = { MiniProgramAppId = "wx0123456789abcdef", AppSecret = "secret" },
        Alipay = { MiniProgramAppId = "2021000000000000" },
    };

    /// <summary>
    /// Every app on every system, for a marketplace that has everything and for one that has a web page alone, as in route-matrix.txt. After a wanted
    /// change, run with SHARELINKS_WRITE_SNAPSHOTS=1 and read the difference.
    /// </summary>
    [Fact]
    public void The_matrix_of_decisions_is_as_reviewed()
    {
        var matrix = new StringBuilder();
        Write("A marketplace with every app", EveryApp());
        Write("A marketplace with a web page alone", new AppOptions());
        var file = RepositoryFolder.Combine("tests", "ShareLinks.Tests", "Resolving", "route-matrix.txt");
        if (Environment.GetEnvironmentVariable("SHARELINKS_WRITE_SNAPSHOTS") == "1")
            File.WriteAllText(file, matrix.ToString());
        Assert.Equal(File.ReadAllText(file), matrix.ToString());

        void Write(string title, AppOptions apps)
        {
            var route = new LinkTarget("web", DestinationTemplate.TryParse("https://market.example/item/{listingId}", false, out _)!, "item-1");
            matrix.Append(title).Append("\n\n");
            var decisions = Diagnosis.Cells(route, new RouteTable([]), new OfferedWays(apps, new AppLinks(apps), new MiniProgram(apps.WeChat), apps.WeChat.AppSecret is null ? new NoWeChat() : new WithCredentials())).GroupBy(cell => cell.App, (app, cells) => (App: app, Rows: Rows(cells)));
            foreach (var alike in decisions.GroupBy(app => app.Rows))
                matrix.Append(string.Join(", ", alike.Select(app => app.App))).Append('\n').Append(alike.Key).Append('\n');
        }

        static string Rows(IEnumerable<DiagnosisCell> cells) => string.Concat(cells.GroupBy(cell => (cell.Rule, cell.Action, Ways: string.Join(", ", cell.Ways))).Select(alike =>
            FormattableString.Invariant($"    {(alike.Count() == Enum.GetValues<ClientOs>().Length ? "everywhere" : string.Join(" ", alike.Select(cell => cell.Os))),-30}{alike.Key.Action,-10}{alike.Key.Rule,-21}{alike.Key.Ways}\n")));
    }

    [Fact]
    public void A_deployment_s_rows_come_first_or_in_the_place_of_those_of_their_name()
    {
        var own = new RouteTable([Row("douyin_opens", "page", ["scheme"], ["douyin"], ["android"]), Row("desktop", "redirect", ["web"], [], ["windows"])]);
        Assert.Equal("douyin_opens", own.Find(Client(ClientApp.Douyin, ClientOs.Android)).Name);
        Assert.Equal("guide_out", own.Find(Client(ClientApp.Douyin, ClientOs.Ios)).Name);
        Assert.Equal(RouteAction.Redirect, own.Find(Client(ClientApp.Chrome, ClientOs.Windows)).Action);
        Assert.Equal("other", own.Find(Client(ClientApp.Safari, ClientOs.Macos)).Name);
    }

    [Theory]
    [InlineData("7.0.4", "wechat")]
    [InlineData("7.0.5", "wechat_ios")]
    [InlineData("8.0.50.2701", "wechat_ios")]
    public void An_old_WeChat_on_iOS_opens_no_universal_links(string version, string rule) =>
        Assert.Equal(rule, new RouteTable([]).Find(Client(ClientApp.Wechat, ClientOs.Ios) with { AppVersion = new Version(version) }).Name);

    [Theory]
    [InlineData("Bad Name", "page", "web", "ShareLinks:Routes:0:Name")]
    [InlineData("x", "jump", "web", "ShareLinks:Routes:0:Action")]
    [InlineData("x", "page", "rocket", "ShareLinks:Routes:0:Ways")]
    [InlineData("x", "page", null, "ShareLinks:Routes:0:Ways")]
    public void A_wrong_row_is_named(string name, string action, string? way, string setting) =>
        Assert.Contains(setting, Assert.Throws<ArgumentException>(() => new RouteTable([Row(name, action, way is null ? [] : [way], [], [])])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_table_without_a_last_row_for_everybody_is_refused()
    {
        Assert.Contains("'other'", Assert.Throws<ArgumentException>(() => new RouteTable([Row("other", "page", ["web"], ["qq"], [])])).Message, StringComparison.Ordinal);
        var row = Row("x", "page", ["web"], ["qq"], []);
        row.MinVersion = "8.0";
        Assert.Contains("MinVersion", Assert.Throws<ArgumentException>(() => new RouteTable([row])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_app_system_or_version_is_named()
    {
        Assert.Contains("Apps has 'wechatt'", Assert.Throws<ArgumentException>(() => new RouteTable([Row("x", "page", ["web"], ["wechatt"], [])])).Message, StringComparison.Ordinal);
        Assert.Contains("Systems has 'iOS'", Assert.Throws<ArgumentException>(() => new RouteTable([Row("x", "page", ["web"], [], ["iOS"])])).Message, StringComparison.Ordinal);
        var row = Row("x", "page", ["web"], [], []);
        row.MinVersion = "new";
        Assert.Contains("MinVersion", Assert.Throws<ArgumentException>(() => new RouteTable([row])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a&b=c#d?e;S.x=y;end")]
    [InlineData("..%2F..\"'<>`{clickId}")]
    [InlineData("宝贝 1")]
    public void A_listing_s_id_breaks_out_of_no_address(string id)
    {
        var apps = new AppLinks(EveryApp());
        const string Click = "0123456789ABCDEFGHijkl";
        var encoded = Uri.EscapeDataString(id);
        Assert.Equal($"examplemarket://item?id={encoded}&clickId={Click}", apps.IosScheme(id, Click));
        Assert.Equal($"intent://item?id={encoded}&clickId={Click}#Intent;scheme=examplemarket;package=example.market;S.browser_fallback_url=https%3A%2F%2Fa.example%2F%3B;end", apps.AndroidIntent(id, Click, "https://a.example/;"));
        var query = Uri.EscapeDataString($"id={encoded}&clickId={Click}");
        Assert.Equal($"alipays://platformapi/startapp?appId=2021000000000000&page=pages%2Fitem&query={query}", apps.AlipayScheme(id, Click));
        var wrapped = new Uri(apps.AlipayWeb(id, Click)!);
        Assert.Equal("ds.alipay.com", wrapped.Host);
        Assert.Equal("?scheme=" + Uri.EscapeDataString(apps.AlipayScheme(id, Click)!), wrapped.Query);
        Assert.Equal($"https://open.market.example/item/{encoded}?clickId={Click}", apps.UniversalLink(id, Click));
    }

    [Fact]
    public async Task Diagnose_runs_the_matrix_and_names_what_is_missing()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Apps:Ios:Scheme"] = "examplemarket" });
        var code = await app.MintCodeAsync();
        var diagnosis = await app.GetJsonAsync($"/api/links/{code}/diagnose");
        Assert.Equal("web", diagnosis["destination"]!.GetValue<string>());
        var cells = diagnosis["cells"]!.AsArray();
        Assert.Equal(Enum.GetValues<ClientApp>().Length * Enum.GetValues<ClientOs>().Length, cells.Count);
        var safari = Cell("safari", "ios");
        Assert.Equal(("ios", "page"), (safari["rule"]!.GetValue<string>(), safari["action"]!.GetValue<string>()));
        Assert.Equal(["scheme", "web", "copy"], Strings(safari["ways"]!));
        Assert.Contains("ShareLinks:Apps:Ios:UniversalLink", Strings(safari["missing"]!));
        Assert.Contains("ShareLinks:Apps:Ios:StoreUrl", Strings(safari["missing"]!));
        Assert.DoesNotContain("ShareLinks:Apps:Ios:Scheme", Strings(safari["missing"]!));
        Assert.Contains("ShareLinks:Apps:Ios:AppIds", Strings(safari["missing"]!));
        Assert.Contains("ShareLinks:Apps:Android:Package", Strings(Cell("chrome", "android")["missing"]!));
        Assert.Contains("ShareLinks:Apps:Android:Sha256Fingerprints", Strings(Cell("chrome", "android")["missing"]!));
        Assert.Contains("ShareLinks:Apps:WeChat:AppSecret", Strings(Cell("wechat", "android")["missing"]!));
        Assert.Contains("ShareLinks:Apps:Harmony:AppLink", Strings(Cell("other", "harmony")["missing"]!));
        Assert.Empty((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/links/AbC3dE9k/diagnose")).StatusCode);

        // No setting makes an app show a web page.
        var own = await app.MintCodeAsync(new { destinations = new { web = "https://market.example/sale" } });
        Assert.DoesNotContain((await app.GetJsonAsync($"/api/links/{own}/diagnose"))["cells"]!.AsArray(), cell => cell!["missing"]!.ToJsonString().Contains("Scheme", StringComparison.Ordinal));

        JsonNode Cell(string name, string os) => cells.Single(cell => cell!["app"]!.GetValue<string>() == name && cell["os"]!.GetValue<string>() == os)!;
        static IEnumerable<string> Strings(JsonNode list) => list.AsArray().Select(item => item!.GetValue<string>());
    }

    /// <summary>WeChat with credentials, as far as the matrix asks.</summary>
    private sealed class WithCredentials : IWeChat
    {
        public bool IsConfigured => true;

        public ValueTask<string?> UrlLinkAsync(string? listingId, string? clickId) => throw new NotSupportedException();

        public bool IsCached(string scene, int width) => false;

        public Task<WeChatPicture?> MiniProgramCodeAsync(string scene, int width, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private static Client Client(ClientApp app, ClientOs os) => new(app, null, os, ClientDevice.Other, false, false);

    private static RouteRowOptions Row(string name, string action, string[] ways, string[] apps, string[] systems)
    {
        var row = new RouteRowOptions { Name = name, Action = action };
        foreach (var way in ways)
            row.Ways.Add(way);
        foreach (var app in apps)
            row.Apps.Add(app);
        foreach (var os in systems)
            row.Systems.Add(os);
        return row;
    }
}
