using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ShareLinks.Security;
using ShareLinks.Tests.Simulation;
using ShareLinks.Tests.Support;

namespace ShareLinks.BrowserTests;

/// <summary>The growth team's pages on a simulated history, in a real browser.</summary>
public partial class DashboardTests(Azurite azurite, Browser browser, SimulatedMarket market)
{
    private static readonly string Days = $"from={History.FirstDay:yyyy-MM-dd}&to={History.LastDay:yyyy-MM-dd}";

    /// <summary>Ordered so that two that a plain run takes have both languages and both widths.</summary>
    public static TheoryData<string, int, bool> Looks() => [.. Scale.OneIn(2, [("zh-CN", 390, false), ("zh-CN", 1280, true), ("en", 1280, false), ("en", 390, true)])];

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Every_page_is_whole_in_every_language_and_width(string language, int width, bool isDark)
    {
        var app = (await market.GetAsync(azurite)).App;
        await using var visit = await browser.VisitAsync(Agents.Desktop, width, language, isDark);
        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard/sign-in");
        await CheckAsync("sign-in");
        await SignInAsync(visit, app, "/dashboard?" + Days);
        var order = await OrderAsync(app);
        var link = (await app.GetJsonAsync($"/api/stats/top?kind=link&from={History.FirstDay:yyyy-MM-dd}&to={History.LastDay.AddDays(1):yyyy-MM-dd}"))["rows"]![0]!["key"]!.GetValue<string>();
        foreach (var (name, address) in new[]
        {
            ("overview", "/dashboard?" + Days), ("channel", "/dashboard/subject?subject=channel:wechat&" + Days), ("listing", "/dashboard/subject?subject=listing:sim-item-2&" + Days), ("link", $"/dashboard/subject?subject=link:{link}&" + Days),
            ("attribution", "/dashboard/attribution?" + Days), ("event", "/dashboard/event?type=order&id=" + order), ("links", $"/dashboard/links?q=sim-item-1&{Days}"), ("notfound", "/dashboard/subject?subject=nothing"),
        })
        {
            var response = await visit.Page.GotoAsync(app.Client.BaseAddress + address[1..]);
            Assert.Equal(name == "notfound" ? 404 : 200, response!.Status);
            // A loaded page has drawn its charts.
            Assert.Equal(await visit.Page.Locator("[data-table]").CountAsync(), await visit.Page.Locator("[data-table] canvas").CountAsync());
            await CheckAsync(name);
        }
        Assert.DoesNotContain(visit.Complaints, complaint => !complaint.Contains("404", StringComparison.Ordinal));
        Assert.All(visit.Requests, request => Assert.StartsWith(app.Client.BaseAddress!.ToString(), request.Url, StringComparison.Ordinal));
        // All that a first visit loads, charts and all.
        var bytes = 0;
        foreach (var url in visit.Requests.Select(request => request.Url).Distinct().Where(url => url.Contains("/assets/", StringComparison.Ordinal)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { { "Accept-Encoding", "br" } } };
            using var asset = await app.Client.SendAsync(request);
            bytes += (await asset.Content.ReadAsByteArrayAsync()).Length;
        }
        Assert.InRange(bytes, 100_000, 400_000);

        async Task CheckAsync(string name)
        {
            await visit.Page.ScreenshotAsync(new() { Path = RepositoryFolder.Combine(".data", "screens", $"{name}-{language}-{width}{(isDark ? "-dark" : "")}.png"), FullPage = true });
            // Nothing is wider than the screen but what scrolls in its own box.
            Assert.InRange(await visit.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
            Assert.Equal(language, await visit.Page.EvaluateAsync<string>("document.documentElement.lang"));
            await Accessibility.AssertAsync(visit.Page);
        }
    }

    [Fact]
    public async Task Figures_are_those_of_the_api_and_a_file_has_what_its_table_has()
    {
        var app = (await market.GetAsync(azurite)).App;
        await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, "en");
        await SignInAsync(visit, app, "/dashboard?" + Days);
        var api = $"from={History.FirstDay:yyyy-MM-dd}&to={History.LastDay.AddDays(1):yyyy-MM-dd}";
        var stats = await app.GetJsonAsync($"/api/stats?subject=all&{api}");
        var orders = await app.GetJsonAsync($"/api/attribution?{api}");
        var tiles = await visit.Page.Locator(".tile strong").AllInnerTextsAsync();
        Assert.Equal(
            [stats["total"]!["clicks"]!.GetValue<long>(), stats["total"]!["visitors"]!.GetValue<long>(), orders["conversions"]!.GetValue<long>(), (long)Math.Round(orders["value"]!["CNY"]!.GetValue<decimal>())],
            new[] { tiles[0], tiles[1], tiles[3], tiles[4] }.Select(Number));
        // Behind the chart that they are drawn as.
        var days = await visit.Page.Locator("#days-table tbody tr").AllTextContentsAsync();
        Assert.Equal(stats["rows"]!.AsArray().Select(row => $"{row!["key"]} {row["clicks"]} {row["visitors"]} 0"), days.Select(row => string.Join(' ', row.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Replace(",", "", StringComparison.Ordinal)));

        // The file comes by the session alone.
        var file = await (await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.ClickAsync("#days .files a"))).PathAsync();
        Assert.Equal(
            stats["rows"]!.AsArray().Select(row => $"{row!["key"]},{row["clicks"]},{row["visitors"]}"),
            (await File.ReadAllLinesAsync(file)).Skip(1).Select(line => string.Join(',', line.Split(',').Take(3))));

        // A row leads to its own page, and that to the same figure.
        var channel = visit.Page.Locator("#channel tbody tr").First;
        var clicks = Number(await channel.Locator("td.number").First.InnerTextAsync());
        await channel.Locator("a").ClickAsync();
        Assert.Equal(clicks, Number(await visit.Page.Locator(".tile strong").First.InnerTextAsync()));

        // A listing's page lists its links, each of which leads to its own.
        await visit.Page.GotoAsync($"{app.Client.BaseAddress}dashboard/subject?subject=listing:sim-item-2&{Days}");
        var links = await app.GetJsonAsync("/api/links?listingId=sim-item-2");
        Assert.Equal(links["links"]!.AsArray().Select(link => link!["code"]!.GetValue<string>()), await visit.Page.Locator("#links-table tbody a").AllInnerTextsAsync());
        await visit.Page.ClickAsync("#links-table tbody a >> nth=0");
        Assert.Contains(links["links"]![0]!["url"]!.GetValue<string>(), await visit.Page.Locator("#share-text").InputValueAsync(), StringComparison.Ordinal);

        // A campaign's those that were opened most.
        await visit.Page.GotoAsync($"{app.Client.BaseAddress}dashboard/subject?subject=campaign:weekend-market&{Days}");
        Assert.NotEqual(0, await visit.Page.Locator("#links-table tbody tr").CountAsync());
        Assert.All(await visit.Page.Locator("#links-table tbody td:nth-child(4)").AllInnerTextsAsync(), campaign => Assert.Equal("weekend-market", campaign));

        // What attribution says of a model is what its column adds up to.
        await visit.Page.GotoAsync($"{app.Client.BaseAddress}dashboard/attribution?{Days}");
        var last = await visit.Page.Locator("#models-table tbody tr td:nth-child(4)").AllInnerTextsAsync();
        Assert.Equal(orders["conversions"]!.GetValue<double>() - orders["unattributed"]!.GetValue<double>(), last.Sum(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture)), 0.06 * last.Count);
    }

    [Fact]
    public async Task An_export_shows_how_far_it_has_come_and_can_be_stopped()
    {
        var app = (await market.GetAsync(azurite)).App;
        await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, "en");
        await SignInAsync(visit, app, "/dashboard?" + Days);
        var status = visit.Page.Locator("#export-progress [role=status]");
        var csv = visit.Page.Locator("#export .files a").First;

        var download = await visit.Page.RunAndWaitForDownloadAsync(() => csv.ClickAsync());
        Assert.Equal($"clicks-{History.FirstDay:yyyy-MM-dd}-{History.LastDay:yyyy-MM-dd}.csv", download.SuggestedFilename);
        var own = await app.Client.GetStringAsync($"/api/clicks/export?from={History.FirstDay:yyyy-MM-dd}&to={History.LastDay.AddDays(1):yyyy-MM-dd}&format=csv");
        Assert.Equal(own, await File.ReadAllTextAsync(await download.PathAsync()));
        await Assertions.Expect(status).ToHaveTextAsync($"{own.Count(c => c == '\n') - 1:N0} clicks, done.");

        await visit.Page.RouteAsync("**/api/clicks/export*", _ => Task.CompletedTask);
        await csv.ClickAsync();
        await visit.Page.Locator("#export-progress button").WaitForAsync();
        await visit.Page.Locator("#export").ScreenshotAsync(new() { Path = RepositoryFolder.Combine(".data", "screens", "export.png") });
        await Accessibility.AssertAsync(visit.Page);
        await visit.Page.ClickAsync("#export-progress button");
        await Assertions.Expect(status).ToHaveTextAsync("Stopped: no file was made.");
        await visit.Page.UnrouteAllAsync();
        await visit.Page.RouteAsync("**/api/clicks/export*", route => route.AbortAsync());
        await csv.ClickAsync();
        await Assertions.Expect(status).ToHaveTextAsync("The connection broke: no file was made. Try again.");
        await Assertions.Expect(visit.Page.Locator("#export-progress button")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Every_page_can_be_used_by_keyboard_alone_and_without_script()
    {
        var app = (await market.GetAsync(azurite)).App;
        await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, "en", hasScript: false);
        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard");
        // Where the cursor stands at once; a busy browser takes a moment.
        await visit.Page.Locator("#key:focus").WaitForAsync();
        await visit.Page.Keyboard.TypeAsync(DevelopmentKey.Value);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Locator("h1").GetByText("Overview").WaitForAsync();
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForURLAsync("**#main");
        await visit.Page.FocusAsync("header nav a:nth-child(2)");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Locator("h1").GetByText("Attribution").WaitForAsync();
        await visit.Page.FocusAsync("#explain input[name=id]");
        await visit.Page.Keyboard.TypeAsync(await OrderAsync(app));
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Locator("#touches").WaitForAsync();
        await visit.Page.ClickAsync("header form button");
        await visit.Page.Locator("#key").WaitForAsync();
        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard");
        Assert.Contains("/dashboard/sign-in", visit.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_is_minted_copied_found_repointed_and_disabled()
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var listing in new[] { "item-2", "item-3" })
        {
            using var told = await app.Client.PutAsync("/api/listings/" + listing, TestApp.Json(new { title = "Chair" }));
            Assert.True(told.IsSuccessStatusCode);
        }
        await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, "en");
        await SignInAsync(visit, app, "/dashboard");
        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard/links");
        await visit.Page.FillAsync("#mint [name=listingId]", "item-1");
        await visit.Page.FillAsync("#mint [name=title]", "<b>Lamp</b>");
        await visit.Page.FillAsync("#mint [name=channel]", "We Chat");
        await visit.Page.ClickAsync("#mint button");
        Assert.Contains("channel must be", await visit.Page.Locator(".problem").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("<b>Lamp</b>", await visit.Page.InputValueAsync("#mint [name=title]"));
        await visit.Page.FillAsync("#mint [name=channel]", "wechat");
        await visit.Page.ClickAsync("#mint button");
        await visit.Page.ClickAsync("[data-copy]");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Copied" }).WaitForAsync();
        var text = await visit.Page.EvaluateAsync<string>("navigator.clipboard.readText()");
        Assert.Contains("Lamp", text, StringComparison.Ordinal);
        await Accessibility.AssertAsync(visit.Page);

        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard/links");
        await visit.Page.FillAsync("[name=q]", text);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.ClickAsync("#found-table a");
        await visit.Page.FillAsync("#link [name=listingId]", "item-2");
        await visit.Page.ClickAsync("#link button[value=repoint]");
        await visit.Page.Locator("#link dd").GetByText("item-2").WaitForAsync();
        await visit.Page.ClickAsync("#link button[value=disable]");
        await visit.Page.Locator("#link button[value=enable]").WaitForAsync();
        var url = await visit.Page.Locator("#link dd a").First.GetAttributeAsync("href");
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.GetAsync(url)).StatusCode);
        await visit.Page.ClickAsync("#link button[value=enable]");
        await visit.Page.Locator("#link button[value=disable]").WaitForAsync();
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync(url)).StatusCode);

        // One with an address of its own leads to the listing that it is pointed at.
        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard/links");
        await visit.Page.FillAsync("#mint [name=web]", "https://market.example/sale");
        await visit.Page.ClickAsync("#mint button");
        await visit.Page.FillAsync("#link [name=listingId]", "item-3");
        await visit.Page.ClickAsync("#link button[value=repoint]");
        await visit.Page.Locator("#link dd").GetByText("item-3").WaitForAsync();
        url = await visit.Page.Locator("#link dd a").First.GetAttributeAsync("href");
        Assert.StartsWith("https://market.example/item/item-3?", (await app.Client.GetAsync(url)).Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.DoesNotContain(visit.Complaints, complaint => !complaint.Contains("400", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_language_that_was_chosen_stays()
    {
        var app = (await market.GetAsync(azurite)).App;
        await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, "en");
        await SignInAsync(visit, app, "/dashboard");
        await visit.Page.GetByText("中文").ClickAsync();
        await visit.Page.Locator("h1").GetByText("总览").WaitForAsync();
        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard/attribution");
        Assert.Equal("归因", await visit.Page.Locator("h1").InnerTextAsync());
    }

    private static async Task SignInAsync(BrowserVisit visit, TestApp app, string to)
    {
        await visit.Page.GotoAsync(app.Client.BaseAddress + to[1..]);
        await visit.Page.FillAsync("#key", DevelopmentKey.Value);
        await visit.Page.ClickAsync("button.main");
        await visit.Page.Locator(".tiles").WaitForAsync();
        Assert.EndsWith(to, visit.Page.Url, StringComparison.Ordinal);
    }

    private async Task<string> OrderAsync(TestApp app)
    {
        foreach (var happened in (await market.GetAsync(azurite)).Reported.Where(happened => happened is { Type: "order", Cancelled: false }))
        {
            using var response = await app.Client.GetAsync($"/api/attribution/events/order/{happened.Id}");
            if (response.StatusCode == HttpStatusCode.OK && JsonNode.Parse(await response.Content.ReadAsStringAsync())!["touches"]!.AsArray().Count > 1)
                return happened.Id!;
        }
        throw new InvalidOperationException("No order has two touches.");
    }

    private static long Number(string text) => long.Parse(Digits().Replace(text, ""), System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\D")]
    private static partial Regex Digits();
}
