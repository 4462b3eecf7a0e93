using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using ShareLinks.Storage;

namespace ShareLinks.Tests.Support;

/// <summary>Stands between an app and Azurite, so that a test can see every request and let any of them fail in any way.</summary>
internal sealed class StorageProxy : IAsyncDisposable
{
    private readonly HttpClient azurite = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2) });
    private readonly Uri target;
    private WebApplication? app;

    private StorageProxy(Uri target) => this.target = target;

    public string ConnectionString => StorageAccount.EmulatorConnectionString(new Uri(app!.Urls.First()));

    /// <summary>What happens to a request before storage sees it.</summary>
    public Func<StorageRequest, Fault> Before { get; set; } = _ => Fault.None;

    /// <summary>What happens to the answer of a request that storage has carried out.</summary>
    public Func<StorageRequest, Fault> After { get; set; } = _ => Fault.None;

    public static async Task<StorageProxy> StartAsync(Azurite azurite)
    {
        var proxy = new StorageProxy(azurite.Address);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        proxy.app = builder.Build();
        proxy.app.Run(proxy.ForwardAsync);
        await proxy.app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app!.DisposeAsync();
        azurite.Dispose();
    }

    private async Task ForwardAsync(HttpContext http)
    {
        // The path as it was sent: its escapes are part of what the client signed.
        var rawTarget = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var address = new Uri(target, rawTarget);
        var request = new StorageRequest(http.Request.Method, Uri.UnescapeDataString(address.AbsolutePath.Split('/')[^1]), Uri.UnescapeDataString(address.Query));
        if (!await PassesAsync(http, () => Before(request)))
            return;

        using var message = new HttpRequestMessage(new HttpMethod(http.Request.Method), address);
        if (http.Request.ContentLength > 0 || http.Request.Headers.TransferEncoding.Count > 0)
            message.Content = new StreamContent(http.Request.Body);
        foreach (var (name, values) in http.Request.Headers)
        {
            if (name is "Host" or "Connection" or "Transfer-Encoding")
                continue;
            if (!message.Headers.TryAddWithoutValidation(name, values.ToArray()))
                message.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }
        // Once sent it is carried out, even when the app is killed meanwhile: as with real storage.
        using var answer = await azurite.SendAsync(message, CancellationToken.None);
        var body = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        if (!await PassesAsync(http, () => After(request)))
            return;
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (name is not ("Transfer-Encoding" or "Connection" or "Keep-Alive"))
                http.Response.Headers[name] = values.ToArray();
        }
        await http.Response.Body.WriteAsync(body);
    }

    private static async Task<bool> PassesAsync(HttpContext http, Func<Fault> decide)
    {
        switch (decide())
        {
            case Fault.Cut:
                http.Abort();
                return false;
            case Fault.Busy:
                http.Response.StatusCode = (int)HttpStatusCode.ServiceUnavailable;
                return false;
            case Fault.TooLarge:
                http.Response.StatusCode = (int)HttpStatusCode.RequestEntityTooLarge;
                return false;
            case Fault.Hang:
                while (!http.RequestAborted.IsCancellationRequested && decide() == Fault.Hang)
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                http.Abort();
                return false;
            default:
                return true;
        }
    }
}

internal enum Fault
{
    None,

    /// <summary>The connection breaks.</summary>
    Cut,

    /// <summary>503.</summary>
    Busy,

    /// <summary>413.</summary>
    TooLarge,

    /// <summary>Nothing, until the app gives up or the test decides otherwise.</summary>
    Hang,
}
