using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Posters;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.BrowserTests;

/// <summary>Posters from the form to the printed sheet, which a scanner reads as a phone would.</summary>
public class PostersTests(Azurite azurite, Browser browser)
{
    private const int Posters = 30;
    private const double MillimetresPerPoint = 25.4 / 72;

    /// <summary>Ordered so that two that a plain run takes have both languages and both widths.</summary>
    public static TheoryData<string, int> Looks() => [.. Scale.OneIn(2, [("zh-CN", 390), ("zh-CN", 1280), ("en", 1280), ("en", 390)])];

    /// <summary>Ordered so that a plain run takes every paper.</summary>
    public static TheoryData<string, string, int, int, int> Sheets() =>
    [
        .. Scale.OneIn(2,
        [
            ("a4", "colour", 210, 297, 1), ("a4", "black", 210, 297, 1), ("a5", "black", 148, 210, 1), ("a5", "colour", 148, 210, 1), ("stickers", "colour", 210, 297, 24), ("stickers", "black", 210, 297, 24),
        ]),
    ];

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Every_page_is_whole_in_every_language_and_width(string language, int width)
    {
        await using var app = await TestApp.StartAsync(azurite);
        await using var visit = await browser.VisitAsync(Agents.Desktop, width, language);
        await MakeAsync(app, visit);
        foreach (var (name, address) in new[]
        {
            ("posters", "dashboard/posters"), ("lot", "dashboard/posters/lot?lot=hz-market"), ("lot-bad", "dashboard/posters/lot?lot=hz-market&paper=stickers&distance=2&ink=%23ffe08a&level=M"),
            ("print-a4", "dashboard/posters/print?lot=hz-market&last=2"), ("print-stickers", "dashboard/posters/print?lot=hz-market&paper=stickers&colour=black"),
        })
        {
            await visit.Page.GotoAsync(app.Client.BaseAddress + address);
            await visit.Page.ScreenshotAsync(new() { Path = Screen($"{name}-{language}-{width}.png"), FullPage = true });
            Assert.InRange(await visit.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
            Assert.Equal(language, await visit.Page.EvaluateAsync<string>("document.documentElement.lang"));
            await Accessibility.AssertAsync(visit.Page);
        }
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [MemberData(nameof(Sheets))]
    public async Task Every_symbol_on_a_printed_sheet_leads_to_its_own_link(string paper, string colour, int width, int height, int perPage)
    {
        Assert.SkipUnless(Scanner.IsInstalled && File.Exists("/usr/bin/pdftoppm"), "zbar-tools and poppler-utils are needed (tests/run.sh installs them).");
        await using var app = await TestApp.StartAsync(azurite);
        await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, "en");
        var lot = await MakeAsync(app, visit);
        await visit.Page.GotoAsync($"{app.Client.BaseAddress}dashboard/posters/lot?lot=hz-market");
        await visit.Page.SelectOptionAsync("[name=paper]", paper);
        await visit.Page.SelectOptionAsync("[name=colour]", colour);
        await visit.Page.ClickAsync("#print .main");
        await visit.Page.Locator(".sheet").First.WaitForAsync();
        // As wide as the check takes them to be, with their quiet zone.
        var symbol = (await visit.Page.Locator(".symbol svg").First.BoundingBoxAsync())!;
        var known = PosterPaper.Find(paper)!;
        Assert.Equal((known.SymbolMillimetres + 2 * known.QuietMillimetres) * 96 / 25.4, symbol.Width, 0.5);
        Assert.Equal(symbol.Width, symbol.Height, 0.5);

        var file = Screen($"{paper}-{colour}.pdf");
        await visit.Page.PdfAsync(new() { Path = file, PreferCSSPageSize = true, PrintBackground = true });
        var pages = await PagesAsync(file, width, height);
        Assert.Equal((Posters + perPage - 1) / perPage, pages.Length);
        foreach (var number in Scale.OneIn(3, [.. Enumerable.Range(1, Posters)]))
        {
            // Each where it is to be, as a phone that is held before it sees it.
            var (page, place) = Math.DivRem(number - 1, perPage);
            var picture = perPage == 1 ? pages[page] : await CutAsync(file, page + 1, place % 3 * 70, 0.4 + place / 3 * 37, 70, 37);
            Assert.Equal(app.Get<LinkAddresses>().QrUrl(lot.Links[number - 1]), await Scanner.ReadPngAsync(await File.ReadAllBytesAsync(picture)));
        }
        Assert.DoesNotContain(visit.Complaints, complaint => complaint.StartsWith("error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a4")]
    [InlineData("a5")]
    [InlineData("stickers")]
    public async Task Nothing_of_a_title_s_third_line_is_printed(string paper)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pdftoppm"), "poppler-utils is needed (tests/run.sh installs it).");
        await using var app = await TestApp.StartAsync(azurite);
        await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, "en");
        await MakeAsync(app, visit);
        await visit.Page.GotoAsync($"{app.Client.BaseAddress}dashboard/posters/print?lot=hz-market&last=1&paper={paper}");
        Assert.Equal(await PrintedAsync("aaa"), await PrintedAsync("ÄÖÜ ÊÉ Ấ ẤẾ"));

        // Accents rise into the line before.
        async Task<string> PrintedAsync(string third)
        {
            await visit.Page.EvaluateAsync("third => { const title = document.querySelector('.poster h2'); title.className = 'long'; title.innerHTML = `Grow jpgqy<br>Ågjp jpgqy<br>${third}<br>x`; }", third);
            var file = Screen($"title-{paper}.pdf");
            await visit.Page.PdfAsync(new() { Path = file, PreferCSSPageSize = true, PrintBackground = true });
            return Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(await CutAsync(file, page: 1, left: 0, top: 0, width: 140, height: 60))));
        }
    }

    [Fact]
    public async Task Posters_are_made_once_by_keyboard_and_a_repointed_one_leads_elsewhere()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await using var visit = await browser.VisitAsync(Agents.Desktop, 390, "en", hasScript: false);
        var lot = await MakeAsync(app, visit);
        var codes = lot.Links.Select(app.Get<ShortCodes>().Encode).ToArray();
        using var told = await app.Client.PutAsync("/api/listings/item-2", TestApp.Json(new { title = "Lamp" }));
        Assert.Equal(Posters, await visit.Page.Locator("#posters-table tbody tr").CountAsync());
        await visit.Page.FillAsync("#repoint [name=first]", "7");
        await visit.Page.FillAsync("#repoint [name=last]", "7");
        await visit.Page.FillAsync("#repoint [name=listingId]", "item-2");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Locator("#posters-table").GetByText("item-2").WaitForAsync();
        foreach (var (serial, listing) in new[] { (6, "item-1"), (7, "item-2"), (8, "item-1") })
        {
            using var answer = await app.Client.GetAsync("/" + codes[serial - 1]);
            Assert.StartsWith($"https://market.example/item/{listing}?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        }
        await visit.Page.ReloadAsync();
        Assert.Equal(["0", "1", "1", "1", "0"], (await visit.Page.Locator("#posters-table tbody tr td:nth-child(4)").AllInnerTextsAsync()).Skip(4).Take(5));
    }

    private static async Task<PosterLot> MakeAsync(TestApp app, BrowserVisit visit)
    {
        using var told = await app.Client.PutAsync("/api/listings/item-1", TestApp.Json(new { title = "Braun SK 61 record player, 1966, serviced", price = 2399, currency = "CNY" }));
        Assert.True(told.IsSuccessStatusCode);
        await visit.Page.GotoAsync(app.Client.BaseAddress + "dashboard/posters");
        await visit.Page.FillAsync("#key", DevelopmentKey.Value);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.FillAsync("#make [name=name]", "hz-market");
        await visit.Page.FillAsync("#make [name=count]", Invariant(Posters));
        await visit.Page.FillAsync("#make [name=listingId]", "item-1");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Locator("#posters-table").WaitForAsync();
        return (await app.Get<LotTable>().FindAsync("hz-market", CancellationToken.None))!;
    }

    /// <summary>Pictures of a PDF's pages, all of the size given in millimetres.</summary>
    private static async Task<string[]> PagesAsync(string pdf, int width, int height)
    {
        var info = await RunAsync("pdfinfo", ["-l", "1", pdf]);
        var size = info.Split('\n').Single(line => line.StartsWith("Page    1 size:", StringComparison.Ordinal) || line.StartsWith("Page size:", StringComparison.Ordinal)).Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(width, double.Parse(size[0], CultureInfo.InvariantCulture) * MillimetresPerPoint, 0.5);
        Assert.Equal(height, double.Parse(size[2], CultureInfo.InvariantCulture) * MillimetresPerPoint, 0.5);
        var name = Path.GetFileNameWithoutExtension(pdf) + "-page";
        foreach (var old in Directory.EnumerateFiles(Path.GetDirectoryName(pdf)!, name + "*.png"))
            File.Delete(old);
        await RunAsync("pdftoppm", ["-r", "100", "-png", pdf, Path.ChangeExtension(pdf, null) + "-page"]);
        return [.. Directory.EnumerateFiles(Path.GetDirectoryName(pdf)!, name + "*.png").Order(StringComparer.Ordinal)];
    }

    /// <summary>A part of a page, given in millimetres.</summary>
    private static async Task<string> CutAsync(string pdf, int page, double left, double top, double width, double height)
    {
        var picture = Path.ChangeExtension(pdf, null) + "-part";
        await RunAsync("pdftoppm", ["-r", "300", "-png", "-singlefile", "-f", Invariant(page), "-l", Invariant(page), "-x", Pixels(left), "-y", Pixels(top), "-W", Pixels(width), "-H", Pixels(height), pdf, picture]);
        return picture + ".png";

        static string Pixels(double millimetres) => Invariant((int)Math.Round(millimetres / 25.4 * 300));
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task<string> RunAsync(string program, string[] args)
    {
        using var process = ChildProcess.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true });
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static string Screen(string name) => RepositoryFolder.Combine(".data", "screens", name);
}
