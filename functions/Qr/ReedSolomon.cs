namespace ShareLinks.Qr;

/// <summary>Corrects codewords of QR symbols: Reed–Solomon codes over GF(2⁸) with the polynomial x⁸ + x⁴ + x³ + x² + 1.</summary>
/// <remarks>Berlekamp's and Massey's algorithm finds where, Forney's by how much. Pure.</remarks>
internal static class ReedSolomon
{
    private const int Polynomial = 0x11d;

    private static readonly byte[] Exp = new byte[510];
    private static readonly byte[] Log = new byte[256];

    static ReedSolomon()
    {
        for (var (power, value) = (0, 1); power < 255; power++)
        {
            Exp[power] = Exp[power + 255] = (byte)value;
            Log[value] = (byte)power;
            value = (value << 1) ^ (value >= 128 ? Polynomial : 0);
        }
    }

    /// <summary>Corrects a block in place.</summary>
    /// <param name="block">The data, and the check codewords behind them.</param>
    /// <param name="checks">How many these are; half as many errors can be corrected.</param>
    /// <returns>How many codewords were wrong; −1 when more were than can be corrected.</returns>
    public static int Correct(Span<byte> block, int checks)
    {
        var syndromes = new byte[checks];
        for (var i = 0; i < checks; i++)
        {
            foreach (var codeword in block)
                syndromes[i] = (byte)(Multiply(syndromes[i], Exp[i]) ^ codeword);
        }
        if (syndromes.All(syndrome => syndrome == 0))
            return 0;
        var (locator, errors) = Locator(syndromes);
        if (errors > checks / 2)
            return -1;
        var places = new List<int>();
        for (var place = 0; place < block.Length; place++)
        {
            if (Evaluate(locator, Exp[255 - Power(block, place)]) == 0)
                places.Add(place);
        }
        if (places.Count != errors)
            return -1;
        var evaluator = new byte[checks];
        for (var i = 0; i < checks; i++)
        {
            for (var j = 0; j <= Math.Min(i, errors); j++)
                evaluator[i] ^= Multiply(locator[j], syndromes[i - j]);
        }
        foreach (var place in places)
        {
            var inverse = Exp[255 - Power(block, place)];
            var derivative = (byte)0;
            for (var i = 1; i <= errors; i += 2)
                derivative ^= Multiply(locator[i], PowerOf(inverse, i - 1));
            block[place] ^= Multiply(Multiply(Exp[Power(block, place)], Evaluate(evaluator, inverse)), Inverse(derivative));
        }
        return errors;
    }

    /// <summary>The polynomial whose roots are the inverses of the errors' places, and its degree.</summary>
    private static (byte[] Locator, int Errors) Locator(byte[] syndromes)
    {
        var (locator, before) = (new byte[syndromes.Length + 2], new byte[syndromes.Length + 2]);
        locator[0] = before[0] = 1;
        var (errors, gap, discrepancyBefore) = (0, 1, (byte)1);
        for (var n = 0; n < syndromes.Length; n++)
        {
            var discrepancy = syndromes[n];
            for (var i = 1; i <= errors; i++)
                discrepancy ^= Multiply(locator[i], syndromes[n - i]);
            if (discrepancy == 0)
            {
                gap++;
                continue;
            }
            var factor = Multiply(discrepancy, Inverse(discrepancyBefore));
            var present = locator.ToArray();
            for (var i = 0; i + gap < locator.Length; i++)
                locator[i + gap] ^= Multiply(factor, before[i]);
            if (2 * errors <= n)
                (errors, before, discrepancyBefore, gap) = (n + 1 - errors, present, discrepancy, 1);
            else
                gap++;
        }
        return (locator, errors);
    }

    /// <summary>The power that a place in a block stands for: the last codeword is the constant term.</summary>
    private static int Power(Span<byte> block, int place) => block.Length - 1 - place;

    private static byte Evaluate(byte[] polynomial, byte at)
    {
        var value = (byte)0;
        for (var i = polynomial.Length - 1; i >= 0; i--)
            value = (byte)(Multiply(value, at) ^ polynomial[i]);
        return value;
    }

    private static byte Multiply(byte a, byte b) => a == 0 || b == 0 ? (byte)0 : Exp[Log[a] + Log[b]];

    private static byte Inverse(byte a) => Exp[255 - Log[a]];

    private static byte PowerOf(byte a, int power) => a == 0 ? (byte)(power == 0 ? 1 : 0) : Exp[Log[a] * power % 255];
}
