namespace ShareLinks.Codes;

/// <summary>Fixed-length base 62 (<c>0-9A-Za-z</c>, most significant first): nothing that a chat app would cut or escape.</summary>
public static class Base62
{
    /// <summary>Symbols that hold any 128-bit number.</summary>
    public const int LengthOf128Bits = 22;

    /// <summary>Symbols that hold any 64-bit number.</summary>
    public const int LengthOf64Bits = 11;

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Writes <paramref name="value"/> in exactly <paramref name="length"/> symbols.</summary>
    public static string Encode(UInt128 value, int length = LengthOf128Bits) => string.Create(length, value, static (symbols, number) => Encode(number, symbols));

    /// <summary>Writes <paramref name="value"/> in as many symbols as there is room for.</summary>
    public static void Encode(UInt128 value, Span<char> symbols)
    {
        var rest = value;
        for (var i = symbols.Length - 1; i >= 0; i--)
        {
            (rest, var digit) = UInt128.DivRem(rest, 62);
            symbols[i] = Alphabet[(int)digit];
        }
        if (rest != 0)
            throw new ArgumentOutOfRangeException(nameof(value), "The number needs more symbols.");
    }

    /// <summary>False when a character is outside the alphabet or the number needs more than 128 bits.</summary>
    public static bool TryDecode(ReadOnlySpan<char> symbols, out UInt128 value)
    {
        value = 0;
        foreach (var symbol in symbols)
        {
            var digit = symbol switch
            {
                >= '0' and <= '9' => symbol - '0',
                >= 'A' and <= 'Z' => symbol - 'A' + 10,
                >= 'a' and <= 'z' => symbol - 'a' + 36,
                _ => -1,
            };
            if (digit < 0 || value > (UInt128.MaxValue - (UInt128)digit) / 62)
                return false;
            value = value * 62 + (UInt128)digit;
        }
        return symbols.Length > 0;
    }
}
