using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ShareLinks.Codes;

/// <summary>Tokens that people can read out and type, as in <c>7K2M-9QXA-3FVD</c>: 12 symbols of Crockford's base 32.</summary>
/// <remarks>
/// Eight symbols carry the scrambled id, four a 20-bit keyed MAC of it, which refuses a random string (one in a million passes) before any
/// lookup. Reading takes any case, width and separators, and <c>O</c> for 0, <c>I</c> and <c>L</c> for 1. MAC keys form a ring, the newest
/// first: new tokens are made with the newest, old ones stay readable as long as their key is in the ring. Thread-safe.
/// </remarks>
public sealed class PassphraseTokens
{
    /// <summary>Symbols of a token, separators aside.</summary>
    public const int Length = 12;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int SymbolBits = 5;
    private const int MacBits = 20;
    private const int GroupLength = 4;

    private readonly IdScrambler scrambler;
    private readonly BlockCipher[] ring;

    /// <param name="macKeys">32 bytes each, the newest first; at least one.</param>
    /// <param name="scrambler">The deployment's permutation of ids.</param>
    public PassphraseTokens(IReadOnlyList<byte[]> macKeys, IdScrambler scrambler)
    {
        ArgumentOutOfRangeException.ThrowIfZero(macKeys.Count);
        this.scrambler = scrambler;
        ring = [.. macKeys.Select(key => new BlockCipher(key))];
    }

    /// <summary>The token's twelve symbols without separators.</summary>
    public string Encode(LinkId id)
    {
        var scrambled = scrambler.Scramble(id);
        return string.Create(Length, (scrambled << MacBits) | Mac(ring[0], scrambled), static (symbols, bits) =>
        {
            for (var i = Length - 1; i >= 0; i--, bits >>= SymbolBits)
                symbols[i] = Alphabet[(int)(bits & 31)];
        });
    }

    /// <summary>A token as it is shown: in groups of four.</summary>
    public static string Group(string token) => string.Join('-', token.Chunk(GroupLength).Select(group => new string(group)));

    /// <summary>Reads exactly what <see cref="Encode"/> wrote, however it was typed; false when it is another text or the MAC does not fit.</summary>
    public bool TryDecode(ReadOnlySpan<char> text, out LinkId id)
    {
        id = default;
        var (bits, count) = (0L, 0);
        foreach (var c in text)
        {
            if (IsSeparator(c))
                continue;
            if (SymbolValue(c) is not (>= 0 and var value) || ++count > Length)
                return false;
            bits = (bits << SymbolBits) | (uint)value;
        }
        if (count != Length)
            return false;
        var scrambled = bits >> MacBits;
        foreach (var cipher in ring)
        {
            if (AreEqual(Mac(cipher, scrambled), bits & ((1 << MacBits) - 1)))
            {
                id = scrambler.Unscramble(scrambled);
                return true;
            }
        }
        return false;
    }

    private static bool IsSeparator(char c) => c is '-' or ' ' or '_' or '.' or '·' or '\u00a0' or '\u2010' or '\u2011' or '\u2013' or '\u2014' or '\u3000' or '\uff0d';

    /// <summary>0 to 31; -1 when it is no symbol.</summary>
    private static int SymbolValue(char c)
    {
        // Full-width forms stand at a fixed distance from ASCII.
        if (c is >= '\uff01' and <= '\uff5e')
            c = (char)(c - 0xfee0);
        c = char.ToUpperInvariant(c) switch
        {
            'O' => '0',
            'I' or 'L' => '1',
            var other => other,
        };
        return Alphabet.IndexOf(c, StringComparison.Ordinal);
    }

    private static long Mac(BlockCipher cipher, long scrambled)
    {
        Span<byte> block = stackalloc byte[BlockCipher.BlockBytes];
        block.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(block, scrambled);
        cipher.Encrypt(block);
        return BinaryPrimitives.ReadUInt32LittleEndian(block) & ((1 << MacBits) - 1);
    }

    private static bool AreEqual(long one, long other)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, one);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], other);
        return CryptographicOperations.FixedTimeEquals(bytes[..8], bytes[8..]);
    }
}
