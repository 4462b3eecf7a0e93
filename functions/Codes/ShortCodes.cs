using BitFaster.Caching.Lru;
using HashidsNet;

namespace ShareLinks.Codes;

/// <summary>Short codes, as in <c>https://host/AbC3dE9kQ</c>: 8 or 9 letters and digits, case-sensitive.</summary>
/// <remarks>
/// Hashids over the scrambled id, salted by the deployment's key. About one in 12,000 random strings of 9 symbols is a code; the rest is refused
/// by <see cref="TryDecode(string, out LinkId)"/> without a look at storage. Codes that were read are remembered, since reading one takes microseconds.
/// Thread-safe.
/// </remarks>
public sealed class ShortCodes(CodeKey key, IdScrambler scrambler)
{
    public const int MinLength = 8;
    public const int MaxLength = 9;

    private const int KnownCodes = 20_000;

    private readonly ConcurrentLru<string, LinkId> known = new(Environment.ProcessorCount, KnownCodes, StringComparer.Ordinal);
    private readonly Hashids hashids = new(Convert.ToBase64String(key.Derive("short codes", 32)), MinLength);

    public string Encode(LinkId id) => hashids.EncodeLong(scrambler.Scramble(id));

    /// <summary>True only for the exact string that <see cref="Encode"/> gives for <paramref name="id"/>.</summary>
    public bool TryDecode(string text, out LinkId id)
    {
        if (known.TryGet(text, out id))
            return true;
        if (!TryDecode(text.AsSpan(), out id))
            return false;
        known.AddOrUpdate(text, id);
        return true;
    }

    /// <inheritdoc cref="TryDecode(string, out LinkId)"/>
    public bool TryDecode(ReadOnlySpan<char> text, out LinkId id)
    {
        id = default;
        if (text.Length is < MinLength or > MaxLength)
            return false;
        foreach (var symbol in text)
        {
            if (!char.IsAsciiLetterOrDigit(symbol))
                return false;
        }
        if (!hashids.TryDecodeSingleLong(text.ToString(), out var scrambled) || scrambled is < 0 or > LinkId.Max)
            return false;
        id = scrambler.Unscramble(scrambled);
        return true;
    }
}
