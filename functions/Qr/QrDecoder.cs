using System.Text;

namespace ShareLinks.Qr;

/// <summary>Reads the text in the modules of a symbol, as far as its correction restores them. Pure.</summary>
internal static class QrDecoder
{
    private const int FormatMask = 0x5412;
    private const int FormatPolynomial = 0x537;

    /// <summary>Bits of a damaged format that still tell it from all others.</summary>
    private const int MaxFormatErrors = 3;

    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

    /// <summary>The text; null when it can't be restored.</summary>
    /// <param name="isDark">Tells of a column and a row.</param>
    /// <param name="version">1 to <see cref="QrLayout.MaxVersion"/>.</param>
    public static QrReading? Decode(Func<int, int, bool> isDark, int version)
    {
        if (ReadFormat(isDark, QrLayout.WidthOf(version)) is not { } format)
            return null;
        var codewords = new List<byte>();
        var (bits, value) = (0, 0);
        foreach (var (x, y) in QrLayout.DataModules(version))
        {
            value = (value << 1) | (isDark(x, y) ^ QrLayout.IsMasked(format.Mask, x, y) ? 1 : 0);
            if (++bits % 8 == 0)
            {
                codewords.Add((byte)value);
                value = 0;
            }
        }
        return Correct(codewords, version, format.Level) is var (data, worst) && ReadText(data, version) is { } text ? new QrReading(text, worst) : null;
    }

    /// <summary>The level (0 to 3 for L, M, Q, H) and the mask: the best match of either copy.</summary>
    private static (int Level, int Mask)? ReadFormat(Func<int, int, bool> isDark, int width)
    {
        var (first, second) = (0, 0);
        for (var i = 14; i >= 0; i--)
        {
            var (x, y) = i switch { < 6 => (8, i), 6 => (8, 7), 7 => (8, 8), 8 => (7, 8), _ => (14 - i, 8) };
            first = (first << 1) | (isDark(x, y) ? 1 : 0);
            (x, y) = i < 8 ? (width - 1 - i, 8) : (8, width - 15 + i);
            second = (second << 1) | (isDark(x, y) ? 1 : 0);
        }
        var (best, fewest) = (0, int.MaxValue);
        for (var format = 0; format < 32; format++)
        {
            var word = FormatWord(format);
            if (Math.Min(int.PopCount(word ^ first), int.PopCount(word ^ second)) is var errors && errors < fewest)
                (best, fewest) = (format, errors);
        }
        // The levels' bits: 01 is L, 00 M, 11 Q, 10 H.
        return fewest <= MaxFormatErrors ? ((best >> 3) ^ 1, best & 7) : null;
    }

    private static int FormatWord(int format)
    {
        var rest = format << 10;
        for (var bit = 14; bit >= 10; bit--)
        {
            if ((rest & (1 << bit)) != 0)
                rest ^= FormatPolynomial << (bit - 10);
        }
        return ((format << 10) | rest) ^ FormatMask;
    }

    /// <summary>The data, and how much of what can be corrected the worst block took; null when one can't be.</summary>
    private static (byte[] Data, double Worst)? Correct(List<byte> codewords, int version, int level)
    {
        var (blockCount, checks) = QrLayout.BlocksOf(version, level);
        var shortLength = codewords.Count / blockCount - checks;
        var longFrom = blockCount - codewords.Count % blockCount;
        var blocks = Enumerable.Range(0, blockCount).Select(block => new byte[shortLength + checks + (block < longFrom ? 0 : 1)]).ToArray();
        // The first codeword of each block, then the second of each, and so on; long blocks have one more of data.
        var next = 0;
        for (var place = 0; place <= shortLength; place++)
        {
            for (var block = place < shortLength ? 0 : longFrom; block < blockCount; block++)
                blocks[block][place] = codewords[next++];
        }
        for (var place = checks; place > 0; place--)
        {
            foreach (var block in blocks)
                block[^place] = codewords[next++];
        }
        var worst = 0.0;
        foreach (var block in blocks)
        {
            if (ReedSolomon.Correct(block, checks) is var errors && errors < 0)
                return null;
            worst = Math.Max(worst, 2.0 * errors / checks);
        }
        return ([.. blocks.SelectMany(block => block[..^checks])], worst);
    }

    /// <summary>The text of segments of bytes (UTF-8) and of the alphanumeric kind, the only ones that this service writes.</summary>
    private static string? ReadText(byte[] data, int version)
    {
        var text = new StringBuilder();
        var at = 0;
        while (at + 4 <= data.Length * 8)
        {
            switch (Bits(4))
            {
                case 0:
                    return text.ToString();
                case 2:
                    var symbols = Bits(version < 10 ? 9 : 11);
                    if (at + symbols / 2 * 11 + symbols % 2 * 6 > data.Length * 8)
                        return null;
                    for (; symbols > 1; symbols -= 2)
                    {
                        var pair = Bits(11);
                        if (pair >= 45 * 45)
                            return null;
                        text.Append(Alphanumeric[pair / 45]).Append(Alphanumeric[pair % 45]);
                    }
                    if (symbols == 1)
                    {
                        if (Bits(6) is var last && last >= 45)
                            return null;
                        text.Append(Alphanumeric[last]);
                    }
                    break;
                case 4:
                    var bytes = new byte[Bits(version < 10 ? 8 : 16)];
                    if (at + bytes.Length * 8 > data.Length * 8)
                        return null;
                    for (var i = 0; i < bytes.Length; i++)
                        bytes[i] = (byte)Bits(8);
                    text.Append(Encoding.UTF8.GetString(bytes));
                    break;
                default:
                    return null;
            }
        }
        return text.ToString();

        int Bits(int count)
        {
            var value = 0;
            for (; count > 0; count--, at++)
                value = (value << 1) | (at < data.Length * 8 ? (data[at / 8] >> (7 - at % 8)) & 1 : 0);
            return value;
        }
    }
}
