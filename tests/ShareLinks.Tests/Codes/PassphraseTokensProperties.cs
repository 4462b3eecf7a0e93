using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Codes;

public class PassphraseTokensProperties
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static readonly IdScrambler Scrambler = new(CodeKey.Development);
    private static readonly PassphraseTokens Tokens = new([CodeKey.Development.Derive("tokens", 32)], Scrambler);

    [Fact]
    public void Every_id_round_trips_and_no_two_share_a_token()
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < Scale.Of(100_000); i++)
        {
            var id = new LinkId(i % 2 == 0 ? i : LinkId.Max - i);
            var token = Tokens.Encode(id);
            Assert.Equal(PassphraseTokens.Length, token.Length);
            Assert.All(token, symbol => Assert.Contains(symbol, Alphabet));
            Assert.True(seen.Add(token));
            Assert.True(Tokens.TryDecode(token, out var decoded));
            Assert.Equal(id, decoded);
        }
    }

    [Fact]
    public void However_it_is_typed_it_is_the_same_token()
    {
        var token = Tokens.Encode(new LinkId(5));
        string[] forms =
        [
            token, token.ToLowerInvariant(), PassphraseTokens.Group(token), " " + PassphraseTokens.Group(token).Replace('-', ' ') + " ",
            token.Replace('0', 'O').Replace('1', 'I'), token.Replace('0', 'o').Replace('1', 'l'),
            new([.. token.Select(symbol => (char)(symbol + 0xfee0))]), PassphraseTokens.Group(token).Replace('-', '－'),
        ];
        foreach (var form in forms)
        {
            Assert.True(Tokens.TryDecode(form, out var id), form);
            Assert.Equal(5, id.Value);
        }
    }

    [Fact]
    public void A_changed_symbol_is_refused_or_in_a_million_another_link_but_never_passes_unseen()
    {
        var random = new Random(7);
        var passed = 0;
        for (var i = 0; i < Scale.Of(1_000_000); i++)
        {
            var token = Tokens.Encode(new LinkId(i)).ToCharArray();
            var place = random.Next(token.Length);
            var before = token[place];
            token[place] = Alphabet[random.Next(Alphabet.Length)];
            if (token[place] != before && Tokens.TryDecode(token, out var other))
            {
                passed++;
                Assert.NotEqual(i, other.Value);
            }
        }
        Assert.InRange(passed, 0, 10);
    }

    [Fact]
    public void About_one_in_a_million_random_strings_passes()
    {
        var random = new Random(7);
        var passed = Enumerable.Range(0, Scale.Of(1_000_000)).Count(_ => Tokens.TryDecode(random.GetItems<char>(Alphabet, PassphraseTokens.Length), out var _));
        Assert.InRange(passed, 0, 8);
    }

    [Fact]
    public void Keys_form_a_ring_so_that_old_tokens_stay_readable()
    {
        byte[] oldKey = [.. Enumerable.Repeat((byte)1, 32)], newKey = [.. Enumerable.Repeat((byte)2, 32)];
        var old = new PassphraseTokens([oldKey], Scrambler).Encode(new LinkId(9));
        var ring = new PassphraseTokens([newKey, oldKey], Scrambler);
        Assert.True(ring.TryDecode(old, out var id));
        Assert.Equal(9, id.Value);
        Assert.NotEqual(old, ring.Encode(new LinkId(9)));
        Assert.False(new PassphraseTokens([newKey], Scrambler).TryDecode(old, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("------------")]
    [InlineData("7K2M9QXA3FV")]
    [InlineData("UUUUUUUUUUUU")]
    [InlineData("闲鱼闲鱼闲鱼闲鱼闲鱼闲鱼")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0")]
    public void What_is_no_token_is_refused(string text) => Assert.False(Tokens.TryDecode(text, out _));
}
