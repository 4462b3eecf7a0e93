using ShareLinks.People;
using ShareLinks.Security;

namespace ShareLinks.Hosting;

/// <summary>What happens to a request, whichever head received it: the middleware in its order, then the endpoints.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class RequestPipeline(IServiceProvider services)
{
    private readonly Lazy<RequestDelegate> pipeline = new(() =>
    {
        var app = new ApplicationBuilder(services);
        Use(app);
        return app.Build();
    });

    /// <summary>Builds the pipeline, which the first request would otherwise wait for.</summary>
    public void Prepare() => _ = pipeline.Value;

    /// <summary>Answers a request that another pipeline received.</summary>
    public Task RunAsync(HttpContext http)
    {
        // What the other pipeline routed by means nothing here, and an endpoint that is set would not be looked for again.
        http.SetEndpoint(null);
        http.Request.RouteValues.Clear();
        return pipeline.Value(http);
    }

    /// <summary>Adds it to a server's own pipeline.</summary>
    public static void Use(IApplicationBuilder app)
    {
        // Opens its file now, so that a fault of it is in the log from the start.
        _ = app.ApplicationServices.GetRequiredService<Countries>();
        SecurityHeaders.Use(app);
        app.UseMiddleware<Faults>();
        BodyLimit.Use(app);
        LinkShortcut.Use(app);
        ApiReference.UsePagePolicy(app);
        app.UseRouting();
        ApiKeyAuthentication.Use(app);
        app.UseEndpoints(app.ApplicationServices.GetRequiredService<AppEndpoints>().Map);
    }
}
