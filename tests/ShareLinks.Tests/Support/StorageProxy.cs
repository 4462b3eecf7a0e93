using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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

    /// <summary>How long <see cref="Fault.Throttled"/> asks to wait.</summary>
    public int RetryAfterSeconds { get; set; } = 1;

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
        var address = Forwarding.AddressOf(http, target);
        var content = await Forwarding.ReadAsync(http);
        var request = new StorageRequest(http.Request.Method, Uri.UnescapeDataString(address.AbsolutePath.Split('/')[^1]), Uri.UnescapeDataString(address.Query)).Of(content);
        if (!await PassesAsync(http, () => Before(request), []))
            return;
        using var message = Forwarding.ToMessage(http, address, content);
        // Once sent it is carried out, even when the app is killed meanwhile: as with real storage.
        using var answer = await azurite.SendAsync(message, CancellationToken.None);
        var body = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        if (!await PassesAsync(http, () => After(request), body))
            return;
        Forwarding.CopyHead(answer, http.Response);
        await http.Response.Body.WriteAsync(body);
    }

    private async Task<bool> PassesAsync(HttpContext http, Func<Fault> decide, byte[] body)
    {
        switch (decide())
        {
            case Fault.Cut:
                http.Abort();
                return false;
            case Fault.Busy:
                http.Response.StatusCode = (int)HttpStatusCode.ServiceUnavailable;
                return false;
            case Fault.Throttled:
                http.Response.StatusCode = (int)HttpStatusCode.ServiceUnavailable;
                http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
                return false;
            case Fault.Error:
                http.Response.StatusCode = (int)HttpStatusCode.InternalServerError;
                return false;
            case Fault.Forbidden:
                http.Response.StatusCode = (int)HttpStatusCode.Forbidden;
                return false;
            case Fault.Delay:
                await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
                return true;
            case Fault.Half:
                http.Response.ContentLength = Math.Max(2, body.Length);
                await http.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
                await http.Response.Body.FlushAsync();
                http.Abort();
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

public enum Fault
{
    None,

    /// <summary>The connection breaks.</summary>
    Cut,

    /// <summary>503.</summary>
    Busy,

    /// <summary>503 that asks to wait.</summary>
    Throttled,

    /// <summary>500.</summary>
    Error,

    /// <summary>403: the app's role was taken away.</summary>
    Forbidden,

    /// <summary>Half a second more than it takes.</summary>
    Delay,

    /// <summary>The head and half of the body; then the connection breaks.</summary>
    Half,

    /// <summary>413.</summary>
    TooLarge,

    /// <summary>Nothing, until the app gives up or the test decides otherwise.</summary>
    Hang,
}
