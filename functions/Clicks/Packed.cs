using System.IO.Compression;

namespace ShareLinks.Clicks;

/// <summary>Bytes that are compressed where that pays: a format byte (0 plain, 1 Brotli behind the plain length), then the bytes.</summary>
internal static class Packed
{
    public static byte[] Of(ReadOnlySpan<byte> bytes, int maxPlainBytes, int quality, int windowBits)
    {
        if (bytes.Length <= maxPlainBytes)
            return [0, .. bytes];
        var head = new ByteWriter();
        head.Byte(1);
        head.Number(bytes.Length);
        var packed = new byte[head.Written.Length + BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        head.Written.CopyTo(packed);
        if (!BrotliEncoder.TryCompress(bytes, packed.AsSpan(head.Written.Length), out var length, quality, windowBits))
            throw new InvalidOperationException("The compressed bytes outgrew their bound.");
        return packed[..(head.Written.Length + length)];
    }

    /// <exception cref="InvalidDataException">The bytes are damaged, or more than <paramref name="maxBytes"/>.</exception>
    public static ReadOnlySpan<byte> Open(ReadOnlySpan<byte> packed, int maxBytes)
    {
        var reader = new ByteReader(packed);
        switch (reader.Byte())
        {
            case 0:
                return packed[1..];
            case 1:
                var bytes = new byte[reader.Count(maxBytes)];
                return BrotliDecoder.TryDecompress(reader.Rest, bytes, out var length) && length == bytes.Length ? bytes : throw new InvalidDataException("The packed bytes are damaged.");
            default:
                throw new InvalidDataException("The packed bytes have an unknown format.");
        }
    }
}
