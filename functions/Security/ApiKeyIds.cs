using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ShareLinks.Codes;

namespace ShareLinks.Security;

/// <summary>The public parts of API keys: eight random symbols of base 62 and four of a keyed MAC, so an invented one is refused without storage.</summary>
/// <remarks>
/// The MAC tells one invented id in 15 million for one of this deployment's. Keys that were made before there was a MAC, or by a command with another
/// <c>Codes:Key</c>, have none: <see cref="ApiKeyTable"/> knows these by a list. Thread-safe.
/// </remarks>
/// <param name="macKey">32 bytes, derived from the code key, which never changes.</param>
public sealed class ApiKeyIds(byte[] macKey)
{
    /// <summary>Symbols of an id.</summary>
    public const int Length = RandomLength + MacLength;

    private const int RandomLength = 8;
    private const int MacLength = 4;
    private const ulong Macs = 62 * 62 * 62 * 62;

    /// <summary>An id made of random bits.</summary>
    public string Create(UInt128 random)
    {
        var symbols = Base62.Encode(random)[^RandomLength..];
        return symbols + Mac(symbols);
    }

    /// <summary>Whether an id carries this deployment's MAC.</summary>
    public bool IsOwn(string id) =>
        id.Length == Length && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Mac(id[..RandomLength])), Encoding.ASCII.GetBytes(id[RandomLength..]));

    private string Mac(string symbols) => Base62.Encode(BinaryPrimitives.ReadUInt64LittleEndian(HMACSHA256.HashData(macKey, Encoding.ASCII.GetBytes(symbols))) % Macs, MacLength);
}
