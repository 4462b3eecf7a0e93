using SkiaSharp;

namespace ShareLinks.Qr;

/// <summary>A picture as a camera's sensor records it: a byte for each pixel, row by row, 0 for black.</summary>
public sealed class GreyPicture
{
    /// <exception cref="ArgumentException">There are not <paramref name="width"/> × <paramref name="height"/> pixels.</exception>
    public GreyPicture(byte[] pixels, int width, int height)
    {
        if (pixels.Length != width * height)
            throw new ArgumentException($"A picture of {width} × {height} has not {pixels.Length} pixels.", nameof(pixels));
        (Pixels, Width, Height) = (pixels, width, height);
    }

    public byte[] Pixels { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The picture enlarged by a factor, with interpolated pixels.</summary>
    public GreyPicture Enlarge(double factor)
    {
        if (factor == 1)
            return this;
        using var own = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Gray8, SKAlphaType.Opaque));
        Pixels.CopyTo(own.GetPixelSpan());
        using var enlarged = own.Resize(new SKSizeI((int)(Width * factor), (int)(Height * factor)), new SKSamplingOptions(SKFilterMode.Linear));
        return new GreyPicture(enlarged.GetPixelSpan().ToArray(), enlarged.Width, enlarged.Height);
    }
}
