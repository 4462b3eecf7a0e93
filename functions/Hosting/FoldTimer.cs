using ShareLinks.Http;

namespace ShareLinks.Hosting;

/// <summary>The Functions host's timer: <c>POST /Fold</c>, from this machine alone.</summary>
/// <remarks>
/// The host sends its timer's calls to the same port as the requests that it passes on, so anybody could send one; those carry the headers that the
/// host adds to what it passes on, and are refused. (Counting twice would do no harm.)
/// </remarks>
internal static class FoldTimer
{
    private const string Done = """{"Outputs":{},"Logs":[],"ReturnValue":null}""";

    private static readonly string[] MarksOfProxiedRequests = ["x-ms-invocation-id", "X-Azure-Functions-InvocationId", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/Fold", async Task<IResult> (HttpContext http, Upkeep upkeep, IConfiguration configuration) =>
    {
        if (!ListeningAddress.IsBehindFunctionsHost(configuration) || MarksOfProxiedRequests.Any(http.Request.Headers.ContainsKey))
            return Problem.NotFound("There is nothing at this address.").ToResult();
        await upkeep.RunAsync(http.RequestAborted);
        return Results.Text(Done, "application/json");
    }).ExcludeFromDescription();
}
