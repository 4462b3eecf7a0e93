using Microsoft.Playwright;
using ShareLinks.Reporting;
using ShareLinks.Security;
using ShareLinks.Simulation;
using ShareLinks.Tests.Simulation;
using ShareLinks.Tests.Support;
using SkiaSharp;

namespace ShareLinks.BrowserTests;

/// <summary>
/// Makes the pictures that README shows, of the marketplace that <c>demo</c> invents, in folder <c>Pictures</c>:
/// <c>dotnet run --project tests/ShareLinks.BrowserTests -- --explicit only</c>.
/// </summary>
public class ReadmePictures(Azurite azurite, Browser browser)
{
    private const int Quality = 70;

    [Fact(Explicit = true)]
    public async Task Are_made_anew()
    {
        var day = new DateOnly(2026, 11, 22);
        await using var history = await History.WriteAsync(
            azurite, SimulationPlan.Until(day, DemoCommand.Days, DemoCommand.Listings, DemoCommand.Sharers, DemoCommand.DefaultClicks, 1, ReportingZone.Find(ReportingZone.Default)!, new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)), reports: true);
        var days = $"from={day.AddDays(-29):yyyy-MM-dd}&to={day:yyyy-MM-dd}";
        var links = await history.App.GetJsonAsync($"/api/stats/top?kind=link&from={day.AddDays(-29):yyyy-MM-dd}&to={day:yyyy-MM-dd}&limit=50");
        var (most, tree) = (0, "");
        foreach (var link in links["rows"]!.AsArray())
        {
            var code = link!["key"]!.GetValue<string>();
            var size = (await history.App.GetJsonAsync($"/api/links/{code}/spread"))["links"]!.GetValue<int>();
            if (size > most)
                (most, tree) = (size, code);
        }
        foreach (var (name, language, isDark, address, height) in new[]
        {
            ("overview", "en", false, "/dashboard?" + days, 1150), ("overview-dark", "zh-CN", true, "/dashboard?" + days, 1150),
            ("attribution", "en", false, "/dashboard/attribution?" + days, 900), ("tree", "en", false, $"/dashboard/subject?subject=link:{tree}&{days}#tree", 860),
        })
        {
            await using var visit = await browser.VisitAsync(Agents.Desktop, 1280, language, isDark);
            await visit.Page.SetViewportSizeAsync(1280, height);
            await visit.Page.GotoAsync(history.App.Client.BaseAddress + "dashboard/sign-in?to=" + Uri.EscapeDataString(address));
            await visit.Page.FillAsync("#key", DevelopmentKey.Value);
            await visit.Page.ClickAsync("button.main");
            await visit.Page.WaitForLoadStateAsync(LoadState.Load);
            if (address.Contains('#', StringComparison.Ordinal))
                await visit.Page.Locator(address[address.IndexOf('#', StringComparison.Ordinal)..]).ScrollIntoViewIfNeededAsync();
            using var picture = SKBitmap.Decode(await visit.Page.ScreenshotAsync());
            using var file = File.Create(RepositoryFolder.Combine("tests", "ShareLinks.BrowserTests", "Pictures", name + ".webp"));
            picture.Encode(file, SKEncodedImageFormat.Webp, Quality);
        }
    }
}
