using System.Text.Json;
using Microsoft.Playwright;
using ShareLinks.Tests.Support;

namespace ShareLinks.BrowserTests;

/// <summary>Looks for what people could not use.</summary>
internal static class Accessibility
{
    /// <summary>No rule of WCAG 2.2 A and AA that axe-core can check is broken.</summary>
    public static async Task AssertAsync(IPage page)
    {
        // Evaluated by the browser itself, since the page's policy lets no script in.
        await page.EvaluateAsync(await File.ReadAllTextAsync(RepositoryFolder.Combine("node_modules", "axe-core", "axe.min.js")) + ";0");
        var result = await page.EvaluateAsync<JsonElement>("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })");
        Assert.Empty(result.GetProperty("violations").EnumerateArray().Select(violation => $"{violation.GetProperty("id")}: {violation.GetProperty("nodes")}"));
    }
}
