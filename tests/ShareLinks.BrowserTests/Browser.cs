using System.Collections.Concurrent;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(ShareLinks.BrowserTests.Browser))]

namespace ShareLinks.BrowserTests;

/// <summary>Debian's Chromium, once for the whole run.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? playwright;
    private IBrowser? chromium;

    public async ValueTask InitializeAsync()
    {
        playwright = await Playwright.CreateAsync();
        chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--no-proxy-server"] });
    }

    /// <summary>A fresh visitor.</summary>
    public async Task<BrowserVisit> VisitAsync(string userAgent, int width = 390, string language = "zh-CN", bool isDark = false, bool hasScript = true, bool mayCopy = true)
    {
        var context = await chromium!.NewContextAsync(new()
        {
            UserAgent = userAgent,
            ViewportSize = new() { Width = width, Height = 844 },
            Locale = language,
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            JavaScriptEnabled = hasScript,
            Permissions = mayCopy ? ["clipboard-read", "clipboard-write"] : [],
        });
        return new BrowserVisit(context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
            await chromium.DisposeAsync();
        playwright?.Dispose();
    }
}

/// <summary>One visitor's page, and whatever the browser had to complain of or went to fetch.</summary>
public sealed class BrowserVisit : IAsyncDisposable
{
    private readonly IBrowserContext context;

    internal BrowserVisit(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        page.Console += (_, message) => Complaints.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Complaints.Enqueue(error);
        page.Request += (_, request) => Requests.Enqueue(request);
    }

    public IPage Page { get; }

    /// <summary>Everything in the console, violations of the page's policy among it.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    public ConcurrentQueue<IRequest> Requests { get; } = new();

    public ValueTask DisposeAsync() => context.DisposeAsync();
}
