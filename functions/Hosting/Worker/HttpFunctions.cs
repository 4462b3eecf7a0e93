using Microsoft.Azure.Functions.Worker;

namespace ShareLinks.Hosting.Worker;

/// <summary>The functions that people see in the portal: each has its part of the addresses and hands a request to the one pipeline.</summary>
/// <remarks>
/// The host tries functions in the alphabetical order of their names and takes the first whose route fits, so <c>Resolve</c>, which fits everything,
/// must be the last. A function takes all methods, so that the pipeline is what refuses one.
/// </remarks>
public sealed class HttpFunctions(RequestPipeline pipeline)
{
    /// <summary>The change feed, exports, and scans that were made without a network.</summary>
    [Function("Clicks")]
    public Task Clicks([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/clicks/{*rest}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>The growth team's pages.</summary>
    [Function("Dashboard")]
    public Task Dashboard([HttpTrigger(AuthorizationLevel.Anonymous, Route = "dashboard/{*rest}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>What the marketplace reports.</summary>
    [Function("Events")]
    public Task Events([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/events/{*rest}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>Links and listings: made, read and changed.</summary>
    [Function("Mint")]
    public Task Mint([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{kind:regex(^(links|listings)$)}/{id?}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>Keys, people and health.</summary>
    [Function("Operations")]
    public Task Operations([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{operation:regex(^(health|keys|people)$)}/{*rest}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>QR pictures and mini program codes.</summary>
    [Function("Pictures")]
    public Task Pictures([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{code}/{picture:regex(^(qr\\.png|qr\\.svg|wxacode\\.png)$)}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>Statistics, attribution, funnels, and what is asked of a single link.</summary>
    [Function("Queries")]
    public Task Queries([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{query:regex(^(attribution|funnel|links|stats)$)}/{*rest}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>The API's reference.</summary>
    [Function("Reference")]
    public Task Reference([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{page:regex(^(docs|openapi)$)}/{*rest}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);

    /// <summary>Whatever people open: links, pasted texts, the files that let apps open links.</summary>
    [Function("Resolve")]
    public Task Resolve([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) => pipeline.RunAsync(request.HttpContext);
}
