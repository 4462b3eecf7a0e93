using System.Buffers.Binary;
using System.Text;

namespace ShareLinks.Clicks;

/// <summary>Reads what <see cref="ByteWriter"/> wrote; whatever the bytes, it stays inside them.</summary>
/// <remarks>Every method throws <see cref="InvalidDataException"/> where the bytes are not what it reads.</remarks>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public readonly ReadOnlySpan<byte> Rest => rest;

    public byte Byte() => Take(1)[0];

    /// <summary>One byte for each click.</summary>
    public byte[] Column(int count) => Take(count).ToArray();

    public long Number() => UnsignedNumber() is var value and <= long.MaxValue ? (long)value : throw Malformed();

    public long SignedNumber()
    {
        var value = UnsignedNumber();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number from 0 to <paramref name="max"/>.</summary>
    public int Count(int max) => Number() is var count && count <= max ? (int)count : throw Malformed();

    /// <summary>A number from 0 to <paramref name="count"/> − 1.</summary>
    public int Place(int count) => Count(count - 1);

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public long Int48()
    {
        var span = Take(6);
        return BinaryPrimitives.ReadUInt32LittleEndian(span) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(span[4..]) << 32);
    }

    /// <summary>A time given in Unix milliseconds.</summary>
    public static DateTimeOffset Time(long milliseconds)
    {
        try
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new InvalidDataException("A time is out of range.");
        }
    }

    public string Text() => Encoding.UTF8.GetString(Take(Count(rest.Length)));

    private static InvalidDataException Malformed() => new("The bytes are not those of a block.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > rest.Length)
            throw Malformed();
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private ulong UnsignedNumber()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw Malformed();
    }
}
