using System.Globalization;
using QRCoder;
using ShareLinks.Qr;

namespace ShareLinks.Posters;

/// <summary>How posters are printed, and from how far they are to be scanned.</summary>
/// <param name="Paper">The paper.</param>
/// <param name="Ink">The modules' colour.</param>
/// <param name="Correction">How much of a symbol may be covered.</param>
/// <param name="DistanceMetres">From how far: 0.05 to 20.</param>
public sealed record PosterStyle(PosterPaper Paper, Rgb Ink, QRCodeGenerator.ECCLevel Correction, double DistanceMetres)
{
    public const double MinDistanceMetres = 0.05;
    public const double MaxDistanceMetres = 20;

    public static readonly Rgb Black = new(0, 0, 0);

    /// <summary>A colour that prints well, where nobody chose one.</summary>
    public static readonly Rgb DefaultColour = new(0x0b, 0x4f, 0x3a);

    /// <summary>The levels to choose from.</summary>
    public static IReadOnlyList<QRCodeGenerator.ECCLevel> Levels { get; } = [QRCodeGenerator.ECCLevel.M, QRCodeGenerator.ECCLevel.Q, QRCodeGenerator.ECCLevel.H];

    /// <summary>Whether there is black alone, of which no one wants large areas.</summary>
    public bool IsPlain => Ink == Black;

    /// <summary>Whether white is read better on the ink than black.</summary>
    public bool IsDark => Ink.Luminance < 0.18;

    /// <summary>As pictures know it.</summary>
    public QrStyle Picture => QrStyle.Default with { Correction = Correction, Dark = Ink, Margin = 0 };

    /// <summary>Reads a page's choice. What is absent stands for the default, and so does what can't be read, which is told.</summary>
    /// <param name="paper">A paper's name.</param>
    /// <param name="colour"><c>black</c> or <c>colour</c>.</param>
    /// <param name="ink">The colour, six hexadecimal digits, with or without a <c>#</c>.</param>
    /// <param name="level">One of <see cref="Levels"/>.</param>
    /// <param name="distance">Metres.</param>
    public static (PosterStyle Style, bool IsWrong) Parse(string? paper, string? colour, string? ink, string? level, string? distance)
    {
        var chosen = PosterPaper.Find(paper);
        var colourOf = ink is null ? DefaultColour : Rgb.TryParse(ink.TrimStart('#'));
        var correction = level is null ? QRCodeGenerator.ECCLevel.Q : Levels.Where(known => known.ToString() == level).Cast<QRCodeGenerator.ECCLevel?>().FirstOrDefault();
        var isDistance = double.TryParse(distance, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var metres) && metres is >= MinDistanceMetres and <= MaxDistanceMetres;
        var onPaper = chosen ?? PosterPaper.Default;
        return (
            new PosterStyle(onPaper, colour == "black" ? Black : colourOf ?? DefaultColour, correction ?? QRCodeGenerator.ECCLevel.Q, isDistance ? metres : onPaper.DistanceMetres),
            (paper is not null && chosen is null) || colour is not (null or "black" or "colour") || colourOf is null || correction is null || (distance is not null && !isDistance));
    }
}
