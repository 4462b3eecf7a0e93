using QRCoder;
using ShareLinks.Qr;

namespace ShareLinks.Posters;

/// <summary>Looks, before anything is printed, whether phones will read it. Pure.</summary>
public static class PosterCheck
{
    /// <summary>A symbol is to be a tenth as wide as the distance it is scanned from.</summary>
    private const double DistanceToSize = 10;

    /// <summary>What phones and common printers resolve.</summary>
    private const double MinModuleMillimetres = 0.4;

    /// <summary>ISO/IEC 18004.</summary>
    private const double QuietModules = 4;

    /// <summary>A phone's finder: 1,920 pixels across 65°. What is a millimetre wide and a millimetre away would be so many pixels wide.</summary>
    private const double CameraPixels = 1507;

    /// <summary>No more pixels than a close look needs.</summary>
    private const double MaxPixels = 480;

    private static readonly PictureDamage Blurred = new(BlurPixels: 0.8);
    private static readonly PictureDamage Turned = new(Degrees: 17);
    private static readonly PictureDamage Stained = new(IsStained: true);
    private static readonly PictureDamage Worst = new(0.8, 17, true);

    /// <summary>What was looked at, in the order in which it is shown.</summary>
    /// <param name="text">What the symbol says.</param>
    /// <param name="style">How it is printed.</param>
    public static IReadOnlyList<PosterFinding> Of(string text, PosterStyle style)
    {
        var symbol = new QrSymbol(text, style.Correction);
        var paper = style.Paper;
        var needed = style.DistanceMetres * 1000 / DistanceToSize;
        var module = paper.SymbolMillimetres / symbol.Width;
        // The smallest that is large enough.
        var larger = PosterPaper.All.Where(other => other.SymbolMillimetres >= needed).MinBy(other => other.SymbolMillimetres);
        var isLarge = paper.SymbolMillimetres >= needed;
        var isDark = style.Picture.Contrast >= QrStyle.MinContrast;
        return
        [
            Finding(PosterTrait.Size, paper.SymbolMillimetres, needed, larger is null ? PosterAdvice.Enlarge : PosterAdvice.LargerPaper),
            // Fewer codewords make fewer modules.
            Finding(PosterTrait.Module, module, MinModuleMillimetres, style.Correction == QRCodeGenerator.ECCLevel.M ? PosterAdvice.LargerPaper : PosterAdvice.LowerLevel),
            // And more codewords smaller ones, so that the same space has more of them.
            Finding(PosterTrait.Quiet, paper.QuietMillimetres / module, QuietModules, PosterAdvice.HigherLevel),
            Finding(PosterTrait.Contrast, style.Picture.Contrast, QrStyle.MinContrast, PosterAdvice.DarkerInk),
            Decoded(PosterTrait.Blurred, Blurred), Decoded(PosterTrait.Turned, Turned), Decoded(PosterTrait.Stained, Stained), Decoded(PosterTrait.Worst, Worst),
        ];

        PosterFinding Finding(PosterTrait trait, double found, double bound, PosterAdvice advice) => found >= bound
            ? new PosterFinding(trait, true, found, bound, PosterAdvice.None, null)
            : new PosterFinding(trait, false, found, bound, advice, advice == PosterAdvice.LargerPaper ? larger?.Name : null);

        PosterFinding Decoded(PosterTrait trait, PictureDamage damage)
        {
            var pixels = Math.Min(CameraPixels * paper.SymbolMillimetres / (style.DistanceMetres * 1000), MaxPixels);
            if (QrReader.Read(DamagedPicture.Draw(symbol, style.Picture, pixels, damage)) is { } reading && reading.Text == text)
                return new PosterFinding(trait, true, reading.Corrected, 1, PosterAdvice.None, null);
            var advice = !isLarge ? larger is null ? PosterAdvice.Enlarge : PosterAdvice.LargerPaper
                : !isDark ? PosterAdvice.DarkerInk
                : damage.IsStained && style.Correction != QRCodeGenerator.ECCLevel.H ? PosterAdvice.HigherLevel
                : PosterAdvice.Nearer;
            return new PosterFinding(trait, false, double.NaN, 1, advice, advice == PosterAdvice.LargerPaper ? larger?.Name : null);
        }
    }
}

/// <summary>What one look found.</summary>
/// <param name="Trait">What was looked at.</param>
/// <param name="IsPassed">Whether it is good enough.</param>
/// <param name="Found">What there is: millimetres, modules, a contrast, or the part of the correction that was needed, from 0 to 1; not a number when nothing was read.</param>
/// <param name="Bound">The least, or the most, that is good.</param>
/// <param name="Advice">What to change.</param>
/// <param name="Paper">The paper to print on instead, where that is the advice.</param>
public sealed record PosterFinding(PosterTrait Trait, bool IsPassed, double Found, double Bound, PosterAdvice Advice, string? Paper);

/// <summary>What is looked at.</summary>
public enum PosterTrait
{
    /// <summary>The symbol's side in millimetres, against the distance.</summary>
    Size,

    /// <summary>A module's side in millimetres.</summary>
    Module,

    /// <summary>The free space around, in modules.</summary>
    Quiet,

    /// <summary>The ink's against white.</summary>
    Contrast,

    /// <summary>Whether a camera out of focus reads it from the distance.</summary>
    Blurred,

    /// <summary>A phone held aslant.</summary>
    Turned,

    /// <summary>After a cup of coffee stood on it.</summary>
    Stained,

    /// <summary>All three at once.</summary>
    Worst,
}

/// <summary>What to change.</summary>
public enum PosterAdvice
{
    None,

    /// <summary>Print on a larger paper.</summary>
    LargerPaper,

    /// <summary>No paper here is large enough: have it enlarged, or let people come nearer.</summary>
    Enlarge,

    /// <summary>Let people come nearer.</summary>
    Nearer,

    DarkerInk,

    /// <summary>A higher correction level.</summary>
    HigherLevel,

    /// <summary>A lower one.</summary>
    LowerLevel,
}
