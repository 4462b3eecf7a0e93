using System.Security.Cryptography;
using System.Text;

namespace ShareLinks.Resolving;

/// <summary>The small pages that people see when there is nothing to send them on to.</summary>
public static class Pages
{
    private const string Style = """
        :root{color-scheme:light dark}
        body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.0625rem/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif;background:#f5f5f4;color:#1c1917}
        main{max-width:26rem;padding:2rem;margin:1rem;background:#fff;border-radius:1rem;box-shadow:0 1px 3px #0002}
        h1{font-size:1.375rem;line-height:1.3;margin:0 0 .5rem}
        p{margin:0;overflow-wrap:anywhere}
        @media(prefers-color-scheme:dark){body{background:#1c1917;color:#f5f5f4}main{background:#292524;box-shadow:none}}
        """;

    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly (byte[] Chinese, byte[] English) HomePage = (
        Page("zh-CN", "分享链接服务", "这里为二手集市打开分享链接。请打开朋友发给你的完整链接。"),
        Page("en", "Share links", "This service opens a marketplace's share links. Open the whole link that you were sent."));

    private static readonly (byte[] Chinese, byte[] English) UnknownPage = (
        Page("zh-CN", "没有找到这个链接", "链接可能没有复制完整。请回到原来的消息，重新复制整段文字或点击完整的链接。"),
        Page("en", "This link was not found", "It may have been cut when it was copied. Go back to the message and open or copy the whole link again."));

    private static readonly (byte[] Chinese, byte[] English) GonePage = (
        Page("zh-CN", "这个链接已失效", "它已过期、被停用，或者宝贝已下架。可以请分享给你的人重新发一个。"),
        Page("en", "This link is no longer valid", "It has expired or was switched off, or the item is gone. Ask whoever sent it for a new one."));

    private static readonly (byte[] Chinese, byte[] English) UnavailablePage = (
        Page("zh-CN", "暂时打不开", "服务正忙，请稍后再试。"),
        Page("en", "Not available right now", "The service is busy. Please try again in a moment."));

    public static Task HomeAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status200OK, HomePage);

    public static Task UnknownAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status404NotFound, UnknownPage);

    public static Task GoneAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status410Gone, GonePage);

    public static Task UnavailableAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status503ServiceUnavailable, UnavailablePage);

    private static Task WriteAsync(HttpContext http, int status, (byte[] Chinese, byte[] English) page)
    {
        var body = VisitorHeaders.WantsChinese(http.Request.Headers) ? page.Chinese : page.English;
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.Vary = "Accept, Accept-Language";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }

    private static byte[] Page(string language, string title, string text) => Encoding.UTF8.GetBytes($"""
        <!doctype html>
        <html lang="{language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{title}</title>
        <style>{Style}</style>
        </head>
        <body><main><h1>{title}</h1><p>{text}</p></main></body>
        </html>
        """);
}
