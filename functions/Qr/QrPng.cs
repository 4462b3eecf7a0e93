using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace ShareLinks.Qr;

/// <summary>Draws a symbol as a PNG of two colours (ISO/IEC 15948), sharp at exactly the requested size.</summary>
/// <remarks>QRCoder's own PNG knows neither a size in pixels nor another margin than four modules.</remarks>
public static class QrPng
{
    /// <summary>Pixels on a side of what a unit draws.</summary>
    private const int UnitSize = 512;

    /// <summary>How many times as much a picture of many colours costs.</summary>
    private const int LogoFactor = 20;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>Pixels that a module is wide: whole, so that every module has the same width; what is left over widens the margin.</summary>
    public static int ModulePixels(QrSymbol symbol, QrStyle style) => style.Size / (symbol.Width + 2 * style.Margin);

    /// <summary>What drawing a picture costs, in units of <see cref="Security.PictureLimiter"/>: by its pixels, a logo's many colours above all.</summary>
    public static int Units(QrStyle style)
    {
        var squares = (style.Size + UnitSize - 1) / UnitSize;
        return squares * squares * (style.HasLogo ? LogoFactor : 1);
    }

    /// <summary>The picture, with the logo over it where there is one.</summary>
    public static byte[] Draw(QrSymbol symbol, QrStyle style, QrLogo? logo) =>
        logo is null ? Draw(symbol, style) : logo.OnPng(Draw(symbol, style), symbol, style);

    private static byte[] Draw(QrSymbol symbol, QrStyle style)
    {
        var scale = ModulePixels(symbol, style);
        ArgumentOutOfRangeException.ThrowIfZero(scale);
        var margin = (style.Size - scale * symbol.Width) / 2;

        using var png = new MemoryStream();
        png.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, style.Size);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], style.Size);
        header[8] = 1; // One bit a pixel,
        header[9] = 3; // into a palette; then compression, filter and interlace of the only kind or none.
        Chunk(png, "IHDR"u8, header);
        Chunk(png, "PLTE"u8, [style.Light.Red, style.Light.Green, style.Light.Blue, style.Dark.Red, style.Dark.Green, style.Dark.Blue]);
        Chunk(png, "IDAT"u8, Pixels(symbol, style.Size, scale, margin));
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Pixels(QrSymbol symbol, int size, int scale, int margin)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            // A line is a filter byte (none) and its pixels, eight to a byte.
            var line = new byte[1 + (size + 7) / 8];
            var drawn = -1;
            for (var y = 0; y < size; y++)
            {
                var row = y < margin ? -1 : (y - margin) / scale;
                row = row >= symbol.Width ? -1 : row;
                if (row != drawn)
                {
                    Array.Clear(line);
                    for (var x = 0; row >= 0 && x < symbol.Width * scale; x++)
                    {
                        if (symbol.IsDark(x / scale, row))
                            line[1 + (margin + x) / 8] |= (byte)(0x80 >> ((margin + x) % 8));
                    }
                    drawn = row;
                }
                zlib.Write(line);
            }
        }
        return compressed.ToArray();
    }

    private static void Chunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(type);
        png.Write(content);
        var crc = new Crc32();
        crc.Append(type);
        crc.Append(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        png.Write(number);
    }
}
