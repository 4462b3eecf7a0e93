using ShareLinks.Http;

namespace ShareLinks.Hosting.Worker;

/// <summary>Runs ahead of the worker's own middleware, which trusts the invocation's id that a request bears: gives each request one that is true.</summary>
internal sealed class RequestPairing(InvocationPairs pairs) : IStartupFilter
{
    /// <summary>The header by which the host marks what it passes on, unless the client has set it.</summary>
    public const string Header = "x-ms-invocation-id";

    private static readonly Problem NoInvocation = Problem.Of(
        StatusCodes.Status400BadRequest, "no_invocation", $"No function was called for this request: leave out the header {Header}, which the Functions host sets.");

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        SecurityHeaders.Use(app);
        app.UseMiddleware<Faults>();
        app.Use(after => http =>
        {
            var finding = pairs.FindAsync(http.Request.Headers[Header].ToString(), http.RequestAborted);
            return finding.IsCompletedSuccessfully ? PassOnAsync(http, finding.Result, after) : WaitAsync(http, finding, after);
        });
        next(app);
    };

    private static async Task WaitAsync(HttpContext http, ValueTask<string?> finding, RequestDelegate after) => await PassOnAsync(http, await finding, after);

    private static Task PassOnAsync(HttpContext http, string? invocation, RequestDelegate after)
    {
        if (invocation is null)
            return NoInvocation.WriteAsync(http);
        http.Request.Headers[Header] = invocation;
        return after(http);
    }
}
