using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Codes;

public class ShortCodesProperties
{
    private const string Symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly ShortCodes Codes = new(CodeKey.Development, new IdScrambler(CodeKey.Development));

    [Fact]
    public void Every_id_round_trips_and_no_two_share_a_code()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Scale.Of(100_000); i++)
        {
            var id = new LinkId(i % 2 == 0 ? i : LinkId.Max - i);
            var code = Codes.Encode(id);
            Assert.InRange(code.Length, ShortCodes.MinLength, ShortCodes.MaxLength);
            Assert.True(seen.Add(code));
            Assert.True(Codes.TryDecode(code, out var decoded));
            Assert.Equal(id, decoded);
        }
    }

    [Fact]
    public void Threads_that_share_the_codes_do_not_disturb_each_other() =>
        Parallel.For(0, Scale.Of(100_000), i =>
        {
            Assert.True(Codes.TryDecode(Codes.Encode(new LinkId(i)), out var decoded));
            Assert.Equal(i, decoded.Value);
        });

    [Fact]
    public void A_string_that_decodes_is_the_code_of_what_it_decodes_to()
    {
        var random = new Random(7);
        var decodable = 0;
        for (var i = 0; i < Scale.Of(1_000_000); i++)
        {
            var text = new string(random.GetItems<char>(Symbols, random.Next(ShortCodes.MinLength, ShortCodes.MaxLength + 1)));
            if (!Codes.TryDecode(text, out var id))
                continue;
            decodable++;
            Assert.Equal(text, Codes.Encode(id));
        }
        // One in thousands, as the class says; not none, or this test would show nothing.
        Assert.InRange(decodable, 1, Scale.Of(1_000_000) / 1000);
    }

    [Fact]
    public void A_changed_symbol_never_gives_the_same_link()
    {
        var random = new Random(7);
        for (var i = 0; i < Scale.Of(100_000); i++)
        {
            var id = new LinkId(random.NextInt64(LinkId.Max));
            var code = Codes.Encode(id).ToCharArray();
            var place = random.Next(code.Length);
            var before = code[place];
            code[place] = Symbols[random.Next(Symbols.Length)];
            Assert.False(code[place] != before && Codes.TryDecode(code, out var other) && other == id);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("waytoolongforacode")]
    [InlineData("AbC3dE9k!")]
    [InlineData("AbC 3dE9k")]
    [InlineData("闲鱼闲鱼闲鱼闲鱼")]
    [InlineData("\uD800\uD800\uD800\uD800\uD800\uD800\uD800\uD800")]
    [InlineData("\0\0\0\0\0\0\0\0\0")]
    public void What_has_no_code_s_form_is_refused(string text) => Assert.False(Codes.TryDecode(text, out _));

    [Fact]
    public void Codes_are_the_same_for_ever() =>
        Assert.Equal(["Kgjl4D07P", "qDDO74Yer", "ERbRqX4yZ"], new[] { Codes.Encode(new LinkId(0)), Codes.Encode(new LinkId(1)), Codes.Encode(new LinkId(LinkId.Max)) });
}
