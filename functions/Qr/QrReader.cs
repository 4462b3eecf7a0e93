using ZXing;
using ZXing.Common;
using ZXing.QrCode.Internal;
using Version = ZXing.QrCode.Internal.Version;

namespace ShareLinks.Qr;

/// <summary>Reads a QR symbol from a picture, at any size and angle, with ZXing.Net. Pure.</summary>
public static class QrReader
{
    /// <summary>Factors by which the picture is enlarged, in the order in which they are tried.</summary>
    /// <remarks>ZXing takes one pixel for each module. In an enlarged picture that pixel is interpolated, which reads stained symbols that fail otherwise.</remarks>
    private static readonly double[] Scales = [1, 1.5, 2];

    private static readonly Dictionary<DecodeHintType, object> Hints = new() { [DecodeHintType.TRY_HARDER] = true };

    /// <summary>The symbol's text; null when there is no readable symbol.</summary>
    public static QrReading? Read(GreyPicture picture) => Scales.SelectMany(scale => Binarize(picture.Enlarge(scale))).Select(Read).FirstOrDefault(reading => reading is not null);

    /// <summary>The picture in black and white: by one threshold for the picture, then by local thresholds.</summary>
    private static IEnumerable<BitMatrix> Binarize(GreyPicture picture)
    {
        var source = new RGBLuminanceSource(picture.Pixels, picture.Width, picture.Height, RGBLuminanceSource.BitmapFormat.Gray8);
        // The global threshold is null for a picture without contrast.
        if (new GlobalHistogramBinarizer(source).BlackMatrix is { } global)
            yield return global;
        if (new HybridBinarizer(source).BlackMatrix is { } local)
            yield return local;
    }

    private static QrReading? Read(BitMatrix picture)
    {
        if (new Detector(picture).detect(Hints)?.Bits is not { } modules || new Decoder().decode(modules, Hints) is not { } decoded)
            return null;
        var level = decoded.ECLevel switch { "L" => ErrorCorrectionLevel.L, "M" => ErrorCorrectionLevel.M, "Q" => ErrorCorrectionLevel.Q, _ => ErrorCorrectionLevel.H };
        var checks = Version.getProvisionalVersionForDimension(modules.Width).getECBlocksForLevel(level).TotalECCodewords;
        return new QrReading(decoded.Text, 2.0 * decoded.ErrorsCorrected / checks);
    }
}

/// <summary>The result of a reading.</summary>
/// <param name="Text">The text.</param>
/// <param name="Corrected">The fraction of the error correction that was needed, over all blocks: 0 to 1.</param>
public sealed record QrReading(string Text, double Corrected);
