using System.Globalization;

namespace ShareLinks.Codes;

/// <summary>The number of a link in the order of minting: 0 to <see cref="Max"/>, 40 bits.</summary>
/// <remarks>Never shown outside: everything public carries the id as <see cref="IdScrambler"/> permutes it.</remarks>
public readonly record struct LinkId(long Value)
{
    public const int Bits = 40;
    public const long Max = (1L << Bits) - 1;

    public override string ToString() => Value.ToString("x10", CultureInfo.InvariantCulture);
}
