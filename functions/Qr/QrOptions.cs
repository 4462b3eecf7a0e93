namespace ShareLinks.Qr;

/// <summary>The deployment's pictures: section <c>ShareLinks:Qr</c>.</summary>
public sealed class QrOptions
{
    /// <summary>A PNG, JPEG or WebP file to lay over the middle of pictures with <c>logo=true</c>; a relative path is below the app's folder.</summary>
    public string? LogoFile { get; set; }
}
