using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>How often each value of a dimension occurred on a day; beyond some number of values, some are counted together.</summary>
/// <remarks>
/// Which values are kept apart depends on the values alone, not on their order or on how counts were merged: those with the smallest hashes, as
/// far as they fit. (Keeping the most frequent ones would depend on what came first.) The empty value stands for "none". Not thread-safe.
/// </remarks>
internal sealed class ValueCounts(Dimension dimension)
{
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    private int textBytes;

    /// <summary>Hashes from here on are not kept apart.</summary>
    private ulong limit = ulong.MaxValue;

    /// <summary>The values that are kept apart.</summary>
    public IReadOnlyDictionary<string, long> Counts => counts;

    /// <summary>All others together.</summary>
    public long Other { get; private set; }

    public void Add(string value, long count)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(counts, value);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref known))
        {
            known += count;
            return;
        }
        if (limit != ulong.MaxValue && Hash(value) >= limit)
        {
            Other += count;
            return;
        }
        counts.Add(value, count);
        textBytes += Encoding.UTF8.GetByteCount(value);
        while (counts.Count > Dimensions.MaxValues(dimension) || textBytes > Dimensions.MaxTextBytes(dimension))
            EvictLast();
    }

    public void Write(ByteWriter writer)
    {
        writer.Number(counts.Count);
        foreach (var (value, count) in counts.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            writer.Text(value);
            writer.Number(count);
        }
        writer.Number(Other);
        if (Other > 0)
            writer.UInt64(limit);
    }

    /// <exception cref="InvalidDataException">The bytes are no such counts.</exception>
    public void Read(ref ByteReader reader)
    {
        for (var left = reader.Count(Dimensions.MaxValues(dimension)); left > 0; left--)
        {
            var value = reader.Text();
            if (!counts.TryAdd(value, reader.Number()))
                throw new InvalidDataException("A value is counted twice.");
            textBytes += Encoding.UTF8.GetByteCount(value);
        }
        Other = reader.Number();
        if (Other > 0)
            limit = reader.UInt64();
    }

    /// <summary>"None" comes first, so it is always kept apart.</summary>
    private static ulong Hash(string value) => value.Length == 0 ? 0 : XxHash3.HashToUInt64(MemoryMarshal.AsBytes(value.AsSpan()));

    private void EvictLast()
    {
        var last = counts.Keys.MaxBy(Hash)!;
        limit = Hash(last);
        textBytes -= Encoding.UTF8.GetByteCount(last);
        counts.Remove(last, out var count);
        Other += count;
    }
}
