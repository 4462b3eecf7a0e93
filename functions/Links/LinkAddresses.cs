using ShareLinks.Codes;

namespace ShareLinks.Links;

/// <summary>The public addresses of links.</summary>
public sealed class LinkAddresses(ShortCodes codes, PassphraseTokens tokens, PublicAddress address)
{
    /// <summary><c>https://host/AbC3dE9kQ</c>.</summary>
    public string Url(LinkId id) => address.Url(codes.Encode(id));

    /// <summary><c>https://host/Q/7K2M9QXA3FVD</c>: what a QR picture holds, readable in any case.</summary>
    public string QrUrl(LinkId id) => address.Url($"Q/{tokens.Encode(id)}");

    /// <summary><c>https://host/AbC3dE9kQ/qr.png</c> or <c>.svg</c>.</summary>
    public string PictureUrl(LinkId id, string format) => $"{Url(id)}/qr.{format}";
}
