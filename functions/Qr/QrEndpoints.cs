namespace ShareLinks.Qr;

/// <summary><c>GET /{code}/qr.png</c> and <c>/{code}/qr.svg</c>.</summary>
public static class QrEndpoints
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/{code}/qr.png", GetAndHead, (string code, string? size, string? ecc, string? margin, string? dark, string? light, string? @case, string? logo, HttpContext http, QrAnswers answers) =>
            answers.AnswerAsync(http, code, new QrQuery(size, ecc, margin, dark, light, @case, logo), QrFormat.Png))
            .WithTags("Pictures").WithSummary("The link's QR picture, sharp at exactly the requested size").Produces(StatusCodes.Status200OK, contentType: "image/png");
        routes.MapMethods("/{code}/qr.svg", GetAndHead, (string code, string? size, string? ecc, string? margin, string? dark, string? light, string? @case, string? logo, HttpContext http, QrAnswers answers) =>
            answers.AnswerAsync(http, code, new QrQuery(size, ecc, margin, dark, light, @case, logo), QrFormat.Svg))
            .WithTags("Pictures").WithSummary("The link's QR picture for print").Produces(StatusCodes.Status200OK, contentType: "image/svg+xml");
    }
}
