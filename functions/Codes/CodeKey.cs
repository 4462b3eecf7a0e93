using System.Security.Cryptography;
using System.Text;

namespace ShareLinks.Codes;

/// <summary>The deployment's secret behind every code: 32 bytes, from which each use derives a key of its own (HKDF-SHA-256).</summary>
/// <remarks>It can never rotate: another key would make the codes in circulation open other people's listings.</remarks>
public sealed class CodeKey
{
    public const int LengthInBytes = 32;

    private readonly byte[] key;

    private CodeKey(byte[] key) => this.key = key;

    /// <summary>A published constant for developers' machines; Production refuses it.</summary>
    public static CodeKey Development { get; } = new(SHA256.HashData("ShareLinks development code key"u8));

    /// <summary>A short name of the key, safe to store and to show: 32 hexadecimal digits.</summary>
    public string Fingerprint => Convert.ToHexStringLower(Derive("fingerprint", 16));

    /// <summary>Reads a key from base64; null when it is not base64 of exactly 32 bytes.</summary>
    public static CodeKey? TryParse(string base64)
    {
        var bytes = new byte[LengthInBytes];
        return Convert.TryFromBase64String(base64, bytes, out var written) && written == LengthInBytes ? new CodeKey(bytes) : null;
    }

    public byte[] Derive(string purpose, int lengthInBytes) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, lengthInBytes, info: Encoding.UTF8.GetBytes("sharelinks " + purpose));
}
