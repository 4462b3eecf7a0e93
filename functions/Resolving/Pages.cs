using System.Text;
using ShareLinks.Codes;

namespace ShareLinks.Resolving;

/// <summary>The small pages that people see when there is nothing to send them on to, with a box that finds the code in a pasted text.</summary>
public static class Pages
{
    // No form-action: browsers hold it against the redirect too, and the box leads on to the marketplace.
    private static readonly string Policy = $"default-src 'none'; style-src {PageStyle.Hash}; base-uri 'none'; frame-ancestors 'none'";

    public static Task HomeAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status200OK, words => words.Home, box: "");

    /// <param name="http">The request.</param>
    /// <param name="asked">The address that was opened, or the text that was pasted, to be mended by hand; left out where the box would not take it.</param>
    public static Task UnknownAsync(HttpContext http, string asked) => WriteAsync(http, StatusCodes.Status404NotFound, words => words.Unknown, Encoding.UTF8.GetByteCount(asked) > CodeScanner.MaxBytes ? "" : asked);

    /// <param name="http">The request.</param>
    /// <param name="text">What was pasted, to be mended by hand.</param>
    public static Task NotFoundInTextAsync(HttpContext http, string text) => WriteAsync(http, StatusCodes.Status404NotFound, words => words.NotFoundInText, text);

    public static Task TextTooLongAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status413PayloadTooLarge, words => words.TextTooLong, box: "");

    public static Task TooManyFailuresAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status429TooManyRequests, words => words.TooManyFailures, box: "");

    public static Task GoneAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status410Gone, words => words.Gone, box: null);

    public static Task UnavailableAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status503ServiceUnavailable, words => words.Unavailable, box: null);

    /// <summary>Sends a page.</summary>
    internal static Task SendAsync(HttpContext http, int status, string policy, Markup page)
    {
        var body = Encoding.UTF8.GetBytes(page.Html);
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.ContentSecurityPolicy = policy;
        // Enough for this service's own forms to tell whose page they stand in, and nothing for others.
        response.Headers["Referrer-Policy"] = "same-origin";
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }

    /// <param name="http">The request.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="choose">The page's words.</param>
    /// <param name="box">The text in the box; null for no box.</param>
    private static Task WriteAsync(HttpContext http, int status, Func<PageWords, Notice> choose, string? box)
    {
        var words = PageWords.For(http.Request.Headers);
        var (title, text) = choose(words);
        // A browser drops the first line break inside the box.
        var form = box is null ? Markup.None : Markup.Of($"""
            <form action="/find"><label for="text">{words.BoxLabel}</label><textarea id="text" name="text" rows="4" required autocapitalize="none" spellcheck="false">{"\n" + box}</textarea><button class="main">{words.BoxButton}</button></form>
            """);
        http.Response.Headers.Vary = "Accept, Accept-Language, User-Agent";
        return SendAsync(http, status, Policy, Markup.Of($"""
            <!doctype html>
            <html lang="{words.Language}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="robots" content="noindex">
            <title>{title}</title>
            <style>{new Markup(PageStyle.Css)}</style>
            </head>
            <body><main><h1>{title}</h1><p>{text}</p>{form}</main></body>
            </html>
            """));
    }
}
