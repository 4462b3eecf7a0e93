using QRCoder;
using ShareLinks.Posters;
using ShareLinks.Qr;
using ZXing.Common.ReedSolomon;

namespace ShareLinks.Tests.Qr;

/// <summary>Symbols that one library (QRCoder) makes are read by another (ZXing.Net).</summary>
public class QrReaderTests
{
    private static readonly string[] Texts =
    [
        "A", "HTTPS://S.EXAMPLE/Q/7K2M9QXA3FVD", "https://s.example/Q/7K2M9QXA3FVD", "http://localhost:7071/Q/7K2M9QXA3FVD", $"https://{new string('a', 60)}.market.example/Q/7K2M9QXA3FVD",
    ];

    public static TheoryData<string, QRCodeGenerator.ECCLevel> Symbols =>
        [.. from text in Texts from level in Enum.GetValues<QRCodeGenerator.ECCLevel>() where level >= 0 select (text, level)];

    [Theory]
    [MemberData(nameof(Symbols))]
    public void A_symbol_is_read_at_any_angle_and_size(string text, QRCodeGenerator.ECCLevel level)
    {
        var symbol = new QrSymbol(text, level);
        for (var degrees = 0; degrees < 360; degrees += 24)
            Assert.Equal(text, Read(symbol, 3.6 + degrees % 7, new PictureDamage(BlurPixels: 0.6, Degrees: degrees))?.Text);
    }

    [Fact]
    public void Light_modules_on_a_dark_ground_and_an_empty_picture_are_not_read()
    {
        var symbol = new QrSymbol(Texts[2], QRCodeGenerator.ECCLevel.Q);
        var inverted = QrStyle.Default with { Dark = QrStyle.Default.Light, Light = QrStyle.Default.Dark };
        Assert.Null(QrReader.Read(DamagedPicture.Draw(symbol, inverted, 200, default)));
        Assert.Null(QrReader.Read(new GreyPicture(new byte[400], 20, 20)));
        Assert.Throws<ArgumentException>(() => new GreyPicture(new byte[400], 20, 21));
    }

    /// <summary>Only data modules are inverted, so that the symbol is still found.</summary>
    [Theory]
    [InlineData(QRCodeGenerator.ECCLevel.L)]
    [InlineData(QRCodeGenerator.ECCLevel.M)]
    [InlineData(QRCodeGenerator.ECCLevel.Q)]
    [InlineData(QRCodeGenerator.ECCLevel.H)]
    public void Inverted_modules_are_restored_or_nothing_is_read(QRCodeGenerator.ECCLevel level)
    {
        var text = Texts[2];
        var symbol = new QrSymbol(text, level);
        var places = DataModules(symbol.Width).ToArray();
        var random = new Random(7);
        var (restored, refused) = (0, 0);
        for (var damaged = 0; damaged <= places.Length / 2; damaged++)
        {
            var inverted = random.GetItems(places, damaged).ToHashSet();
            var reading = QrReader.Read(Draw(symbol.Width, (x, y) => symbol.IsDark(x, y) ^ inverted.Contains((x, y))));
            if (reading is null)
                refused++;
            else
                restored++;
            // Never another text.
            Assert.True(reading is null || (reading.Text == text && reading.Corrected is >= 0 and <= 1), $"{damaged}: {reading?.Text}");
        }
        Assert.InRange(restored, 4, places.Length);
        Assert.InRange(refused, 100, places.Length);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(22)]
    [InlineData(30)]
    public void As_many_wrong_codewords_as_half_the_checks_are_corrected_and_counted(int checks)
    {
        var random = new Random(checks);
        var decoder = new ReedSolomonDecoder(GenericGF.QR_CODE_FIELD_256);
        for (var run = 0; run < 300; run++)
        {
            // The zero polynomial is a word of every such code, and so is the difference that undoes any errors in it.
            var block = new int[checks + random.Next(1, 100)];
            var errors = random.Next(checks / 2 + 1);
            foreach (var place in Enumerable.Range(0, block.Length).OrderBy(_ => random.Next()).Take(errors))
                block[place] = random.Next(1, 256);
            Assert.True(decoder.decodeWithECCount(block, checks, out var corrected));
            Assert.Equal(errors, corrected);
            Assert.All(block, codeword => Assert.Equal(0, codeword));
        }
    }

    /// <summary>The modules of versions 2 to 6 that hold codewords (ISO/IEC 18004): all but the finder, timing, format and alignment patterns.</summary>
    private static IEnumerable<(int X, int Y)> DataModules(int width) =>
        from y in Enumerable.Range(0, width)
        from x in Enumerable.Range(0, width)
        where x != 6 && y != 6 && !(x < 9 && (y < 9 || y >= width - 8)) && !(x >= width - 8 && y < 9) && !(Math.Abs(x - (width - 7)) <= 2 && Math.Abs(y - (width - 7)) <= 2)
        select (x, y);

    /// <summary>A sharp picture with a quiet zone of four modules.</summary>
    private static GreyPicture Draw(int width, Func<int, int, bool> isDark)
    {
        const int Scale = 4, Margin = 4;
        var side = (width + 2 * Margin) * Scale;
        var pixels = new byte[side * side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i % side / Scale - Margin, i / side / Scale - Margin);
            pixels[i] = x >= 0 && y >= 0 && x < width && y < width && isDark(x, y) ? byte.MinValue : byte.MaxValue;
        }
        return new GreyPicture(pixels, side, side);
    }

    private static QrReading? Read(QrSymbol symbol, double modulePixels, PictureDamage damage) => QrReader.Read(DamagedPicture.Draw(symbol, QrStyle.Default, symbol.Width * modulePixels, damage));
}
