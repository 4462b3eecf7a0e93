using System.Globalization;
using System.IO.Hashing;
using Microsoft.Net.Http.Headers;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.WeChat;

/// <summary><c>GET /{code}/wxacode.png</c>.</summary>
public static class WeChatEndpoints
{
    private const string DayCache = "public, max-age=86400";

    /// <summary>Seconds; most of what keeps WeChat from answering is over by then.</summary>
    private const string RetryAfter = "60";

    /// <summary>What a call to WeChat costs, in units of <see cref="PictureLimiter"/>: 40 at once, then 4 a second, a twentieth of WeChat's quota of 5,000 a minute.</summary>
    private const int CallUnits = 25;

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/{code}/wxacode.png", GetAndHead, GetAsync)
            .WithTags("Pictures").WithSummary("The link's mini program code, which opens the listing in WeChat").Produces(StatusCodes.Status200OK, contentType: "image/jpeg");

    private static async Task<IResult> GetAsync(
        string code, string? width, HttpContext http, LinkFinder finder, PassphraseTokens tokens, IWeChat wechat, MissLimiter misses, PictureLimiter pictures)
    {
        var pixels = WeChatPicture.DefaultWidth;
        if (width is not null && !(int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out pixels) && WeChatPicture.Widths.Contains(pixels)))
            return Problem.InvalidQuery("width", $"must be one of {string.Join(", ", WeChatPicture.Widths)} pixels").ToResult();
        if (!wechat.IsConfigured)
        {
            return Problem.Of(StatusCodes.Status404NotFound, "wechat_not_configured",
                "This deployment has no credentials of a WeChat mini program: ShareLinks:Apps:WeChat sets them.").ToResult();
        }
        var permit = misses.PermitFor(http);
        if (await finder.FindAsync(code, permit) is not { } link)
            return (permit.IsRefused ? permit.Refuse(http) : Problem.Of(StatusCodes.Status404NotFound, "link_unknown", "There is no link with this code or alias.")).ToResult();
        var scene = tokens.Encode(link.Id);
        if (pictures.Spend(http, wechat.IsCached(scene, pixels) ? 1 : CallUnits) is { } tooMany)
            return tooMany.ToResult();
        if (await wechat.MiniProgramCodeAsync(scene, pixels, http.RequestAborted) is not { } picture)
        {
            http.Response.Headers.RetryAfter = RetryAfter;
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "wechat_unavailable", "WeChat does not give the picture right now; try again later.").ToResult();
        }
        http.Response.Headers.CacheControl = DayCache;
        // WeChat may draw the same code with other bytes another time, so the tag is of the bytes.
        var tag = new EntityTagHeaderValue($"\"{XxHash3.HashToUInt64(picture.Bytes.Span):x16}\"");
        return Results.Bytes(picture.Bytes, picture.MediaType, entityTag: tag);
    }
}
