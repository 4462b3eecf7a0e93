using ShareLinks.Codes;

namespace ShareLinks.Links;

/// <summary>The public addresses of links, and the texts that they are shared with.</summary>
public sealed class LinkAddresses(ShortCodes codes, PassphraseTokens tokens, ClickIdCodes clickIds, ShareTexts texts, PublicAddress address)
{
    /// <summary><c>https://host/AbC3dE9kQ</c>.</summary>
    public string Url(LinkId id) => address.Url(codes.Encode(id));

    /// <summary><c>https://host/AbC3dE9kQ~{visit}</c>: opening it continues that visit.</summary>
    public string Url(LinkId id, ClickId visit) => $"{Url(id)}{CodeScanner.VisitSeparator}{clickIds.Encode(visit)}";

    /// <summary>The path of either: <c>/AbC3dE9kQ</c>, <c>/AbC3dE9kQ~{visit}</c>.</summary>
    public string Path(LinkId id, ClickId? visit) => new Uri(visit is { } carried ? Url(id, carried) : Url(id)).AbsolutePath;

    /// <summary><c>https://host/Q/7K2M9QXA3FVD</c>: what a QR picture holds, readable in any case.</summary>
    public string QrUrl(LinkId id) => address.Url($"Q/{tokens.Encode(id)}");

    /// <summary><c>https://host/AbC3dE9kQ/qr.png</c> or <c>.svg</c>.</summary>
    public string PictureUrl(LinkId id, string format) => $"{Url(id)}/qr.{format}";

    /// <summary><c>7K2M-9QXA-3FVD</c>.</summary>
    public string Token(LinkId id) => PassphraseTokens.Group(tokens.Encode(id));

    /// <summary>The marketplace's name.</summary>
    public string Brand(string language) => texts.Brand(language);

    /// <summary>The text to paste into chats, in every language of the deployment's.</summary>
    public IReadOnlyDictionary<string, string> ShareTexts(LinkAttributes link, Listing? listing) => texts.WriteAll(Parts(link, listing, null));

    /// <summary>The text to paste into chats.</summary>
    /// <param name="language">Such as <c>zh-CN</c>; English where the deployment has no text in it.</param>
    /// <param name="link">The link.</param>
    /// <param name="listing">Its listing.</param>
    /// <param name="visit">The visit that it is copied from, which the next opening continues.</param>
    public string ShareText(string language, LinkAttributes link, Listing? listing, ClickId? visit) => texts.Write(language, Parts(link, listing, visit));

    private ShareTextParts Parts(LinkAttributes link, Listing? listing, ClickId? visit) => new(
        visit is { } id ? Url(link.Id, id) : Url(link.Id), tokens.Encode(link.Id), link.Channel, listing?.Title, listing?.Price, listing?.Currency);
}
