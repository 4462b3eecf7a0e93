using System.Globalization;
using System.Text;

namespace ShareLinks.Qr;

/// <summary>Draws a symbol as an SVG: one path, a rectangle for each run of dark modules in a row.</summary>
public static class QrSvg
{
    /// <summary>What drawing a picture costs, in units of <see cref="Security.PictureLimiter"/>: the same at any size; a logo stands in it as text.</summary>
    public static int Units(QrStyle style) => style.HasLogo ? 4 : 1;

    public static byte[] Draw(QrSymbol symbol, QrStyle style, QrLogo? logo)
    {
        var width = symbol.Width + 2 * style.Margin;
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{style.Size}\" height=\"{style.Size}\" viewBox=\"0 0 {width} {width}\" shape-rendering=\"crispEdges\"><path fill=\"#{style.Light}\" d=\"M0 0h{width}v{width}H0z\"/><path fill=\"#{style.Dark}\" d=\"{Path(symbol, style.Margin)}\"/>{logo?.InSvg(symbol, style)}</svg>"));
    }

    /// <summary>The dark modules as the data of a path, a unit each.</summary>
    public static string Path(QrSymbol symbol, int margin)
    {
        var path = new StringBuilder();
        for (var y = 0; y < symbol.Width; y++)
        {
            for (var x = 0; x < symbol.Width; x++)
            {
                var run = 0;
                while (x + run < symbol.Width && symbol.IsDark(x + run, y))
                    run++;
                if (run > 0)
                    path.Append(CultureInfo.InvariantCulture, $"M{x + margin} {y + margin}h{run}v1h-{run}z");
                x += run;
            }
        }
        return path.ToString();
    }
}
