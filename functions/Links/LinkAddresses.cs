using ShareLinks.Codes;

namespace ShareLinks.Links;

/// <summary>The public addresses of links, and the texts that they are shared with.</summary>
public sealed class LinkAddresses(ShortCodes codes, PassphraseTokens tokens, ClickIdCodes clickIds, ShareTexts texts, PublicAddress address)
{
    /// <summary><c>https://host/AbC3dE9kQ</c>.</summary>
    public string Url(LinkId id) => address.Url(codes.Encode(id));

    /// <summary><c>https://host/AbC3dE9kQ~{visit}</c>: opening it goes on with that visit.</summary>
    public string Url(LinkId id, ClickId visit) => $"{Url(id)}{CodeScanner.VisitSeparator}{clickIds.Encode(visit)}";

    /// <summary><c>https://host/Q/7K2M9QXA3FVD</c>: what a QR picture holds, readable in any case.</summary>
    public string QrUrl(LinkId id) => address.Url($"Q/{tokens.Encode(id)}");

    /// <summary><c>https://host/AbC3dE9kQ/qr.png</c> or <c>.svg</c>.</summary>
    public string PictureUrl(LinkId id, string format) => $"{Url(id)}/qr.{format}";

    /// <summary>The text to paste into chats, in every language of the deployment's.</summary>
    public IReadOnlyDictionary<string, string> ShareTexts(Link link, Listing? listing) => texts.WriteAll(
        new ShareTextParts(Url(link.Id), tokens.Encode(link.Id), link.Attributes.Channel, listing?.Title, listing?.Price, listing?.Currency));
}
