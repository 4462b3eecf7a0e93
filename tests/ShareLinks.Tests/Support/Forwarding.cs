using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ShareLinks.Tests.Support;

/// <summary>Passes requests on as they came.</summary>
internal static class Forwarding
{
    /// <summary>The address at another host. Its path is as it was sent: its escapes may be part of what a client signed.</summary>
    public static Uri AddressOf(HttpContext http, Uri target) => new(target, http.Features.Get<IHttpRequestFeature>()!.RawTarget);

    public static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    public static HttpRequestMessage ToMessage(HttpContext http, Uri address, byte[] body)
    {
        var message = new HttpRequestMessage(new HttpMethod(http.Request.Method), address);
        if (http.Request.ContentLength is not null || http.Request.Headers.TransferEncoding.Count > 0)
            message.Content = new ByteArrayContent(body);
        foreach (var (name, values) in http.Request.Headers)
        {
            if (name is "Host" or "Connection" or "Transfer-Encoding" or "Content-Length")
                continue;
            if (!message.Headers.TryAddWithoutValidation(name, values.ToArray()))
                message.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }
        return message;
    }

    /// <summary>Copies the status and the headers of an answer.</summary>
    public static void CopyHead(HttpResponseMessage answer, HttpResponse response)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (name is not ("Transfer-Encoding" or "Connection" or "Keep-Alive"))
                response.Headers[name] = values.ToArray();
        }
    }
}
