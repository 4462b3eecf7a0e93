using System.Buffers.Binary;

namespace ShareLinks.Codes;

/// <summary>A keyed permutation of the 40-bit link ids, so that a code shows neither how many links there are nor its neighbours.</summary>
/// <remarks>
/// A balanced Feistel network (Luby and Rackoff, 1988) of ten rounds over two halves of 20 bits; a round's function is AES-256 of the round's
/// number and the half, cut to 20 bits. Thread-safe.
/// </remarks>
public sealed class IdScrambler(CodeKey key)
{
    private const int Rounds = 10;
    private const int HalfBits = LinkId.Bits / 2;
    private const uint HalfMask = (1u << HalfBits) - 1;

    private readonly BlockCipher cipher = new(key.Derive("scramble", 32));

    /// <summary>Permutes the id into another number of 40 bits.</summary>
    public long Scramble(LinkId id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id.Value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id.Value, LinkId.Max);
        var (left, right) = Halves(id.Value);
        for (var round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ RoundFunction(round, right));
        return Join(left, right);
    }

    /// <summary>The id whose scrambled form this is; every number from 0 to <see cref="LinkId.Max"/> has one.</summary>
    public LinkId Unscramble(long scrambled)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(scrambled);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scrambled, LinkId.Max);
        var (left, right) = Halves(scrambled);
        for (var round = Rounds - 1; round >= 0; round--)
            (left, right) = (right ^ RoundFunction(round, left), left);
        return new LinkId(Join(left, right));
    }

    private static (uint Left, uint Right) Halves(long value) => ((uint)(value >> HalfBits) & HalfMask, (uint)value & HalfMask);

    private static long Join(uint left, uint right) => ((long)left << HalfBits) | right;

    private uint RoundFunction(int round, uint half)
    {
        Span<byte> block = stackalloc byte[BlockCipher.BlockBytes];
        block.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(block, round);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], half);
        cipher.Encrypt(block);
        return BinaryPrimitives.ReadUInt32LittleEndian(block) & HalfMask;
    }
}
