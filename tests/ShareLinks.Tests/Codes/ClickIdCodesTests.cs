using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Codes;

public class ClickIdCodesTests
{
    private static readonly ClickIdCodes Codes = new(CodeKey.Development);

    [Fact]
    public void Ids_round_trip()
    {
        var random = new Random(7);
        for (var i = 0; i < Scale.Of(100_000); i++)
            RoundTrips(new ClickId(random.NextInt64(ClickId.MaxStream + 1), random.Next(ClickId.MaxSequence + 1), random.Next(ClickId.MaxPlace + 1)));
        RoundTrips(new ClickId(0, 0, 0));
        RoundTrips(new ClickId(ClickId.MaxStream, ClickId.MaxSequence, ClickId.MaxPlace));

        static void RoundTrips(ClickId id)
        {
            var text = Codes.Encode(id);
            Assert.Equal(ClickIdCodes.Length, text.Length);
            Assert.All(text, symbol => Assert.True(char.IsAsciiLetterOrDigit(symbol)));
            Assert.True(Codes.TryDecode(text, out var decoded));
            Assert.Equal(id, decoded);
        }
    }

    [Fact]
    public void A_damaged_id_is_refused()
    {
        var random = new Random(7);
        for (var i = 0; i < Scale.Of(100_000); i++)
        {
            var text = Codes.Encode(new ClickId(random.NextInt64(ClickId.MaxStream), i, i % 500)).ToCharArray();
            var place = random.Next(text.Length);
            text[place] = text[place] == 'x' ? 'y' : 'x';
            Assert.False(Codes.TryDecode(text, out _));
        }
    }

    [Fact]
    public void Ids_of_one_block_look_unrelated()
    {
        var first = Codes.Encode(new ClickId(1, 1, 1));
        var second = Codes.Encode(new ClickId(1, 1, 2));
        Assert.InRange(first.Zip(second).Count(pair => pair.First == pair.Second), 0, 4);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000000000000000000")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("0123456789012345678901x")]
    [InlineData("012345678901234567890-")]
    public void What_is_no_id_is_refused(string text) => Assert.False(Codes.TryDecode(text, out _));
}
