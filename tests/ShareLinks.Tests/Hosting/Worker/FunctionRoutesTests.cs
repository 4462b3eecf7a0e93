using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using ShareLinks.FunctionsHost;
using ShareLinks.Hosting;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting.Worker;

/// <summary>Which function an address belongs to: the host tries them by name, so one can shadow another.</summary>
public class FunctionRoutesTests(Azurite azurite, PublishedApp published)
{
    /// <summary>Every address of the app, under the function that is to have it.</summary>
    private static readonly Dictionary<string, string[]> Parts = new()
    {
        ["Clicks"] = ["/api/clicks", "/api/clicks/export", "/api/clicks/{clickId}"],
        ["Dashboard"] =
        [
            "/dashboard", "/dashboard/assets/{hash}/{name}", "/dashboard/attribution", "/dashboard/event", "/dashboard/links", "/dashboard/links/change", "/dashboard/posters", "/dashboard/posters/lot",
            "/dashboard/posters/print", "/dashboard/sign-in", "/dashboard/sign-out", "/dashboard/subject", "/dashboard/{**rest}",
        ],
        ["Events"] = ["/api/events"],
        ["Mint"] = ["/api/links", "/api/links/batch", "/api/links/{code}", "/api/listings/batch", "/api/listings/{id}"],
        ["Operations"] = ["/api/health", "/api/keys", "/api/keys/{id}", "/api/people/{userId}"],
        ["Pictures"] = ["/{code}/qr.png", "/{code}/qr.svg", "/{code}/wxacode.png"],
        ["Queries"] = ["/api/attribution", "/api/attribution/events/{type}/{id}", "/api/funnel", "/api/links/{code}/diagnose", "/api/links/{code}/spread", "/api/stats", "/api/stats/top"],
        ["Reference"] = ["/docs/favicon.svg", "/docs/{documentName?}", "/docs/scalar.aspnetcore.js", "/docs/scalar.js", "/openapi/{documentName}.json"],
        ["Resolve"] =
        [
            "/", "/.well-known/apple-app-site-association", "/.well-known/applinking.json", "/.well-known/assetlinks.json", "/Q/{token}", "/Q/verify.txt", "/api/resolve", "/api/share-text/grammar",
            "/find", "/visitor-consent", "/{code}",
        ],
    };

    [Fact]
    public async Task Every_address_reaches_its_function_and_none_is_shadowed()
    {
        await using var app = await FunctionApp.StartAsync(azurite, published, scopes: null);
        Assert.Equal([.. Parts.Keys.Append("Fold").Order(StringComparer.Ordinal)], app.Host.Functions.Select(function => function.Name).Order(StringComparer.Ordinal));
        var timer = app.Host.Functions.Single(function => function.Type == "timerTrigger");
        Assert.Equal(("Fold", "0 * * * * *"), (timer.Name, timer.Schedule));
        // Methods are the pipeline's business, which refuses them in words.
        Assert.All(app.Host.Functions, function => Assert.Null(function.Methods));

        // The table is whole: an address that is added has to be given to a function.
        await using var standalone = StandaloneHead.Build(["--environment=Development", "--ShareLinks:VerificationFiles:/Q/verify.txt=x"], builder => builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["ShareLinks:Destinations:Web"] = TestApp.Web }));
        var patterns = standalone.Services.GetRequiredService<AppEndpoints>().All.Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Distinct()
            // In Development alone.
            .Where(pattern => !pattern.StartsWith("/demo", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Equal(Parts.Values.SelectMany(part => part).Order(StringComparer.Ordinal), patterns);

        await using var services = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider();
        var called = "";
        var routes = new FunctionRoutes(app.Host.Functions, services, (_, function) =>
        {
            called = function.Name;
            return Task.CompletedTask;
        });
        foreach (var (function, pattern) in Parts.SelectMany(part => part.Value.Select(pattern => (part.Key, pattern))))
        {
            // With the usual case and another, with and without a slash at its end, by every method.
            var path = pattern.Replace("{code}", "AbC3dE9kQ", StringComparison.Ordinal).Replace("{id}", "item-1", StringComparison.Ordinal).Replace("{documentName?}", "v1", StringComparison.Ordinal).Replace('{', 'x').Replace('}', 'y');
            foreach (var form in new[] { path, path.TrimEnd('/') + "/", path.ToUpperInvariant() })
            {
                foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE" })
                {
                    called = "";
                    Assert.True(await routes.TryInvokeAsync(new DefaultHttpContext { RequestServices = services, Request = { Method = method, Path = form } }), form);
                    Assert.True(called == function, $"{method} {form} reaches {called}, not {function}.");
                }
            }
        }
        foreach (var (path, function) in new[]
        {
            ("/api/links/AbC3dE9kQ/nothing", "Queries"), ("/api/nothing", "Resolve"), ("/api", "Resolve"), ("/AbC3dE9kQ/qr.gif", "Resolve"), ("/dashboards", "Resolve"), ("/docsx", "Resolve"), ("/春日", "Resolve"),
            ("/api/clicks/a/b/c", "Clicks"), ("/api/listings/item-1/photos", "Resolve"), ("/AbC3dE9kQ~0123456789abcdefghijkl", "Resolve"), ("/AbC3dE9kQ，https://other.example/x", "Resolve"),
        })
        {
            await routes.TryInvokeAsync(new DefaultHttpContext { RequestServices = services, Request = { Method = "GET", Path = path } });
            Assert.Equal((path, function), (path, called));
            // Whatever function has it, the app answers, not the host.
            using var answer = await app.Client.GetAsync(path);
            Assert.Contains(answer.Content.Headers.ContentType?.MediaType, new[] { "application/problem+json", "text/html" });
        }
    }
}
