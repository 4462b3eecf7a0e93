using System.Buffers.Binary;

namespace ShareLinks.Codes;

/// <summary>Click ids as outsiders see them: 22 letters and digits that tell nothing and cannot be made up.</summary>
/// <remarks>
/// One AES block holds stream (6 bytes), sequence (3), place (2) and 5 zero bytes. Encrypting it hides the position; finding the zeros again
/// authenticates it: a damaged or invented id passes once in 2⁴⁰. Thread-safe.
/// </remarks>
public sealed class ClickIdCodes(CodeKey key)
{
    public const int Length = Base62.LengthOf128Bits;

    private readonly BlockCipher cipher = new(key.Derive("click ids", 32));

    public string Encode(ClickId id) => Base62.Encode(Scramble(id));

    /// <summary>Writes an id into <see cref="Length"/> symbols.</summary>
    public void Encode(ClickId id, Span<char> symbols) => Base62.Encode(Scramble(id), symbols[..Length]);

    public bool TryDecode(ReadOnlySpan<char> text, out ClickId id)
    {
        id = default;
        if (text.Length != Length || !Base62.TryDecode(text, out var value))
            return false;
        Span<byte> block = stackalloc byte[BlockCipher.BlockBytes];
        BinaryPrimitives.WriteUInt128BigEndian(block, value);
        cipher.Decrypt(block);
        if (block[11..].ContainsAnyExcept((byte)0))
            return false;
        var head = BinaryPrimitives.ReadUInt64BigEndian(block);
        id = new ClickId((long)(head >> 16), ((int)(head & 0xffff) << 8) | block[8], BinaryPrimitives.ReadUInt16BigEndian(block[9..]));
        return true;
    }

    private UInt128 Scramble(ClickId id)
    {
        Span<byte> block = stackalloc byte[BlockCipher.BlockBytes];
        block.Clear();
        BinaryPrimitives.WriteInt64BigEndian(block, (id.Stream << 16) | (uint)(id.Sequence >> 8));
        block[8] = (byte)id.Sequence;
        BinaryPrimitives.WriteUInt16BigEndian(block[9..], (ushort)id.Place);
        cipher.Encrypt(block);
        return BinaryPrimitives.ReadUInt128BigEndian(block);
    }
}
