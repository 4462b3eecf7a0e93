using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Codes;

/// <summary>What repair does to random tokens of ten million live links and random damages.</summary>
public class PassphraseRepairProperties
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const long LiveLinks = 10_000_000;
    private static readonly IdScrambler Scrambler = new(CodeKey.Development);
    private static readonly PassphraseTokens Tokens = new([CodeKey.Development.Derive("tokens", 32)], Scrambler);

    [Fact]
    public void Any_single_damage_is_repaired_to_the_right_link_or_refused()
    {
        var random = new Random(11);
        var refused = 0;
        for (var i = 0; i < Scale.Of(20_000); i++)
        {
            var id = new LinkId(random.NextInt64(LiveLinks));
            var damaged = Damage(random, Tokens.Encode(id));
            var found = Find(damaged);
            if (found is null)
                refused++;
            else
                Assert.Equal(id, found);
        }
        // Another live link's token, one damage away from the same run.
        Assert.InRange(refused, 0, 2);
    }

    [Fact]
    public void Two_damages_are_refused_or_repaired_right()
    {
        var random = new Random(12);
        for (var i = 0; i < Scale.Of(20_000); i++)
        {
            var id = new LinkId(random.NextInt64(LiveLinks));
            if (Find(Damage(random, Damage(random, Tokens.Encode(id)))) is { } found)
                Assert.Equal(id, found);
        }
    }

    [Fact]
    public void Of_a_million_random_strings_about_one_passes_and_none_resolves()
    {
        var random = new Random(13);
        var (passed, resolved) = (0, 0);
        for (var i = 0; i < Scale.Of(1_000_000); i++)
        {
            if (Tokens.TryDecode(random.GetItems<char>(Alphabet, PassphraseTokens.Length), out var id))
            {
                passed++;
                resolved += id.Value < LiveLinks ? 1 : 0;
            }
        }
        TestContext.Current.SendDiagnosticMessage($"random strings that pass the MAC: {passed}");
        Assert.InRange(passed, 0, 8);
        Assert.Equal(0, resolved);
    }

    [Fact]
    public void Repair_finds_about_as_many_by_luck_as_stated()
    {
        var random = new Random(14);
        var runs = Scale.Of(20_000);
        var passed = Enumerable.Range(0, runs).Sum(_ => Tokens.Repair(random.GetItems<char>(Alphabet, PassphraseTokens.Length)).Count);
        // 383 neighbours, one in 2^20 each: one in 2,738 runs with one key (half of that with two).
        Assert.InRange(passed, Scale.IsFull ? 1 : 0, 4 * runs / 2738 + 6);
    }

    [Fact]
    public void The_newest_two_keys_repair_and_older_ones_only_read()
    {
        byte[][] keys = [.. Enumerable.Range(1, 3).Select(i => Enumerable.Repeat((byte)i, 32).ToArray())];
        var ring = new PassphraseTokens(keys, Scrambler);
        for (var i = 0; i < keys.Length; i++)
        {
            var token = new PassphraseTokens([keys[i]], Scrambler).Encode(new LinkId(9));
            Assert.True(ring.TryDecode(token, out _));
            Assert.Equal(i < 2, ring.Repair(token.AsSpan(..^1)).Contains(new LinkId(9)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("7K2M9QXA3F")]
    [InlineData("7K2M9QXA3FVD7K")]
    [InlineData("UU2M9QXA3FVD")]
    [InlineData("7K2M9QXA3UVDUU")]
    public void What_no_single_damage_explains_is_left_alone(string run) => Assert.Empty(Tokens.Repair(run));

    private static LinkId? Find(string run)
    {
        if (Tokens.TryDecode(run, out var exact) && exact.Value < LiveLinks)
            return exact;
        var live = Tokens.Repair(run).Where(id => id.Value < LiveLinks).ToArray();
        return live.Length == 1 ? live[0] : null;
    }

    private static string Damage(Random random, string token)
    {
        var place = random.Next(token.Length);
        switch (random.Next(4))
        {
            case 0:
                return $"{token[..place]}{Alphabet[random.Next(Alphabet.Length)]}{token[(place + 1)..]}";
            case 1:
                return token.Remove(place, 1);
            case 2:
                return token.Insert(place, Alphabet[random.Next(Alphabet.Length)].ToString());
            default:
                place = Math.Min(place, token.Length - 2);
                return $"{token[..place]}{token[place + 1]}{token[place]}{token[(place + 2)..]}";
        }
    }
}
