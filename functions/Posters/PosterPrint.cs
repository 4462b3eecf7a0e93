using System.Globalization;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Qr;

namespace ShareLinks.Posters;

/// <summary>Puts together what is printed on posters. Thread-safe.</summary>
public sealed class PosterPrint(PosterLots lots, ListingTable listings, LinkAddresses addresses, PublicAddress host)
{
    /// <summary>The posters of a lot from one serial to another; one without a link is left out.</summary>
    public async Task<IReadOnlyList<Poster>> OfAsync(PosterLot lot, int from, int to, PosterStyle style, string language)
    {
        var links = await lots.LinksAsync(lot);
        var posters = new List<Poster>();
        for (var number = from; number <= to; number++)
        {
            if (links[number - 1] is { } link)
                posters.Add(await OfAsync(lot, number, link, style, language));
        }
        return posters;
    }

    /// <summary>What a poster's symbol says.</summary>
    public string TextOf(Link link) => addresses.QrUrl(link.Id);

    private async Task<Poster> OfAsync(PosterLot lot, int number, Link link, PosterStyle style, string language)
    {
        var listing = link.Attributes.ListingId is { } id ? await listings.GetAsync(id) : null;
        var price = listing is { Price: { } amount, Currency: { } currency } ? ShareTexts.FormatPrice(amount, currency, language) : null;
        // The lot's own words are about what it was made for.
        var isOwn = link.Attributes.ListingId == lot.ListingId;
        return new Poster(
            (isOwn ? lot.Title : null) ?? listing?.Title ?? lot.Title, (isOwn ? lot.Price : null) ?? price, host.Authorities.Value[0], addresses.Token(link.Id), lot.PlacementOf(number), Svg(new QrSymbol(TextOf(link), style.Correction), style));
    }

    /// <summary>The symbol as large as the paper has it, with its quiet zone.</summary>
    private static string Svg(QrSymbol symbol, PosterStyle style)
    {
        var paper = style.Paper;
        var quiet = paper.QuietMillimetres / paper.SymbolMillimetres * symbol.Width;
        var (side, all) = (paper.SymbolMillimetres + 2 * paper.QuietMillimetres, symbol.Width + 2 * quiet);
        return string.Create(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}mm\" height=\"{side}mm\" viewBox=\"{-quiet:0.####} {-quiet:0.####} {all:0.####} {all:0.####}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\"><path fill=\"#{style.Ink}\" d=\"{QrSvg.Path(symbol, 0)}\"/></svg>");
    }
}

/// <summary>What is printed on a poster.</summary>
/// <param name="Title">What stands large.</param>
/// <param name="Price">What stands below.</param>
/// <param name="Host">What to open without a scanner,</param>
/// <param name="Token">and what to type there.</param>
/// <param name="Placement">The lot and the serial.</param>
/// <param name="Svg">The symbol.</param>
public sealed record Poster(string? Title, string? Price, string Host, string Token, string Placement, string Svg)
{
    /// <summary>Letters, of which a Chinese one counts as two, that a line of the largest type has room for.</summary>
    private const int LineLetters = 24;

    /// <summary>Whether the title needs a second line.</summary>
    public bool IsLong => Title?.Sum(c => c >= '\u2e80' ? 2 : 1) > LineLetters;
}
