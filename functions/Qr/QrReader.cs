namespace ShareLinks.Qr;

/// <summary>Reads a QR symbol from a picture, of whatever size and turned however, as long as it is looked at squarely.</summary>
/// <remarks>For checking pictures before they are printed. It knows versions up to <see cref="QrLayout.MaxVersion"/>. Pure.</remarks>
public static class QrReader
{
    /// <summary>Sizes that are tried on either side of the estimate.</summary>
    private static readonly int[] Off = [0, -1, 1];

    /// <summary>The text of the symbol; null when there is none that can be read.</summary>
    public static QrReading? Read(GreyPicture picture) =>
        QrFinders.Find(picture).Select(three => Read(picture, three.Corner, three.Right, three.Down, three.Module)).FirstOrDefault(reading => reading is not null);

    private static QrReading? Read(GreyPicture picture, QrFinder corner, QrFinder right, QrFinder down, double module)
    {
        var side = (Distance(corner, right) + Distance(corner, down)) / 2 / module + 7;
        var estimate = (int)Math.Round((side - 17) / 4);
        foreach (var version in Off.Select(off => estimate + off).Where(version => version is >= 1 and <= QrLayout.MaxVersion))
        {
            // Finder patterns' middles are 3.5 modules from the edges.
            var apart = QrLayout.WidthOf(version) - 7.0;
            var (acrossX, acrossY) = ((right.X - corner.X) / apart, (right.Y - corner.Y) / apart);
            var (downX, downY) = ((down.X - corner.X) / apart, (down.Y - corner.Y) / apart);
            if (QrDecoder.Decode(IsDark, version) is { } reading)
                return reading;

            bool IsDark(int column, int row) => picture.IsDark(
                corner.X + (column - 3) * acrossX + (row - 3) * downX, corner.Y + (column - 3) * acrossY + (row - 3) * downY);
        }
        return null;
    }

    private static double Distance(QrFinder one, QrFinder other) => Math.Sqrt(Math.Pow(one.X - other.X, 2) + Math.Pow(one.Y - other.Y, 2));
}

/// <summary>What was read.</summary>
/// <param name="Text">The text.</param>
/// <param name="Corrected">How much of what the correction restores was needed, in the block with most damage: 0 to 1.</param>
public sealed record QrReading(string Text, double Corrected);
