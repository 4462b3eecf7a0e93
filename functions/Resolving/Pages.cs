using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace ShareLinks.Resolving;

/// <summary>The small pages that people see when there is nothing to send them on to, with a box that finds the code in a pasted text.</summary>
public static class Pages
{
    private const string Style = """
        :root{color-scheme:light dark}
        body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.0625rem/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif;background:#f5f5f4;color:#1c1917}
        main{box-sizing:border-box;width:min(28rem,100% - 2rem);padding:2rem;margin:1rem;background:#fff;border-radius:1rem;box-shadow:0 1px 3px #0002}
        h1{font-size:1.375rem;line-height:1.3;margin:0 0 .5rem}
        p{margin:0;overflow-wrap:anywhere}
        form{margin-top:1.5rem}
        label{display:block;font-weight:600;margin-bottom:.5rem}
        textarea{box-sizing:border-box;width:100%;padding:.75rem;font:inherit;color:inherit;background:transparent;border:1px solid #78716c;border-radius:.5rem;resize:vertical}
        button{width:100%;margin-top:.75rem;padding:.75rem;font:inherit;font-weight:600;color:#fff;background:#b45309;border:0;border-radius:.5rem}
        textarea:focus-visible,button:focus-visible{outline:3px solid #2563eb;outline-offset:2px}
        @media(prefers-color-scheme:dark){body{background:#1c1917;color:#f5f5f4}main{background:#292524;box-shadow:none}textarea{border-color:#a8a29e}textarea:focus-visible,button:focus-visible{outline-color:#93c5fd}}
        """;

    // No form-action: browsers hold it against the redirect too, and the box leads on to the marketplace.
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly Page Home = new(
        ("打开分享", "有人发给你一段带链接或口令的文字？把它整段粘贴到这里。"),
        ("Open a share", "Did somebody send you a text with a link or a passphrase? Paste all of it here."), HasBox: true);

    private static readonly Page Unknown = new(
        ("没有找到这个链接", "链接可能没有复制完整。请回到原来的消息，重新复制整段文字，粘贴到这里。"),
        ("This link was not found", "It may have been cut when it was copied. Go back to the message, copy all of it, and paste it here."), HasBox: true);

    private static readonly Page NotFoundInText = new(
        ("这段文字里没有找到链接或口令", "请回到原来的消息，重新复制整段文字再试；口令也可以手动输入，例如 7K2M-9QXA-3FVD。"),
        ("There is no link or passphrase in this text", "Go back to the message and copy all of it again. A passphrase such as 7K2M-9QXA-3FVD can be typed, too."), HasBox: true);

    private static readonly Page TextTooLong = new(
        ("这段文字太长了", "请只粘贴带链接或口令的那条消息。"),
        ("This text is too long", "Paste only the message with the link or the passphrase."), HasBox: true);

    private static readonly Page TooManyFailures = new(
        ("尝试次数太多", "请稍等几秒再试。"),
        ("Too many tries", "Please wait a few seconds and try again."), HasBox: true);

    private static readonly Page Gone = new(
        ("这个链接已失效", "它已过期、被停用，或者宝贝已下架。可以请分享给你的人重新发一个。"),
        ("This link is no longer valid", "It has expired or was switched off, or the item is gone. Ask whoever sent it for a new one."), HasBox: false);

    private static readonly Page Unavailable = new(
        ("暂时打不开", "服务正忙，请稍后再试。"),
        ("Not available right now", "The service is busy. Please try again in a moment."), HasBox: false);

    public static Task HomeAsync(HttpContext http) => Home.WriteAsync(http, StatusCodes.Status200OK);

    public static Task UnknownAsync(HttpContext http) => Unknown.WriteAsync(http, StatusCodes.Status404NotFound);

    /// <param name="http">The request.</param>
    /// <param name="text">What was pasted, to be mended by hand.</param>
    public static Task NotFoundInTextAsync(HttpContext http, string text) => NotFoundInText.WriteAsync(http, StatusCodes.Status404NotFound, text);

    public static Task TextTooLongAsync(HttpContext http) => TextTooLong.WriteAsync(http, StatusCodes.Status413PayloadTooLarge);

    public static Task TooManyFailuresAsync(HttpContext http) => TooManyFailures.WriteAsync(http, StatusCodes.Status429TooManyRequests);

    public static Task GoneAsync(HttpContext http) => Gone.WriteAsync(http, StatusCodes.Status410Gone);

    public static Task UnavailableAsync(HttpContext http) => Unavailable.WriteAsync(http, StatusCodes.Status503ServiceUnavailable);

    /// <summary>A page in both languages, rendered once but for the text in its box.</summary>
    private sealed record Page((string Title, string Text) Chinese, (string Title, string Text) English, bool HasBox)
    {
        private const string BoxText = "{text}";

        private readonly string chinese = Render("zh-CN", Chinese, HasBox ? Box("要查找的文字", "打开") : "");
        private readonly string english = Render("en", English, HasBox ? Box("The text to search", "Open") : "");

        public Task WriteAsync(HttpContext http, int status, string text = "")
        {
            var page = VisitorHeaders.WantsChinese(http.Request.Headers) ? chinese : english;
            // A browser drops the first line break inside the box.
            var body = Encoding.UTF8.GetBytes(page.Replace(BoxText, "\n" + HtmlEncoder.Default.Encode(text), StringComparison.Ordinal));
            var response = http.Response;
            response.StatusCode = status;
            response.ContentType = "text/html; charset=utf-8";
            response.ContentLength = body.Length;
            response.Headers.Vary = "Accept, Accept-Language";
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.XContentTypeOptions = "nosniff";
            return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
        }

        private static string Box(string label, string button) =>
            $"""<form action="/find"><label for="text">{label}</label><textarea id="text" name="text" rows="4" required autocapitalize="none" spellcheck="false">{BoxText}</textarea><button>{button}</button></form>""";

        private static string Render(string language, (string Title, string Text) words, string box) => $"""
            <!doctype html>
            <html lang="{language}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="robots" content="noindex">
            <title>{words.Title}</title>
            <style>{Style}</style>
            </head>
            <body><main><h1>{words.Title}</h1><p>{words.Text}</p>{box}</main></body>
            </html>
            """;
    }
}
