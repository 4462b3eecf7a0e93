using QRCoder;
using ShareLinks.Posters;
using ShareLinks.Qr;

namespace ShareLinks.Tests.Qr;

/// <summary>What is drawn by one library is read by the reader, which shares nothing with it.</summary>
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

    /// <summary>The chosen places are those of data, so the squares stay.</summary>
    [Theory]
    [InlineData(QRCodeGenerator.ECCLevel.L)]
    [InlineData(QRCodeGenerator.ECCLevel.M)]
    [InlineData(QRCodeGenerator.ECCLevel.Q)]
    [InlineData(QRCodeGenerator.ECCLevel.H)]
    public void Modules_that_were_turned_over_are_restored_or_nothing_is_read(QRCodeGenerator.ECCLevel level)
    {
        var text = Texts[2];
        var symbol = new QrSymbol(text, level);
        var version = (symbol.Width - 17) / 4;
        var places = QrLayout.DataModules(version).ToArray();
        var random = new Random(7);
        var (restored, refused) = (0, 0);
        for (var damaged = 0; damaged <= places.Length / 2; damaged++)
        {
            var over = random.GetItems(places, damaged).ToHashSet();
            var reading = QrDecoder.Decode((x, y) => symbol.IsDark(x, y) ^ over.Contains((x, y)), version);
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
    public void As_many_wrong_codewords_as_half_the_checks_are_corrected(int checks)
    {
        var random = new Random(checks);
        for (var run = 0; run < 300; run++)
        {
            // The zero polynomial is a word of every such code, and so is the difference that undoes any errors in it.
            var block = new byte[checks + random.Next(1, 100)];
            var errors = random.Next(checks / 2 + 1);
            foreach (var place in Enumerable.Range(0, block.Length).OrderBy(_ => random.Next()).Take(errors))
                block[place] = (byte)random.Next(1, 256);
            Assert.Equal(errors, ReedSolomon.Correct(block, checks));
            Assert.All(block, codeword => Assert.Equal(0, codeword));
        }
    }

    private static QrReading? Read(QrSymbol symbol, double modulePixels, PictureDamage damage) => QrReader.Read(DamagedPicture.Draw(symbol, QrStyle.Default, symbol.Width * modulePixels, damage));
}
