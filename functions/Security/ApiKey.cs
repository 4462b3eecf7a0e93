using System.Security.Cryptography;
using System.Text;

namespace ShareLinks.Security;

/// <summary>A key that callers of the API show, as it is kept: without its secret.</summary>
public sealed record ApiKey
{
    /// <summary>Public part of the key, 12 letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the whole key. The secret has 256 random bits, so a slow hash would add nothing.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether <paramref name="secretKey"/> is this key, in constant time.</summary>
    public bool Matches(string secretKey) => CryptographicOperations.FixedTimeEquals(HashOf(secretKey), Hash.Span);

    public static byte[] HashOf(string secretKey) => SHA256.HashData(Encoding.UTF8.GetBytes(secretKey));
}
