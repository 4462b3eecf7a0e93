using System.Text;
using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>The subjects of one kind with the most clicks on one day: exactly those, since every subject is named again whenever it grows.</summary>
/// <param name="Ranked">By clicks, the most first, then by key.</param>
/// <param name="IsCut">Whether there were more.</param>
internal sealed record DayLeaders(IReadOnlyList<(string Key, long Clicks)> Ranked, bool IsCut)
{
    public const int MaxCount = 500;

    /// <summary>Bytes in UTF-8 that all keys have at most, so that a month of days stays below what a row takes.</summary>
    public const int MaxKeyBytes = 20_000;

    private const int MaxPlainBytes = 300;
    private const int MaxDecodedBytes = 64 * 1024;
    private const int BrotliQuality = 4;
    private const int BrotliWindowBits = 16;

    public static DayLeaders None { get; } = new([], false);

    /// <summary>The leaders after some subjects have grown to these clicks.</summary>
    public DayLeaders With(IEnumerable<(string Key, long Clicks)> grown)
    {
        var clicks = Ranked.ToDictionary(leader => leader.Key, leader => leader.Clicks, StringComparer.Ordinal);
        foreach (var (key, count) in grown)
            clicks[key] = count;
        var ranked = new List<(string, long)>();
        var bytes = 0;
        foreach (var (key, count) in clicks.OrderByDescending(leader => leader.Value).ThenBy(leader => leader.Key, StringComparer.Ordinal))
        {
            bytes += Encoding.UTF8.GetByteCount(key);
            if (ranked.Count == MaxCount || bytes > MaxKeyBytes)
                return new DayLeaders(ranked, true);
            ranked.Add((key, count));
        }
        return new DayLeaders(ranked, IsCut);
    }

    public byte[] ToBytes()
    {
        var writer = new ByteWriter();
        writer.Byte(IsCut ? (byte)1 : (byte)0);
        writer.Number(Ranked.Count);
        foreach (var (key, clicks) in Ranked)
        {
            writer.Text(key);
            writer.Number(clicks);
        }
        return Packed.Of(writer.Written, MaxPlainBytes, BrotliQuality, BrotliWindowBits);
    }

    /// <exception cref="InvalidDataException">The bytes are no day's leaders.</exception>
    public static DayLeaders FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(Packed.Open(bytes, MaxDecodedBytes));
        var isCut = reader.Byte() != 0;
        var ranked = new (string, long)[reader.Count(MaxCount)];
        for (var i = 0; i < ranked.Length; i++)
            ranked[i] = (reader.Text(), reader.Number());
        return new DayLeaders(ranked, isCut);
    }
}
