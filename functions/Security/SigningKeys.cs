using System.Security.Cryptography;
using System.Text;

namespace ShareLinks.Security;

/// <summary>A ring of keys: the first signs, all verify, so that what an older one signed stays good until that leaves the ring. Thread-safe.</summary>
public sealed class SigningKeys
{
    private readonly IReadOnlyList<byte[]> keys;

    /// <param name="keys">The newest first; at least one.</param>
    public SigningKeys(IReadOnlyList<byte[]> keys)
    {
        ArgumentOutOfRangeException.ThrowIfZero(keys.Count);
        this.keys = keys;
    }

    /// <summary>The MAC of a text that was signed for one purpose: 64 hexadecimal digits.</summary>
    public string Sign(string purpose, string content) => Mac(keys[0], purpose, content);

    /// <summary>Whether one of the keys signed the text for that purpose; in constant time for each key.</summary>
    public bool IsSigned(string purpose, string content, string? mac) =>
        mac is not null && keys.Any(key => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(Mac(key, purpose, content))));

    private static string Mac(byte[] key, string purpose, string content) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{purpose}:{content}")));
}
