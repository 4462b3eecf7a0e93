using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>Counts how many different visitors there were, in little space whatever their number.</summary>
/// <remarks>
/// <para>Up to <see cref="MaxExact"/> visitors are kept as hashes of 40 bits and counted exactly. Beyond, it is a HyperLogLog of 2¹⁴ registers
/// (Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007) with the
/// estimator of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017 (arXiv:1702.01284, algorithm 6), which needs no
/// tables of bias; its standard error is 0.8 %.</para>
/// <para>What it holds depends on the visitors alone, not on their order nor on how sketches were merged. Not thread-safe.</para>
/// </remarks>
internal sealed class VisitorSketch
{
    /// <summary>Visitors that are counted exactly.</summary>
    public const int MaxExact = 256;

    private const int HashBits = 40;
    private const int IndexBits = 14;
    private const int RankBits = HashBits - IndexBits;
    private const int Registers = 1 << IndexBits;

    /// <summary>Hashes that wait unsorted, twins among them, before they are looked through.</summary>
    private const int MaxUnsorted = 2 * MaxExact;

    private ulong[] hashes = [];
    private int hashCount;
    private int distinctCount;
    private byte[]? registers;

    public bool IsEmpty => hashCount == 0 && registers is null;

    /// <summary>The hash of a visitor, such that nobody's is the same on two days.</summary>
    /// <param name="kind">What <paramref name="id"/> is, so that two kinds of ids never mean the same visitor.</param>
    /// <param name="id">The visitor.</param>
    /// <param name="day">The day's number.</param>
    public static ulong HashOf(byte kind, ulong id, int day)
    {
        Span<byte> bytes = stackalloc byte[13];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, id);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], day);
        bytes[12] = kind;
        return XxHash3.HashToUInt64(bytes) >> (64 - HashBits);
    }

    /// <summary>Notes a visitor, by <see cref="HashOf"/>.</summary>
    public void Add(ulong hash)
    {
        if (registers is not null)
        {
            Note(registers, hash);
            return;
        }
        if (hashCount == hashes.Length)
            Array.Resize(ref hashes, Math.Max(4, 2 * hashes.Length));
        hashes[hashCount++] = hash;
        if (hashCount == MaxUnsorted)
            Tidy();
    }

    public void Merge(VisitorSketch other)
    {
        if (other.registers is { } others)
        {
            var mine = ToRegisters();
            for (var i = 0; i < mine.Length; i++)
                mine[i] = Math.Max(mine[i], others[i]);
            return;
        }
        foreach (var hash in other.hashes.AsSpan(0, other.hashCount))
            Add(hash);
    }

    /// <summary>How many visitors there were.</summary>
    public long Count()
    {
        Tidy();
        return registers is null ? hashCount : (long)Math.Round(Estimate(registers));
    }

    public void Write(ByteWriter writer)
    {
        Tidy();
        if (registers is not null)
        {
            writer.Byte(1);
            writer.Bytes(registers);
            return;
        }
        writer.Byte(0);
        writer.Number(hashCount);
        var previous = 0UL;
        foreach (var hash in hashes.AsSpan(0, hashCount))
        {
            writer.Number((long)(hash - previous));
            previous = hash;
        }
    }

    public static VisitorSketch Read(ref ByteReader reader)
    {
        var sketch = new VisitorSketch();
        if (reader.Byte() == 1)
        {
            sketch.registers = reader.Column(Registers);
            return sketch;
        }
        sketch.hashes = new ulong[reader.Count(MaxExact)];
        sketch.hashCount = sketch.distinctCount = sketch.hashes.Length;
        var previous = 0UL;
        for (var i = 0; i < sketch.hashes.Length; i++)
            sketch.hashes[i] = previous += (ulong)reader.Number();
        return sketch;
    }

    private static void Note(byte[] registers, ulong hash)
    {
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << (64 - RankBits)) | (1UL << (63 - RankBits))) + 1);
        ref var register = ref registers[hash >> RankBits];
        register = Math.Max(register, rank);
    }

    /// <summary>Sorts the hashes and drops twins; too many of them become registers.</summary>
    private void Tidy()
    {
        if (registers is not null || hashCount == distinctCount)
            return;
        var span = hashes.AsSpan(0, hashCount);
        span.Sort();
        var kept = 1;
        for (var i = 1; i < span.Length; i++)
        {
            if (span[i] != span[kept - 1])
                span[kept++] = span[i];
        }
        hashCount = distinctCount = kept;
        if (kept > MaxExact)
            ToRegisters();
    }

    private byte[] ToRegisters()
    {
        if (registers is null)
        {
            registers = new byte[Registers];
            foreach (var hash in hashes.AsSpan(0, hashCount))
                Note(registers, hash);
            (hashes, hashCount, distinctCount) = ([], 0, 0);
        }
        return registers;
    }

    private static double Estimate(byte[] registers)
    {
        Span<int> histogram = stackalloc int[RankBits + 2];
        foreach (var rank in registers)
            histogram[Math.Min((int)rank, RankBits + 1)]++;
        const double m = Registers;
        var z = m * Tau(1 - histogram[RankBits + 1] / m);
        for (var k = RankBits; k >= 1; k--)
            z = 0.5 * (z + histogram[k]);
        z += m * Sigma(histogram[0] / m);
        return m * m / (2 * Math.Log(2) * z);
    }

    private static double Sigma(double x)
    {
        if (x == 1)
            return double.PositiveInfinity;
        var (y, z) = (1.0, x);
        while (true)
        {
            x *= x;
            var before = z;
            z += x * y;
            y += y;
            if (z == before)
                return z;
        }
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1)
            return 0;
        var (y, z) = (1.0, 1 - x);
        while (true)
        {
            x = Math.Sqrt(x);
            var before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
            if (z == before)
                return z / 3;
        }
    }
}
