namespace ShareLinks.Qr;

/// <summary>A picture as a camera's sensor sees it: a byte for each pixel, row by row, 0 for black.</summary>
public sealed class GreyPicture
{
    private readonly byte[] pixels;

    /// <exception cref="ArgumentException">There are not <paramref name="width"/> × <paramref name="height"/> pixels.</exception>
    public GreyPicture(byte[] pixels, int width, int height)
    {
        if (pixels.Length != width * height)
            throw new ArgumentException($"A picture of {width} × {height} has not {pixels.Length} pixels.", nameof(pixels));
        (this.pixels, Width, Height) = (pixels, width, height);
        Threshold = FindThreshold(pixels);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>What is darker counts as dark.</summary>
    public int Threshold { get; }

    public bool IsDark(int x, int y) => pixels[y * Width + x] < Threshold;

    /// <summary>Whether it is dark between four pixels; what is outside is light.</summary>
    public bool IsDark(double x, double y)
    {
        // A pixel's value is that of its middle.
        var (left, top) = (Math.Floor(x - 0.5), Math.Floor(y - 0.5));
        var (right, down) = (x - 0.5 - left, y - 0.5 - top);
        var (column, row) = ((int)left, (int)top);
        return (1 - down) * ((1 - right) * At(column, row) + right * At(column + 1, row)) + down * ((1 - right) * At(column, row + 1) + right * At(column + 1, row + 1)) < Threshold;
    }

    private int At(int x, int y) => x < 0 || y < 0 || x >= Width || y >= Height ? byte.MaxValue : pixels[y * Width + x];

    /// <summary>Where dark and light differ the most between, and the least within, each other.</summary>
    /// <remarks>After Otsu, "A threshold selection method from gray-level histograms" (1979).</remarks>
    private static int FindThreshold(byte[] pixels)
    {
        var counts = new long[256];
        foreach (var pixel in pixels)
            counts[pixel]++;
        var all = counts.Select((count, value) => count * value).Sum();
        var (best, threshold, dark, darkSum) = (0.0, 128, 0L, 0L);
        for (var value = 0; value < 255; value++)
        {
            dark += counts[value];
            darkSum += counts[value] * value;
            var light = pixels.Length - dark;
            if (dark == 0 || light == 0)
                continue;
            var apart = (double)darkSum / dark - (double)(all - darkSum) / light;
            if (dark * (double)light * apart * apart is var between && between > best)
                (best, threshold) = (between, value + 1);
        }
        return threshold;
    }
}
