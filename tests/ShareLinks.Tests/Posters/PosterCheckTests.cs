using QRCoder;
using ShareLinks.Posters;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Posters;

public class PosterCheckTests
{
    private const string Text = "https://s.example/Q/7K2M9QXA3FVD";

    [Theory]
    [InlineData("a4", "black")]
    [InlineData("a4", "colour")]
    [InlineData("a5", "black")]
    [InlineData("a5", "colour")]
    [InlineData("stickers", "black")]
    [InlineData("stickers", "colour")]
    public void Every_paper_passes_as_it_is_offered_for_hosts_of_any_length(string paper, string colour)
    {
        foreach (var host in new[] { "s.cn", "s.example", "links.secondhand-market.example.com" })
        {
            var findings = PosterCheck.Of($"https://{host}/Q/7K2M9QXA3FVD", Style(paper, colour));
            Assert.Equal(Enum.GetValues<PosterTrait>(), findings.Select(finding => finding.Trait));
            Assert.All(findings, finding => Assert.True(finding is { IsPassed: true, Advice: PosterAdvice.None }, $"{host} {finding}"));
        }
    }

    [Fact]
    public void Too_small_for_the_distance_a_larger_paper_is_advised_while_there_is_one()
    {
        var sticker = Finding(PosterTrait.Size, Style("stickers", distance: "0.9"));
        Assert.Equal((false, 24, 90, PosterAdvice.LargerPaper, "a5"), (sticker.IsPassed, sticker.Found, sticker.Bound, sticker.Advice, sticker.Paper));
        Assert.Equal("a4", Finding(PosterTrait.Size, Style("stickers", distance: "1.2")).Paper);
        Assert.Equal(PosterAdvice.Enlarge, Finding(PosterTrait.Size, Style("a4", distance: "1.6")).Advice);
        Assert.True(Finding(PosterTrait.Size, Style("a4", distance: "1.5")).IsPassed);
        // From so far a camera has no two pixels for a module.
        var far = Finding(PosterTrait.Blurred, Style("stickers", distance: "0.9"));
        Assert.Equal((false, PosterAdvice.LargerPaper, "a5"), (far.IsPassed, far.Advice, far.Paper));
    }

    [Theory]
    [InlineData("f5d442", false)]
    [InlineData("#f5d442", false)]
    [InlineData("ffffff", false)]
    [InlineData("0b4f3a", true)]
    [InlineData("b3261e", true)]
    public void Ink_that_is_too_light_is_told(string ink, bool isPassed)
    {
        var finding = Finding(PosterTrait.Contrast, Style("a4", ink: ink));
        Assert.Equal((isPassed, isPassed ? PosterAdvice.None : PosterAdvice.DarkerInk), (finding.IsPassed, finding.Advice));
    }

    [Fact]
    public void What_cannot_be_seen_at_all_is_not_read()
    {
        var findings = PosterCheck.Of(Text, Style("a4", ink: "ffffff"));
        Assert.All(findings.Where(finding => finding.Trait >= PosterTrait.Blurred), finding => Assert.Equal((false, PosterAdvice.DarkerInk), (finding.IsPassed, finding.Advice)));
    }

    [Fact]
    public void A_coffee_stain_is_survived_from_a_higher_level_on()
    {
        var low = PosterCheck.Of("https://links.secondhand-market.example.com/Q/7K2M9QXA3FVD", Style("a4") with { Correction = QRCodeGenerator.ECCLevel.L }).Single(finding => finding.Trait == PosterTrait.Stained);
        Assert.Equal((false, PosterAdvice.HigherLevel), (low.IsPassed, low.Advice));
        var high = Finding(PosterTrait.Stained, Style("a4", level: "H"));
        Assert.True(high.IsPassed);
        // It was seen, and corrected.
        Assert.InRange(high.Found, 0.1, 0.9);
        Assert.Equal(0, Finding(PosterTrait.Turned, Style("a4", level: "H")).Found);
    }

    /// <summary>Which modules a stain turns over depends on the token; no lot is to fail, or pass, by the luck of its first one.</summary>
    [Theory]
    [InlineData("a4")]
    [InlineData("a5")]
    [InlineData("stickers")]
    public void As_it_is_offered_a_poster_passes_whatever_its_token(string paper)
    {
        var random = new Random(3);
        for (var run = 0; run < Scale.Of(1000, 25); run++)
        {
            var token = new string(random.GetItems("0123456789ABCDEFGHJKMNPQRSTVWXYZ".AsSpan(), 12));
            Assert.All(PosterCheck.Of($"https://s.example/Q/{token}", Style(paper)), finding => Assert.True(finding.IsPassed, $"{token} {finding}"));
        }
    }

    [Fact]
    public void A_small_symbol_s_modules_are_too_fine_for_a_long_address_and_its_free_space_too_narrow_for_a_short_one()
    {
        var longest = $"https://{new string('a', 60)}.{new string('b', 60)}.example/Q/7K2M9QXA3FVD";
        var fine = Assert.Single(PosterCheck.Of(longest, Style("stickers", level: "H")), finding => finding.Trait == PosterTrait.Module);
        Assert.Equal((false, PosterAdvice.LowerLevel), (fine.IsPassed, fine.Advice));
        var quiet = Assert.Single(PosterCheck.Of("https://s.cn/Q/1", Style("a4", level: "M")), finding => finding.Trait == PosterTrait.Quiet);
        Assert.Equal((false, PosterAdvice.HigherLevel), (quiet.IsPassed, quiet.Advice));
    }

    [Theory]
    [InlineData(null, null, null, null, null, "a4", "0b4f3a", "Q", 1.5, false)]
    [InlineData("stickers", "black", "#c00000", "H", "0.3", "stickers", "000000", "H", 0.3, false)]
    [InlineData("a5", "colour", "#c00000", "M", null, "a5", "c00000", "M", 1, false)]
    [InlineData("a3", null, null, null, null, "a4", "0b4f3a", "Q", 1.5, true)]
    [InlineData("a4", "red", null, null, null, "a4", "0b4f3a", "Q", 1.5, true)]
    [InlineData("a4", null, "green", null, null, "a4", "0b4f3a", "Q", 1.5, true)]
    [InlineData("a4", null, null, "L", null, "a4", "0b4f3a", "Q", 1.5, true)]
    [InlineData("a4", null, null, null, "0", "a4", "0b4f3a", "Q", 1.5, true)]
    [InlineData("a4", null, null, null, "-1", "a4", "0b4f3a", "Q", 1.5, true)]
    [InlineData("a4", null, null, null, "NaN", "a4", "0b4f3a", "Q", 1.5, true)]
    [InlineData("a4", null, null, null, "1e9", "a4", "0b4f3a", "Q", 1.5, true)]
    public void A_choice_is_read_or_the_default_stands_for_it(
        string? paper, string? colour, string? ink, string? level, string? distance, string readPaper, string readInk, string readLevel, double readDistance, bool isWrong)
    {
        var (style, wrong) = PosterStyle.Parse(paper, colour, ink, level, distance);
        Assert.Equal((readPaper, readInk, readLevel, readDistance, isWrong), (style.Paper.Name, style.Ink.ToString(), style.Correction.ToString(), style.DistanceMetres, wrong));
    }

    private static PosterFinding Finding(PosterTrait trait, PosterStyle style) => Assert.Single(PosterCheck.Of(Text, style), finding => finding.Trait == trait);

    private static PosterStyle Style(string paper, string? colour = null, string? ink = null, string? level = null, string? distance = null)
    {
        var (style, isWrong) = PosterStyle.Parse(paper, colour, ink, level, distance);
        Assert.False(isWrong);
        return style;
    }
}
