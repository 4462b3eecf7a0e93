using System.Buffers.Binary;
using System.Security.Cryptography;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Resolving;

/// <summary>The first-party cookie that ties a visitor's openings together, and the one that remembers a refusal.</summary>
/// <remarks>
/// <c>sl_v</c> holds a random 64-bit number, <c>sl_c=no</c> a refusal; both for 180 days from when they were set, never prolonged. A browser that
/// objects to tracking (<c>Sec-GPC: 1</c>, <c>DNT: 1</c>) has refused, whatever else it sends. Thread-safe.
/// </remarks>
public sealed class VisitorCookies(VisitorOptions options, PublicAddress address, RandomNumberGenerator random)
{
    private const string IdCookie = "sl_v";
    private const string AnswerCookie = "sl_c";
    private const string No = "no";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(180);

    /// <summary>What a request's cookies and wishes say.</summary>
    public VisitorWish Read(HttpContext http)
    {
        if (options.Cookie == VisitorCookie.Off || Refuses(http.Request))
            return default;
        if (Parse(http.Request.Cookies[IdCookie]) is { } id)
            return new(id, MayAsk: false, MayIssue: false);
        return new(null, MayAsk: options.Cookie == VisitorCookie.Ask, MayIssue: options.Cookie == VisitorCookie.On);
    }

    /// <summary>Gives the visitor a new number with the answer. The caller has made sure that <see cref="VisitorWish.MayIssue"/>.</summary>
    public ulong Issue(HttpContext http)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        var id = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        Set(http, IdCookie, Base62.Encode(id, Base62.LengthOf64Bits));
        return id;
    }

    /// <summary>Notes the visitor's answer to whether a cookie may be set. Without cookies, or when the browser objects to them, it sets none.</summary>
    public void Answer(HttpContext http, bool mayRemember)
    {
        if (options.Cookie == VisitorCookie.Off || Objects(http.Request))
            return;
        if (!mayRemember)
        {
            http.Response.Cookies.Delete(IdCookie, Attributes());
            Set(http, AnswerCookie, No);
            return;
        }
        http.Response.Cookies.Delete(AnswerCookie, Attributes());
        if (Parse(http.Request.Cookies[IdCookie]) is null)
            Issue(http);
    }

    private static bool Refuses(HttpRequest request) => Objects(request) || request.Cookies[AnswerCookie] == No;

    private static bool Objects(HttpRequest request) => request.Headers["Sec-GPC"] == "1" || request.Headers["DNT"] == "1";

    private static ulong? Parse(string? cookie) =>
        cookie is { Length: Base62.LengthOf64Bits } && Base62.TryDecode(cookie, out var id) && id <= ulong.MaxValue ? (ulong)id : null;

    private void Set(HttpContext http, string name, string value)
    {
        var attributes = Attributes();
        attributes.MaxAge = Lifetime;
        http.Response.Cookies.Append(name, value, attributes);
    }

    /// <summary>A browser would drop a cookie that is <c>Secure</c> over the http of a developer's machine.</summary>
    private CookieOptions Attributes() => new() { Path = "/", HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = address.IsHttps };
}

/// <summary>What may be known of a visitor.</summary>
/// <param name="Id">The number that the visitor's cookie holds; null: none, or not to be used.</param>
/// <param name="MayAsk">Whether a page should ask for consent (<c>POST /visitor-consent</c>): it may be requested and has not been answered.</param>
/// <param name="MayIssue">Whether a number may be given without asking.</param>
public readonly record struct VisitorWish(ulong? Id, bool MayAsk, bool MayIssue);
