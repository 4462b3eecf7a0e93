using System.Globalization;
using System.IO.Hashing;
using SkiaSharp;

namespace ShareLinks.Qr;

/// <summary>The deployment's logo, laid over the middle of a symbol on a ground of its light colour.</summary>
/// <remarks>It covers a fifth of each side, well within what correction level H restores. Thread-safe.</remarks>
public sealed class QrLogo
{
    private const double Share = 0.2;

    /// <summary>Light ground around it, as a part of its side.</summary>
    private const double Padding = 0.1;

    /// <summary>Pixels on the longer side that it is kept at; more would only make SVGs heavy.</summary>
    private const int MaxPixels = 512;

    /// <summary>Drawings under way at once: each holds a picture's pixels in memory.</summary>
    private static readonly SemaphoreSlim Drawing = new(Environment.ProcessorCount);

    private readonly string base64;
    private readonly SKImage image;

    private QrLogo(SKImage image)
    {
        this.image = image;
        using var encoded = image.Encode(SKEncodedImageFormat.Png, 100);
        base64 = Convert.ToBase64String(encoded.AsSpan());
        Fingerprint = XxHash3.HashToUInt64(encoded.AsSpan());
    }

    /// <summary>Tells one logo from another.</summary>
    public ulong Fingerprint { get; }

    /// <summary>Reads a picture; null when it is none.</summary>
    public static QrLogo? TryLoad(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        using var bitmap = codec is null ? null : SKBitmap.Decode(codec);
        if (bitmap is null || bitmap.Width == 0 || bitmap.Height == 0)
            return null;
        var scale = Math.Min(1, (double)MaxPixels / Math.Max(bitmap.Width, bitmap.Height));
        using var resized = bitmap.Resize(
            new SKSizeI(Math.Max(1, (int)(bitmap.Width * scale)), Math.Max(1, (int)(bitmap.Height * scale))), new SKSamplingOptions(SKCubicResampler.Mitchell));
        return new QrLogo(SKImage.FromBitmap(resized));
    }

    /// <summary>Waits until a drawing may begin, without holding a thread; dispose of the answer when it is done.</summary>
    public static async Task<IDisposable> BeginAsync(CancellationToken cancellationToken)
    {
        await Drawing.WaitAsync(cancellationToken);
        return new Turn();
    }

    /// <summary>Lays the logo over the picture of a symbol. Call it within <see cref="BeginAsync"/>.</summary>
    public byte[] OnPng(byte[] picture, QrSymbol symbol, QrStyle style)
    {
        using var symbolImage = SKImage.FromEncodedData(picture);
        using var surface = SKSurface.Create(new SKImageInfo(style.Size, style.Size));
        var canvas = surface.Canvas;
        canvas.DrawImage(symbolImage, 0, 0, SKSamplingOptions.Default);
        var (ground, place) = Places(style.Size / 2.0, QrPng.ModulePixels(symbol, style) * symbol.Width);
        using var light = new SKPaint { Color = new SKColor(style.Light.Red, style.Light.Green, style.Light.Blue) };
        canvas.DrawRect(ground, light);
        canvas.DrawImage(image, place, new SKSamplingOptions(SKCubicResampler.Mitchell));
        using var drawn = surface.Snapshot();
        using var encoded = drawn.Encode(SKEncodedImageFormat.Png, 100);
        return encoded.ToArray();
    }

    /// <summary>The logo as elements of a symbol's SVG.</summary>
    public string InSvg(QrSymbol symbol, QrStyle style)
    {
        var (ground, place) = Places((symbol.Width + 2 * style.Margin) / 2.0, symbol.Width);
        return string.Create(CultureInfo.InvariantCulture,
            $"<rect x=\"{ground.Left}\" y=\"{ground.Top}\" width=\"{ground.Width}\" height=\"{ground.Height}\" fill=\"#{style.Light}\"/><image x=\"{place.Left}\" y=\"{place.Top}\" width=\"{place.Width}\" height=\"{place.Height}\" href=\"data:image/png;base64,{base64}\"/>");
    }

    private sealed class Turn : IDisposable
    {
        public void Dispose() => Drawing.Release();
    }

    private (SKRect Ground, SKRect Place) Places(double centre, double symbolSide)
    {
        var scale = symbolSide * Share / Math.Max(image.Width, image.Height);
        var (width, height) = (image.Width * scale, image.Height * scale);
        var padding = symbolSide * Share * Padding;
        return (Around(width + 2 * padding, height + 2 * padding), Around(width, height));

        SKRect Around(double w, double h) => SKRect.Create((float)(centre - w / 2), (float)(centre - h / 2), (float)w, (float)h);
    }
}
