using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ShareLinks.Http;

namespace ShareLinks.Hosting;

/// <summary>
/// Refuses bodies over <see cref="JsonBody.MaxBytes"/> so that the client learns why. The server would close the
/// connection under a client that is still sending, which then sees nothing but a broken pipe; what is refused here up to
/// <see cref="HeardBytes"/> is received and thrown away first.
/// </summary>
public static class BodyLimit
{
    /// <summary>Bytes of a body that the server receives at most before it closes the connection.</summary>
    public const int HeardBytes = 8 * JsonBody.MaxBytes;

    /// <summary>Has the server receive what is to be refused.</summary>
    public static void Configure(KestrelServerLimits limits) => limits.MaxRequestBodySize = HeardBytes;

    /// <summary>Refuses what says that it is too long; what does not say its length is read up to the limit.</summary>
    public static void Use(WebApplication app) => app.Use((http, next) =>
    {
        if (http.Request.ContentLength > JsonBody.MaxBytes)
            return JsonBody.TooLarge.WriteAsync(http);
        if (http.Request.ContentLength is null && http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = JsonBody.MaxBytes;
        return next(http);
    });
}
