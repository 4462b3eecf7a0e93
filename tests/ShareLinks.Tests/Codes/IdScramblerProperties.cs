using System.Numerics;
using ShareLinks.Codes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Codes;

public class IdScramblerProperties
{
    private static readonly IdScrambler Scrambler = new(CodeKey.Development);
    private static readonly int Ids = Scale.Of(100_000);

    [Fact]
    public void Every_id_round_trips_and_none_collide()
    {
        var seen = new HashSet<long>();
        foreach (var id in SampleIds())
        {
            var scrambled = Scrambler.Scramble(id);
            Assert.InRange(scrambled, 0, LinkId.Max);
            Assert.Equal(id, Scrambler.Unscramble(scrambled));
            Assert.True(seen.Add(scrambled), $"{id} collides");
        }
    }

    [Fact]
    public void Neighbours_differ_in_about_half_of_the_bits_each()
    {
        var flips = new int[LinkId.Bits];
        for (var id = 0; id < Ids; id++)
        {
            var difference = Scrambler.Scramble(new LinkId(id)) ^ Scrambler.Scramble(new LinkId(id + 1));
            for (var bit = 0; bit < flips.Length; bit++)
                flips[bit] += (int)(difference >> bit) & 1;
        }
        // Five standard deviations of a fair coin.
        var tolerance = 5 * Math.Sqrt(0.25 / Ids);
        Assert.All(flips, flip => Assert.InRange((double)flip / Ids, 0.5 - tolerance, 0.5 + tolerance));
    }

    [Fact]
    public void One_changed_bit_of_an_id_changes_about_half_of_the_bits()
    {
        var random = new Random(7);
        var changed = 0L;
        var samples = Ids / LinkId.Bits;
        for (var i = 0; i < samples; i++)
        {
            var id = random.NextInt64(LinkId.Max);
            for (var bit = 0; bit < LinkId.Bits; bit++)
                changed += BitOperations.PopCount((ulong)(Scrambler.Scramble(new LinkId(id)) ^ Scrambler.Scramble(new LinkId(id ^ (1L << bit)))));
        }
        Assert.InRange((double)changed / (samples * LinkId.Bits * LinkId.Bits), 0.49, 0.51);
    }

    [Fact]
    public void Another_key_gives_another_permutation()
    {
        var other = new IdScrambler(CodeKey.TryParse(Convert.ToBase64String(new byte[CodeKey.LengthInBytes]))!);
        var same = Enumerable.Range(0, 1000).Count(id => Scrambler.Scramble(new LinkId(id)) == other.Scramble(new LinkId(id)));
        Assert.Equal(0, same);
    }

    [Fact]
    public void The_ends_of_the_range_work_and_what_is_beyond_is_refused()
    {
        Assert.Equal(new LinkId(0), Scrambler.Unscramble(Scrambler.Scramble(new LinkId(0))));
        Assert.Equal(new LinkId(LinkId.Max), Scrambler.Unscramble(Scrambler.Scramble(new LinkId(LinkId.Max))));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scrambler.Scramble(new LinkId(LinkId.Max + 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scrambler.Unscramble(-1));
    }

    [Fact]
    public void The_permutation_is_the_same_for_ever()
    {
        // Codes on posters outlive every version of this code: these values must never change.
        long[] scrambled = [.. new long[] { 0, 1, 2, 999, LinkId.Max }.Select(id => Scrambler.Scramble(new LinkId(id)))];
        Assert.Equal([406815401595, 654258608846, 1005069868187, 1077194335638, 914786498714], scrambled);
    }

    private static IEnumerable<LinkId> SampleIds()
    {
        // A run from the start, as minting makes them, and a run far up.
        for (var i = 0; i < Ids; i++)
            yield return new LinkId(i % 2 == 0 ? i / 2 : LinkId.Max - i);
    }
}
