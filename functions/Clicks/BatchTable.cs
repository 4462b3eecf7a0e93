using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Clicks;

/// <summary>The batch records: the one total order of all blocks.</summary>
/// <remarks>
/// Table <c>batches</c>, PartitionKey <c>batches</c>, RowKey = 2³¹ − 1 − number, ten digits, so that the last record is the first row.
/// Columns: <c>CutAt</c>, <c>Entries</c>, <c>First</c>, <c>Last</c>, and the ranges as checksummed bytes. A record is inserted once and never
/// changed. Thread-safe.
/// </remarks>
public sealed class BatchTable(StorageAccount account)
{
    private const string Partition = "batches";
    private const byte Version = 1;
    private const int ChecksumBytes = 8;

    /// <summary>Records that are read one by one before the first query: a caller who polls meets one or two new ones.</summary>
    private const int PointReads = 3;
    private const int FirstQueryRecords = 100;
    private const int MaxQueryRecords = 1000;

    private readonly Table table = account.Table("batches");

    /// <summary>Adds a record; false when that number is taken.</summary>
    public Task<bool> AddAsync(Batch batch, CancellationToken cancellationToken)
    {
        var row = new TableEntity(Partition, Row(batch.Number))
        {
            ["CutAt"] = batch.CutAt,
            ["Entries"] = batch.Entries,
            ["First"] = batch.First,
            ["Last"] = batch.Last,
        };
        BinaryColumns.Write(row, Encode(batch));
        return table.InsertAsync(row, cancellationToken);
    }

    /// <summary>The last record (null: there is none), and the storage service's clock when it answered (null: the table is not there yet).</summary>
    public async Task<(Batch? Batch, DateTimeOffset? ServiceTime)> LastAsync(CancellationToken cancellationToken)
    {
        await foreach (var page in table.QueryPagesAsync(Partition, pageSize: 1, cancellationToken: cancellationToken))
            return (page.Values is [var row, ..] ? ToBatch(row) : null, page.ServiceTime);
        return (null, null);
    }

    public async Task<Batch?> GetAsync(int number, CancellationToken cancellationToken) =>
        await table.GetAsync(Partition, Row(number), cancellationToken) is { } row ? ToBatch(row) : null;

    /// <summary>The records from one number to another, both inclusive, in ascending order; ends at the last there is, or before one that is missing.</summary>
    /// <remarks>A few cost a point read each, many a query for up to a thousand, which are then in memory together.</remarks>
    public async IAsyncEnumerable<Batch> ReadAsync(int from, int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = from;
        for (; next <= to && next - from < PointReads; next++)
        {
            if (await GetAsync(next, cancellationToken) is not { } batch)
                yield break;
            yield return batch;
        }
        for (var count = FirstQueryRecords; next <= to; count = MaxQueryRecords)
        {
            var last = (int)Math.Min(to, (long)next + count - 1);
            var rows = new List<TableEntity>();
            await foreach (var row in table.QueryAsync(Partition, Row(last), Row(next - 1), cancellationToken: cancellationToken))
                rows.Add(row);
            for (var i = rows.Count - 1; i >= 0 && NumberOf(rows[i]) == next; i--, next++)
                yield return ToBatch(rows[i]);
            if (next <= last)
                yield break;
        }
    }

    /// <summary>Deletes a record that is past retention.</summary>
    public Task DeleteAsync(int number, CancellationToken cancellationToken) => table.DeleteAsync(Partition, Row(number), cancellationToken);

    private static string Row(int number) => (int.MaxValue - number).ToString("D10", CultureInfo.InvariantCulture);

    private static int NumberOf(TableEntity row) => int.MaxValue - int.Parse(row.RowKey, CultureInfo.InvariantCulture);

    private static byte[] Encode(Batch batch)
    {
        var bytes = new ByteWriter();
        bytes.Byte(Version);
        bytes.Number(batch.Ranges.Count);
        foreach (var range in batch.Ranges)
        {
            bytes.Int48(range.Stream);
            bytes.Number(range.From);
            bytes.Number(range.To - range.From);
            bytes.Byte(range.IsSealed ? (byte)1 : (byte)0);
            bytes.SignedNumber(batch.CutAt.ToUnixTimeSeconds() - range.GrewAt.ToUnixTimeSeconds());
        }
        bytes.UInt64(Checksum(batch.Number, bytes.Written));
        return bytes.Written.ToArray();
    }

    private static Batch ToBatch(TableEntity row)
    {
        var number = NumberOf(row);
        var cutAt = row.GetDateTimeOffset("CutAt")!.Value;
        return new Batch
        {
            Number = number,
            CutAt = cutAt,
            Ranges = Decode(number, cutAt, BinaryColumns.Read(row)),
            Entries = row.GetInt32("Entries")!.Value,
            First = row.GetDateTimeOffset("First"),
            Last = row.GetDateTimeOffset("Last"),
        };
    }

    private static StreamRange[] Decode(int number, DateTimeOffset cutAt, ReadOnlySpan<byte> bytes)
    {
        // Without a record the order of everything after it is unknown, so a damaged one stops the log rather than being passed over.
        if (bytes.Length <= ChecksumBytes || Checksum(number, bytes[..^ChecksumBytes]) != BinaryPrimitives.ReadUInt64LittleEndian(bytes[^ChecksumBytes..]))
            throw new InvalidDataException($"Batch record {number} (table batches, row {Row(number)}) is damaged.");
        var reader = new ByteReader(bytes[..^ChecksumBytes]);
        if (reader.Byte() != Version)
            throw new InvalidDataException($"Batch record {number} has an unknown version.");
        var ranges = new StreamRange[reader.Count(bytes.Length)];
        for (var i = 0; i < ranges.Length; i++)
        {
            var stream = reader.Int48();
            var from = reader.Count(ClickId.MaxSequence);
            var to = from + reader.Count(ClickId.MaxSequence);
            ranges[i] = new StreamRange(stream, from, to, reader.Byte() != 0, DateTimeOffset.FromUnixTimeSeconds(cutAt.ToUnixTimeSeconds() - reader.SignedNumber()));
        }
        return ranges;
    }

    private static ulong Checksum(int number, ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes, number);
}
