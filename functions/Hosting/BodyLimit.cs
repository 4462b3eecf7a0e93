using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using ShareLinks.Http;

namespace ShareLinks.Hosting;

/// <summary>
/// Refuses bodies that are too long (<see cref="JsonBody.MaxBytes"/>) or broken so that the client learns why. A server that answers and closes the connection under a client
/// which still sends leaves it with a broken pipe, and a proxy between the two with an error of its own; so what is refused is received first, and
/// thrown away.
/// </summary>
public static class BodyLimit
{
    /// <summary>How long a refused body is received.</summary>
    public static readonly TimeSpan ReceiveTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Leaves the limit to this class.</summary>
    public static void Configure(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerLimits limits) => limits.MaxRequestBodySize = null;

    /// <summary>Refuses a body that says that it is too long; one that does not tell its length is read up to the limit.</summary>
    public static void Use(IApplicationBuilder app)
    {
        var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
        app.Use((http, next) =>
        {
            if (http.Request.ContentLength > JsonBody.MaxBytes)
                return RefuseAsync(http, time);
            if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
                http.Request.Body = new RequestBody(http.Request.Body, time);
            return next(http);
        });
    }

    private static async Task RefuseAsync(HttpContext http, TimeProvider time)
    {
        // Who asks first has not sent anything yet, and need not.
        if (http.Request.Headers.Expect.Count == 0)
            await ReceiveAsync(http.Request.Body, time, http.RequestAborted);
        await JsonBody.TooLarge.WriteAsync(http);
    }

    private static async Task ReceiveAsync(Stream body, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(ReceiveTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (await body.ReadAsync(buffer, either.Token) > 0)
            {
                // Thrown away.
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Long enough: the client gets its answer, if it still listens.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// A body that throws <see cref="BadHttpRequestException"/>: with 413 once it is longer than the limit, after the rest was received; with 400 where the server
    /// cannot make it out, which it tells by <see cref="IOException"/>.
    /// </summary>
    private sealed class RequestBody(Stream body, TimeProvider time) : Stream
    {
        private long length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read;
            try
            {
                read = await body.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException fault) when (fault is not BadHttpRequestException)
            {
                throw new BadHttpRequestException("The body is not well-formed HTTP.", StatusCodes.Status400BadRequest, fault);
            }
            length += read;
            if (length <= JsonBody.MaxBytes)
                return read;
            await ReceiveAsync(body, time, cancellationToken);
            throw new BadHttpRequestException($"The body is longer than {JsonBody.MaxBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The server reads asynchronously only.");

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
