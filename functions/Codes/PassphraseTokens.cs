using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ShareLinks.Codes;

/// <summary>Tokens that people can read out and type, as in <c>7K2M-9QXA-3FVD</c>: 12 symbols of Crockford's base 32.</summary>
/// <remarks>
/// Eight symbols carry the scrambled id, four a 20-bit keyed MAC of it, which refuses a random string (one in a million passes) before any
/// lookup, and lets a damaged token be found again. Reading takes any case, width and separators, and <c>O</c> for 0, <c>I</c> and <c>L</c>
/// for 1. MAC keys form a ring, the newest first: new tokens are made with the newest, old ones stay readable as long as their key is in the
/// ring. Thread-safe.
/// </remarks>
public sealed class PassphraseTokens
{
    /// <summary>Symbols of a token, separators aside.</summary>
    public const int Length = 12;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int SymbolBits = 5;
    private const int MacBits = 20;
    private const long MacMask = (1 << MacBits) - 1;
    private const int GroupLength = 4;
    private const int Unknown = -1;

    /// <summary>Keys, the newest, that damaged tokens are tried with: each further one doubles the chance of a token found by luck.</summary>
    private const int RepairKeys = 2;

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
        if (Read(text) is not { } bits)
            return false;
        var found = Verify([bits], ring);
        if (found.Count == 0)
            return false;
        id = found[0].Id;
        return true;
    }

    /// <summary>Reads many texts as <see cref="TryDecode"/> reads one, at once: the places and ids of those that are tokens.</summary>
    internal IReadOnlyList<(int Place, LinkId Id)> DecodeAll(IReadOnlyList<string> texts)
    {
        var places = new List<int>();
        var tokens = new List<long>();
        for (var place = 0; place < texts.Count; place++)
        {
            if (Read(texts[place]) is not { } bits)
                continue;
            places.Add(place);
            tokens.Add(bits);
        }
        return [.. Verify(tokens, ring).Select(found => (places[found.Place], found.Id))];
    }

    /// <summary>Finds the tokens that one damage could have made this run of: a wrong, a missing or an extra symbol, or two neighbours that changed places.</summary>
    /// <param name="run">A run of 11 to 13 symbols, with or without separators.</param>
    /// <returns>
    /// The ids of all such tokens whose MAC fits one of the newest two keys. By luck alone a run has one in some 1,400 times, so each is
    /// still to be looked up.
    /// </returns>
    public IReadOnlyList<LinkId> Repair(ReadOnlySpan<char> run)
    {
        Span<int> symbols = stackalloc int[Length + 1];
        var count = 0;
        foreach (var c in run)
        {
            if (IsSeparator(c))
                continue;
            if (count == symbols.Length)
                return [];
            symbols[count++] = SymbolValue(c);
        }
        symbols = symbols[..count];
        List<long> neighbours = count switch
        {
            Length - 1 => WithOneMore(symbols),
            Length => WithOneChanged(symbols),
            Length + 1 => WithOneLess(symbols),
            _ => [],
        };
        return [.. Verify(neighbours, ring.AsSpan(0, Math.Min(RepairKeys, ring.Length))).Select(found => found.Id).Distinct()];
    }

    private static List<long> WithOneMore(ReadOnlySpan<int> symbols)
    {
        var tokens = new List<long>();
        if (symbols.Contains(Unknown))
            return tokens;
        Span<int> longer = stackalloc int[Length];
        for (var place = 0; place < Length; place++)
        {
            symbols[..place].CopyTo(longer);
            symbols[place..].CopyTo(longer[(place + 1)..]);
            for (longer[place] = 0; longer[place] < Alphabet.Length; longer[place]++)
                tokens.Add(Pack(longer));
        }
        return tokens;
    }

    private static List<long> WithOneChanged(ReadOnlySpan<int> symbols)
    {
        var tokens = new List<long>();
        var unknown = symbols.IndexOf(Unknown);
        if (symbols.Count(Unknown) > 1)
            return tokens;
        Span<int> changed = stackalloc int[Length];
        for (var place = 0; place < Length; place++)
        {
            // A letter that is no symbol is the damage itself.
            if (unknown >= 0 && unknown != place)
                continue;
            symbols.CopyTo(changed);
            for (changed[place] = 0; changed[place] < Alphabet.Length; changed[place]++)
            {
                if (changed[place] != symbols[place])
                    tokens.Add(Pack(changed));
            }
            if (place == 0 || unknown >= 0)
                continue;
            (changed[place - 1], changed[place]) = (symbols[place], symbols[place - 1]);
            tokens.Add(Pack(changed));
        }
        return tokens;
    }

    private static List<long> WithOneLess(ReadOnlySpan<int> symbols)
    {
        var tokens = new List<long>();
        var unknown = symbols.IndexOf(Unknown);
        if (symbols.Count(Unknown) > 1)
            return tokens;
        Span<int> shorter = stackalloc int[Length];
        for (var place = 0; place <= Length; place++)
        {
            if (unknown >= 0 && unknown != place)
                continue;
            symbols[..place].CopyTo(shorter);
            symbols[(place + 1)..].CopyTo(shorter[place..]);
            tokens.Add(Pack(shorter));
        }
        return tokens;
    }

    private static long Pack(ReadOnlySpan<int> symbols)
    {
        var bits = 0L;
        foreach (var symbol in symbols)
            bits = (bits << SymbolBits) | (uint)symbol;
        return bits;
    }

    /// <summary>The twelve symbols of a text as a number; null when it has others, or another count.</summary>
    private static long? Read(ReadOnlySpan<char> text)
    {
        var (bits, count) = (0L, 0);
        foreach (var c in text)
        {
            if (IsSeparator(c))
                continue;
            if (SymbolValue(c) is not (>= 0 and var value) || ++count > Length)
                return null;
            bits = (bits << SymbolBits) | (uint)value;
        }
        return count == Length ? bits : null;
    }

    /// <summary>Those of many tokens whose MAC fits one of the keys, by their places.</summary>
    private List<(int Place, LinkId Id)> Verify(List<long> tokens, ReadOnlySpan<BlockCipher> keys)
    {
        var found = new List<(int, LinkId)>();
        if (tokens.Count == 0)
            return found;
        var blocks = new byte[tokens.Count * BlockCipher.BlockBytes];
        foreach (var key in keys)
        {
            Array.Clear(blocks);
            for (var i = 0; i < tokens.Count; i++)
                BinaryPrimitives.WriteInt64LittleEndian(blocks.AsSpan(i * BlockCipher.BlockBytes), tokens[i] >> MacBits);
            key.EncryptAll(blocks);
            for (var i = 0; i < tokens.Count; i++)
            {
                if (AreEqual(MacIn(blocks.AsSpan(i * BlockCipher.BlockBytes)), tokens[i] & MacMask))
                    found.Add((i, scrambler.Unscramble(tokens[i] >> MacBits)));
            }
        }
        return found;
    }

    private static bool IsSeparator(char c) => c is '-' or ' ' or '_' or '.' or '·' or '\u00a0' or '\u2010' or '\u2011' or '\u2013' or '\u2014' or '\u3000' or '\uff0d';

    /// <summary>0 to 31; <see cref="Unknown"/> when it is no symbol.</summary>
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
        return MacIn(block);
    }

    private static long MacIn(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt32LittleEndian(block) & MacMask;

    private static bool AreEqual(long one, long other)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, one);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], other);
        return CryptographicOperations.FixedTimeEquals(bytes[..8], bytes[8..]);
    }
}
