using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ShareLinks.Tests.Support;

/// <summary>One address before several instances, which take turns at its requests: as a load balancer has it.</summary>
internal sealed class FrontDoor : IAsyncDisposable
{
    private readonly HttpClient instances = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(60) };
    private readonly ConcurrentDictionary<Uri, int> answered = new();
    private readonly IReadOnlyList<Uri> targets;
    private readonly WebApplication app;
    private int turn;

    private FrontDoor(IReadOnlyList<Uri> targets, WebApplication app) => (this.targets, this.app) = (targets, app);

    public Uri Address => new(app.Urls.First());

    /// <summary>Requests that each instance has answered.</summary>
    public IReadOnlyDictionary<Uri, int> Answered => answered;

    public static async Task<FrontDoor> StartAsync(params Uri[] targets)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var door = new FrontDoor(targets, builder.Build());
        door.app.Run(door.ForwardAsync);
        await door.app.StartAsync();
        return door;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        instances.Dispose();
    }

    private async Task ForwardAsync(HttpContext http)
    {
        var target = targets[(int)((uint)Interlocked.Increment(ref turn) % targets.Count)];
        using var message = Forwarding.ToMessage(http, Forwarding.AddressOf(http, target), await Forwarding.ReadAsync(http));
        using var answer = await instances.SendAsync(message, http.RequestAborted);
        answered.AddOrUpdate(target, 1, (_, count) => count + 1);
        Forwarding.CopyHead(answer, http.Response);
        await answer.Content.CopyToAsync(http.Response.Body);
    }
}
