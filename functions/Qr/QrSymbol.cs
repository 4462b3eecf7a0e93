using QRCoder;

namespace ShareLinks.Qr;

/// <summary>The modules of a QR symbol, without its quiet zone.</summary>
public sealed class QrSymbol
{
    /// <summary>The quiet zone that the generator puts around what it makes.</summary>
    private const int GeneratedMargin = 4;

    private readonly QRCodeData data;

    public QrSymbol(string text, QRCodeGenerator.ECCLevel correction)
    {
        data = QRCodeGenerator.GenerateQrCode(text, correction);
        Width = data.ModuleMatrix.Count - 2 * GeneratedMargin;
    }

    /// <summary>Modules on a side: 21 to 177.</summary>
    public int Width { get; }

    public bool IsDark(int x, int y) => data.ModuleMatrix[y + GeneratedMargin][x + GeneratedMargin];
}
