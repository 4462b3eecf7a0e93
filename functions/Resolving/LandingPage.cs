using System.Text;
using System.Text.Json;
using QRCoder;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Qr;

namespace ShareLinks.Resolving;

/// <summary>
/// The page between apps: the listing, the ways on that work where it is shown, and the passphrase for where none does. Readable without script.
/// </summary>
/// <remarks>It loads nothing but the listing's picture, from an allowed host. Thread-safe.</remarks>
public sealed class LandingPage(LinkAddresses addresses, Destinations destinations, PageOptions options)
{
    private const int MaxTitleElements = 100;

    /// <summary>
    /// Shows the copy button, and copies: by the clipboard where the browser has one, by a selection in old in-app browsers. What leads to a store
    /// copies first; a browser that refuses still goes there. What may end in a store by itself (an intent without its app) copies along.
    /// </summary>
    private const string Script = """
        (function(){
        var box=document.getElementById('share'),said=document.getElementById('said'),button=document.getElementById('copy');
        function select(){box.focus();box.select();box.setSelectionRange(0,box.value.length);try{return document.execCommand('copy')}catch(e){return false}}
        function copy(){
        if(navigator.clipboard&&navigator.clipboard.writeText)return navigator.clipboard.writeText(box.value).then(function(){return true},select);
        return Promise.resolve(select())}
        if(button){button.hidden=false;button.addEventListener('click',function(){copy().then(function(done){said.textContent=said.getAttribute(done?'data-done':'data-failed')})})}
        Array.prototype.forEach.call(document.querySelectorAll('a[data-copy]'),function(link){link.addEventListener('click',function(event){
        if(link.getAttribute('data-copy')==='along'){copy();return}
        event.preventDefault();var gone=false;function go(){if(!gone){gone=true;location.href=link.href}}
        setTimeout(go,400);copy().then(go,go)})})
        })()
        """;

    private static readonly string ScriptHash = PageStyle.HashOf(Script);

    /// <summary>A page for a person.</summary>
    /// <param name="http">The request.</param>
    /// <param name="found">What the link leads to.</param>
    /// <param name="ways">The ways on.</param>
    /// <param name="visit">The visit that the page carries on; null when it could not be recorded.</param>
    /// <param name="mayAsk">Whether to ask if the visitor may be remembered.</param>
    public Task WriteAsync(HttpContext http, Resolution.Found found, IReadOnlyList<OfferedWay> ways, ClickId? visit, bool mayAsk)
    {
        var words = PageWords.For(http.Request.Headers);
        var isCopyable = ways.Any(offered => offered.Way == Way.Copy);
        var body = Markup.Join(
        [
            Card(found, words), State(found, words), Buttons(ways, words), isCopyable ? Passphrase(found, words, visit) : Markup.None,
            ways.Any(offered => offered.Way == Way.Qr) ? Scan(found, words, visit) : Markup.None, mayAsk ? Ask(found, words, visit) : Markup.None,
            ways.Any(offered => offered.Way == Way.OpenInBrowser) ? Guide(words) : Markup.None,
        ]);
        var script = isCopyable ? new Markup($"<script>{Script}</script>") : Markup.None;
        return SendAsync(http, found, words, Markup.None, body, script, isCopyable ? ScriptHash : null);
    }

    /// <summary>A page for programs that make previews of links and index them.</summary>
    public Task WritePreviewAsync(HttpContext http, Resolution.Found found)
    {
        // Most of them name no language, and their preview is shown to people who can read the title.
        var words = PageWords.For(http.Request.Headers, found.Listing?.Title);
        var (title, url) = (TitleOf(found, words), addresses.Url(found.Link.Id));
        var image = ImageOf(found);
        var listing = found.Listing;
        var head = Markup.Of($"""
            <link rel="canonical" href="{url}">
            <meta property="og:type" content="product">
            <meta property="og:site_name" content="{addresses.Brand(words.Language)}">
            <meta property="og:title" content="{title}">
            <meta property="og:description" content="{Description(found, words)}">
            <meta property="og:url" content="{url}">
            <meta name="description" content="{Description(found, words)}">
            <meta name="twitter:card" content="{(image is null ? "summary" : "summary_large_image")}">
            <meta name="twitter:title" content="{title}">
            <meta name="twitter:description" content="{Description(found, words)}">

            """);
        if (image is not null)
            head = Markup.Join([head, Markup.Of($"<meta property=\"og:image\" content=\"{image.AbsoluteUri}\">\n<meta name=\"twitter:image\" content=\"{image.AbsoluteUri}\">\n")]);
        if (listing is { Price: { } price, Currency: { } currency })
            head = Markup.Join([head, Markup.Of($"<meta property=\"product:price:amount\" content=\"{Currencies.Exact(price, currency)}\">\n<meta property=\"product:price:currency\" content=\"{currency}\">\n")]);
        // The serializer's default encoder leaves nothing in a string that could end a script.
        var data = JsonSerializer.Serialize(ProductData.Of(title, url, image?.AbsoluteUri, listing), ProductJson.Default.ProductData);
        head = Markup.Join([head, new Markup($"<script type=\"application/ld+json\">{data}</script>\n")]);
        return SendAsync(http, found, words, head, Markup.Join([Card(found, words), State(found, words)]), Markup.None, null);
    }

    private Task SendAsync(HttpContext http, Resolution.Found found, PageWords words, Markup head, Markup body, Markup script, string? scriptHash)
    {
        var policy = $"default-src 'none'; style-src {PageStyle.Hash}; " + (scriptHash is null ? "" : $"script-src {scriptHash}; ")
            + (ImageOf(found) is { } image ? $"img-src {image.GetLeftPart(UriPartial.Authority)}; " : "") + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        http.Response.Headers.Vary = "Accept-Language, User-Agent";
        if (!options.AllowIndexing)
            http.Response.Headers["X-Robots-Tag"] = "noindex";
        return Pages.SendAsync(http, StatusCodes.Status200OK, policy, Markup.Of($"""
            <!doctype html>
            <html lang="{words.Language}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <title>{TitleOf(found, words)}</title>
            {head}<style>{new Markup(PageStyle.Css)}</style>
            </head>
            <body><main>{body}</main>{script}</body>
            </html>
            """));
    }

    private Markup Card(Resolution.Found found, PageWords words)
    {
        var image = ImageOf(found) is { } address ? Markup.Of($"<img src=\"{address.AbsoluteUri}\" alt=\"\" width=\"96\" height=\"96\" referrerpolicy=\"no-referrer\">") : Markup.None;
        var price = found.Listing is { Price: { } amount, Currency: { } currency } ? Markup.Of($"<p class=\"price\">{ShareTexts.FormatPrice(amount, currency, words.Language)}</p>") : Markup.None;
        return Markup.Of($"<div class=\"item\">{image}<div><h1 dir=\"auto\">{TitleOf(found, words)}</h1>{price}</div></div>");
    }

    private static Markup State(Resolution.Found found, PageWords words)
    {
        var sentences = StateOf(found, words);
        return sentences.Count == 0 ? Markup.None : Markup.Of($"<div class=\"state\">{Markup.Join(sentences.Select(sentence => Markup.Of($"<p>{sentence}</p>")))}</div>");
    }

    /// <summary>What has become of a listing that is gone, and what stands in for it.</summary>
    private static IReadOnlyList<string> StateOf(Resolution.Found found, PageWords words)
    {
        if (found.Listing is not { State: not ListingState.Available and var state })
            return [];
        var what = state == ListingState.Sold ? words.Sold : words.Removed;
        return found.Route.Rule switch
        {
            LinkTarget.SuccessorRule => [what, words.Successor],
            LinkTarget.SimilarRule => [what, words.Similar],
            _ => [what],
        };
    }

    private static Markup Buttons(IReadOnlyList<OfferedWay> ways, PageWords words)
    {
        var buttons = new List<Markup>();
        foreach (var (way, address) in ways)
        {
            if (LabelOf(way, words) is not { } label)
                continue;
            var isMain = buttons.Count == 0;
            buttons.Add(way switch
            {
                Way.OpenInBrowser => Markup.Of($"<a class=\"{(isMain ? "way main" : "way")}\" href=\"#browser\">{label}</a>"),
                Way.Store => Markup.Of($"<a class=\"{(isMain ? "way main" : "way")}\" href=\"{address}\" data-copy>{label}</a><p class=\"quiet\">{words.StoreHint}</p>"),
                Way.Intent => Markup.Of($"<a class=\"{(isMain ? "way main" : "way")}\" href=\"{address}\" data-copy=\"along\">{label}</a>"),
                _ => Markup.Of($"<a class=\"{(isMain ? "way main" : "way")}\" href=\"{address}\">{label}</a>"),
            });
        }
        return buttons.Count == 0 ? Markup.None : Markup.Of($"<div class=\"ways\">{Markup.Join(buttons)}</div>");
    }

    private static string? LabelOf(Way way, PageWords words) => way switch
    {
        Way.Web => words.OpenWeb,
        Way.UniversalLink or Way.Scheme or Way.Intent or Way.AppLinking => words.OpenApp,
        Way.WechatUrlLink or Way.WechatScheme => words.OpenWechat,
        Way.AlipayScheme or Way.AlipayWeb => words.OpenAlipay,
        Way.Store => words.Store,
        Way.OpenInBrowser => words.OpenInBrowser,
        _ => null,
    };

    private Markup Passphrase(Resolution.Found found, PageWords words, ClickId? visit) => Markup.Of($"""
        <section aria-labelledby="passphrase"><h2 id="passphrase">{words.Passphrase}</h2><p class="token">{addresses.Token(found.Link.Id)}</p><p class="quiet">{words.CopyHint}</p>
        <textarea id="share" rows="3" readonly aria-label="{words.ShareText}">{"\n" + addresses.ShareText(words.Language, found.Link, found.Listing, visit)}</textarea>
        <button id="copy" hidden>{words.Copy}</button><p id="said" class="quiet" role="status" data-done="{words.Copied}" data-failed="{words.CopyFailed}"></p></section>
        """);

    private Markup Scan(Resolution.Found found, PageWords words, ClickId? visit)
    {
        var text = visit is { } id ? addresses.Url(found.Link.Id, id) : addresses.Url(found.Link.Id);
        var picture = Encoding.UTF8.GetString(QrSvg.Draw(new QrSymbol(text, QRCodeGenerator.ECCLevel.M), QrStyle.Default, null));
        return Markup.Of($"<section class=\"scan\" aria-labelledby=\"scan\"><h2 id=\"scan\">{words.Scan}</h2><div role=\"img\" aria-label=\"{words.ScanPicture}\">{new Markup(picture)}</div></section>");
    }

    private Markup Ask(Resolution.Found found, PageWords words, ClickId? visit) => Markup.Of($"""
        <form method="post" action="/visitor-consent"><input type="hidden" name="back" value="{addresses.Path(found.Link.Id, visit)}"><p class="quiet">{words.Ask}</p>
        <div class="pair"><button name="answer" value="yes">{words.AskYes}</button><button name="answer" value="no">{words.AskNo}</button></div></form>
        """);

    /// <summary>Points at the menu of the app around the page. Shown by the address's fragment alone, so that it needs no script.</summary>
    private static Markup Guide(PageWords words) => Markup.Of($"""
        <section class="guide" id="browser" role="dialog" aria-label="{words.OpenInBrowser}"><svg class="arrow" viewBox="0 0 48 48" aria-hidden="true"><path d="M6 42C8 22 20 10 40 8M30 4l11 4-5 11"/></svg><p>{words.OpenInBrowserHow}</p><a class="way" href="#">{words.Close}</a></section>
        """);

    private static string TitleOf(Resolution.Found found, PageWords words) =>
        found.Listing?.Title is { } title && DisplayTitle.Clean(title, MaxTitleElements) is { Length: > 0 } shown ? shown : words.Untitled;

    private static string Description(Resolution.Found found, PageWords words)
    {
        var price = found.Listing is { Price: { } amount, Currency: { } currency } ? ShareTexts.FormatPrice(amount, currency, words.Language) : null;
        return string.Join(' ', StateOf(found, words).Prepend(price).OfType<string>().DefaultIfEmpty(words.Untitled));
    }

    private Uri? ImageOf(Resolution.Found found) => found.Listing?.ImageUrl is { } image ? destinations.AllowedImage(image) : null;
}

/// <summary>How pages treat search engines.</summary>
/// <param name="AllowIndexing">Whether they may list links.</param>
public sealed record PageOptions(bool AllowIndexing);
