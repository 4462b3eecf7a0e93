using System.Globalization;
using QRCoder;

namespace ShareLinks.Qr;

/// <summary>How a QR picture is to look.</summary>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="Correction">How much of the symbol may be covered: about 7, 15, 25 or 30 percent.</param>
/// <param name="Margin">The quiet zone around the symbol, in modules; scanners expect four.</param>
/// <param name="Dark">The modules' colour.</param>
/// <param name="Light">The background's colour.</param>
/// <param name="IsUpperCase">Whether the address is written in capitals, which makes a smaller symbol that some scanners do not open.</param>
/// <param name="HasLogo">Whether the deployment's logo lies over the middle; then the correction is H.</param>
public sealed record QrStyle(int Size, QRCodeGenerator.ECCLevel Correction, int Margin, Rgb Dark, Rgb Light, bool IsUpperCase, bool HasLogo)
{
    public const int MinSize = 64;
    public const int MaxSize = 2048;
    public const int MaxMargin = 32;

    /// <summary>The least contrast (WCAG 2) that scanners in poor light still read.</summary>
    public const double MinContrast = 4;

    /// <summary>How much lighter the background is than the modules (WCAG 2): 21 to 1 for black on white, below 1 the wrong way round.</summary>
    public double Contrast => (Light.Luminance + 0.05) / (Dark.Luminance + 0.05);

    public static QrStyle Default { get; } = new(512, QRCodeGenerator.ECCLevel.M, 4, new Rgb(0, 0, 0), new Rgb(255, 255, 255), false, false);
}

/// <summary>A colour.</summary>
public readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>Reads six hexadecimal digits.</summary>
    public static Rgb? TryParse(string text) =>
        text.Length == 6 && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? new Rgb((byte)(value >> 16), (byte)(value >> 8), (byte)value)
            : null;

    /// <summary>Relative luminance, 0 to 1 (WCAG 2).</summary>
    public double Luminance => 0.2126 * Linear(Red) + 0.7152 * Linear(Green) + 0.0722 * Linear(Blue);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Red:x2}{Green:x2}{Blue:x2}");

    private static double Linear(byte channel)
    {
        var value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
