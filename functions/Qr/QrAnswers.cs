using System.Globalization;
using System.IO.Hashing;
using Microsoft.Net.Http.Headers;
using QRCoder;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.Qr;

/// <summary>Answers requests for QR pictures: finds the link, pays for the drawing and draws. Thread-safe.</summary>
internal sealed class QrAnswers(LinkFinder finder, LinkAddresses addresses, QrPictures pictures, MissLimiter misses, PictureLimiter limiter)
{
    /// <summary>Goes up when the same style is drawn differently.</summary>
    private const int DrawingVersion = 1;

    private const string LongCache = "public, max-age=31536000";

    /// <summary>The picture, 304 where the client knows it, or what is wrong with the request.</summary>
    public async Task<IResult> AnswerAsync(HttpContext http, string code, QrQuery query, QrFormat format)
    {
        var logo = pictures.Logo;
        var (style, problem) = Parse(query, logo is not null);
        if (style is null)
            return problem!.ToResult();
        var permit = misses.PermitFor(http);
        if (await finder.FindAsync(code, permit) is not { } link)
            return (permit.IsRefused ? permit.Refuse(http) : Problem.Of(StatusCodes.Status404NotFound, "link_unknown", "There is no link with this code or alias.")).ToResult();
        var address = addresses.QrUrl(link.Id);
        var text = style.IsUpperCase ? address.ToUpperInvariant() : address;
        var logoName = style.HasLogo ? logo!.Fingerprint : 0;
        var tag = $"\"{XxHash3.HashToUInt64(System.Text.Encoding.UTF8.GetBytes($"{DrawingVersion} {format.ContentType} {text} {style} {logoName}")):x16}\"";
        var isKnown = http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag == tag || known.Equals(EntityTagHeaderValue.Any));
        if (limiter.Spend(http, isKnown ? 1 : format.Units(style)) is { } tooMany)
            return tooMany.ToResult();
        // Also for a picture that the client knows: what can't be drawn is not unchanged.
        var symbol = new QrSymbol(text, style.Correction);
        if (QrPng.ModulePixels(symbol, style) == 0)
            return Problem.InvalidQuery("size", $"must be at least {symbol.Width + 2 * style.Margin} for this symbol and margin").ToResult();

        http.Response.Headers.ETag = tag;
        http.Response.Headers.CacheControl = LongCache;
        if (isKnown)
            return Results.StatusCode(StatusCodes.Status304NotModified);
        if (!style.HasLogo)
            return Results.Bytes(format.Draw(symbol, style, null), format.ContentType);
        using var turn = await QrLogo.BeginAsync(http.RequestAborted);
        return Results.Bytes(format.Draw(symbol, style, logo), format.ContentType);
    }

    private static (QrStyle? Style, Problem? Problem) Parse(QrQuery query, bool isLogoAtHand)
    {
        var style = QrStyle.Default;
        if (query.Logo is not (null or "true" or "false"))
            return (null, Problem.InvalidQuery("logo", "must be true or false"));
        if (query.Logo == "true" && !isLogoAtHand)
            return (null, Problem.InvalidQuery("logo", "must be false: this deployment sets no ShareLinks:Qr:LogoFile"));
        if (query.Logo == "true" && query.Ecc is not (null or "H"))
            return (null, Problem.InvalidQuery("ecc", "must be H, or absent, under a logo"));
        if (query.Logo == "true")
            style = style with { HasLogo = true, Correction = QRCodeGenerator.ECCLevel.H };
        if (query.Size is not null)
        {
            if (!TryParse(query.Size, QrStyle.MinSize, QrStyle.MaxSize, out var size))
                return (null, Problem.InvalidQuery("size", $"must be {QrStyle.MinSize} to {QrStyle.MaxSize} pixels"));
            style = style with { Size = size };
        }
        if (query.Margin is not null)
        {
            if (!TryParse(query.Margin, 0, QrStyle.MaxMargin, out var margin))
                return (null, Problem.InvalidQuery("margin", $"must be 0 to {QrStyle.MaxMargin} modules"));
            style = style with { Margin = margin };
        }
        QRCodeGenerator.ECCLevel? correction = query.Ecc switch
        {
            null => style.Correction,
            "L" => QRCodeGenerator.ECCLevel.L,
            "M" => QRCodeGenerator.ECCLevel.M,
            "Q" => QRCodeGenerator.ECCLevel.Q,
            "H" => QRCodeGenerator.ECCLevel.H,
            _ => null,
        };
        if (correction is null)
            return (null, Problem.InvalidQuery("ecc", "must be L, M, Q or H"));
        if (query.Case is not (null or "upper"))
            return (null, Problem.InvalidQuery("case", "must be upper, or absent"));
        if ((query.Dark is null ? style.Dark : Rgb.TryParse(query.Dark)) is not { } dark)
            return (null, Problem.InvalidQuery("dark", "must be a colour of six hexadecimal digits, such as 1c1917"));
        if ((query.Light is null ? style.Light : Rgb.TryParse(query.Light)) is not { } light)
            return (null, Problem.InvalidQuery("light", "must be a colour of six hexadecimal digits, such as fafaf9"));
        style = style with { Correction = correction.Value, IsUpperCase = query.Case is not null, Dark = dark, Light = light };
        if (style.Contrast < QrStyle.MinContrast)
        {
            return (null, Problem.Of(StatusCodes.Status400BadRequest, "contrast_too_low", string.Create(CultureInfo.InvariantCulture,
                $"Scanners need dark modules on a light ground: the contrast is {style.Contrast:0.0} to 1 and must be at least {QrStyle.MinContrast} to 1.")));
        }
        return (style, null);
    }

    private static bool TryParse(string text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max;
}

/// <summary>How a picture is to look, as a request says it; absent where it does not.</summary>
internal sealed record QrQuery(string? Size, string? Ecc, string? Margin, string? Dark, string? Light, string? Case, string? Logo);

/// <summary>A kind of file.</summary>
/// <param name="ContentType">Its media type.</param>
/// <param name="Draw">Draws it.</param>
/// <param name="Units">What that costs, in units of <see cref="PictureLimiter"/>.</param>
internal sealed record QrFormat(string ContentType, Func<QrSymbol, QrStyle, QrLogo?, byte[]> Draw, Func<QrStyle, int> Units)
{
    public static QrFormat Png { get; } = new("image/png", QrPng.Draw, QrPng.Units);

    public static QrFormat Svg { get; } = new("image/svg+xml", QrSvg.Draw, QrSvg.Units);
}
