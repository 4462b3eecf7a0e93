using ShareLinks.Qr;
using SkiaSharp;

namespace ShareLinks.Posters;

/// <summary>Draws a symbol as a phone's camera sees it on a wall. Pure.</summary>
internal static class DamagedPicture
{
    /// <summary>Pixels of a module before the camera looks.</summary>
    private const int ModulePixels = 12;

    /// <summary>The picture's side as a multiple of the symbol's, so that it can be turned.</summary>
    private const double Room = 1.8;

    private static readonly SKColor Coffee = new(0x5a, 0x38, 0x1c, 0xe8);

    /// <param name="symbol">The symbol.</param>
    /// <param name="style">Its colours.</param>
    /// <param name="pixels">The symbol's side in the camera's pixels.</param>
    /// <param name="damage">What it suffers.</param>
    public static GreyPicture Draw(QrSymbol symbol, QrStyle style, double pixels, PictureDamage damage)
    {
        using var print = Print(symbol, style, damage.IsStained);
        var side = (int)Math.Ceiling(pixels * Room);
        var info = new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var surface = SKSurface.Create(info);
        var canvas = surface.Canvas;
        var scale = (float)(pixels / (symbol.Width * ModulePixels));
        using var blur = damage.BlurPixels > 0 ? SKImageFilter.CreateBlur((float)damage.BlurPixels, (float)damage.BlurPixels, SKShaderTileMode.Clamp) : null;
        using var paint = new SKPaint { ImageFilter = blur };
        canvas.Clear(ColourOf(style.Light));
        canvas.SaveLayer(paint);
        canvas.Clear(ColourOf(style.Light));
        canvas.Translate(side / 2f, side / 2f);
        canvas.RotateDegrees((float)damage.Degrees);
        canvas.Scale(scale);
        canvas.DrawImage(print, -print.Width / 2f, -print.Height / 2f, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        canvas.Restore();
        using var seen = surface.Snapshot();
        using var pixmap = seen.PeekPixels();
        return new GreyPicture(Grey(pixmap.GetPixelSpan()), side, side);
    }

    private static SKImage Print(QrSymbol symbol, QrStyle style, bool isStained)
    {
        var side = symbol.Width * ModulePixels;
        using var surface = SKSurface.Create(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var canvas = surface.Canvas;
        canvas.Clear(ColourOf(style.Light));
        using var dark = new SKPaint { Color = ColourOf(style.Dark) };
        for (var y = 0; y < symbol.Width; y++)
        {
            for (var x = 0; x < symbol.Width; x++)
            {
                if (symbol.IsDark(x, y))
                    canvas.DrawRect(x * ModulePixels, y * ModulePixels, ModulePixels, ModulePixels, dark);
            }
        }
        if (isStained)
            Stain(canvas, side);
        return surface.Snapshot();
    }

    /// <summary>The ring that a cup leaves, a pool in it and two drops, beside the squares by which a symbol is found.</summary>
    private static void Stain(SKCanvas canvas, float side)
    {
        using var ring = new SKPaint { Color = Coffee, IsStroke = true, StrokeWidth = side * 0.028f, IsAntialias = true };
        using var pool = new SKPaint { Color = Coffee, IsAntialias = true };
        canvas.DrawPath(Outline(side * 0.66f, side * 0.62f, side * 0.18f), ring);
        canvas.DrawPath(Outline(side * 0.72f, side * 0.66f, side * 0.065f), pool);
        canvas.DrawPath(Outline(side * 0.5f, side * 0.9f, side * 0.025f), pool);
        canvas.DrawPath(Outline(side * 0.42f, side * 0.42f, side * 0.02f), pool);
    }

    /// <summary>A circle that is none, as fluids draw them.</summary>
    private static SKPath Outline(float x, float y, float radius)
    {
        const int Points = 72;
        using var outline = new SKPathBuilder();
        for (var i = 0; i < Points; i++)
        {
            var angle = 2 * Math.PI * i / Points;
            var reach = radius * (1 + 0.07 * Math.Sin(3 * angle) + 0.05 * Math.Sin(7 * angle + 1));
            var point = new SKPoint(x + (float)(reach * Math.Cos(angle)), y + (float)(reach * Math.Sin(angle)));
            if (i == 0)
                outline.MoveTo(point);
            else
                outline.LineTo(point);
        }
        outline.Close();
        return outline.Detach();
    }

    private static byte[] Grey(ReadOnlySpan<byte> pixels)
    {
        var grey = new byte[pixels.Length / 4];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = (byte)((299 * pixels[4 * i] + 587 * pixels[4 * i + 1] + 114 * pixels[4 * i + 2]) / 1000);
        return grey;
    }

    private static SKColor ColourOf(Rgb colour) => new(colour.Red, colour.Green, colour.Blue);
}
