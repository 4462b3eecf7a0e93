using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ShareLinks.Clicks;

/// <summary>Appends numbers and texts to a growing buffer; <see cref="ByteReader"/> reads them back.</summary>
internal sealed class ByteWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new(256);

    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    public void Byte(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

    /// <summary>A number from 0 up, seven bits a byte, the lowest first (LEB128).</summary>
    public void Number(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        UnsignedNumber((ulong)value);
    }

    /// <summary>Any number, such that those near zero are short (zigzag).</summary>
    public void SignedNumber(long value) => UnsignedNumber((ulong)((value << 1) ^ (value >> 63)));

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    public void Int48(long value)
    {
        var span = buffer.GetSpan(6);
        BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)value);
        BinaryPrimitives.WriteUInt16LittleEndian(span[4..], (ushort)(value >> 32));
        buffer.Advance(6);
    }

    public void Text(string text)
    {
        Number(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, buffer);
    }

    private void UnsignedNumber(ulong value)
    {
        var span = buffer.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        buffer.Advance(length);
    }
}
