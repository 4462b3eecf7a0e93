namespace ShareLinks.Qr;

/// <summary>What the deployment sets for its pictures.</summary>
/// <param name="logo">The logo; null when the deployment has none.</param>
public sealed class QrPictures(QrLogo? logo)
{
    public QrLogo? Logo { get; } = logo;
}
