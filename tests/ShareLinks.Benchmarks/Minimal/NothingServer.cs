/// <summary>A server that answers every request with the same redirect: the least that any costs.</summary>
internal static class NothingServer
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers.Location = "https://market.example/item/item-1?clickId=0123456789abcdefghijkl";
            return Task.CompletedTask;
        });
        return app;
    }
}
