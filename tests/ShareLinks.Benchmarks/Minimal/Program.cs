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
await app.RunAsync();
