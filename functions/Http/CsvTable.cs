using CsvHelper;

namespace ShareLinks.Http;

/// <summary>Writes a table as CSV (RFC 4180), row by row.</summary>
/// <remarks>
/// UTF-8 with a byte order mark, by which Excel knows it. Times as <c>2026-11-01 08:00:00</c>. Where a text begins with <c>= + - @</c>, a tab or a
/// carriage return, or one of these signs in full width, a <c>'</c> is put before it, so that no spreadsheet program runs it as a formula. What does not fit into 64 KiB is written to
/// the stream on the way.
/// </remarks>
internal sealed class CsvTable(Stream stream) : IAsyncDisposable
{
    public const string ContentType = TableFormats.Csv + "; charset=utf-8";

    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss";

    private static readonly CsvWriterOptions Options = new() { WriteByteOrderMark = true, Injection = CsvInjection.Escape };

    private readonly CsvWriter writer = CsvWriter.Create(stream, Options, leaveOpen: true);

    /// <summary>Writes a whole table to a stream.</summary>
    public static async Task WriteAsync(Spreadsheet table, Stream stream, CancellationToken cancellationToken)
    {
        await using var csv = new CsvTable(stream);
        await csv.WriteHeadingsAsync(table.Headings, cancellationToken);
        foreach (var row in table.Rows)
            await csv.WriteRowAsync(row, cancellationToken);
    }

    public ValueTask WriteHeadingsAsync(IReadOnlyList<string> headings, CancellationToken cancellationToken)
    {
        foreach (var heading in headings)
            writer.WriteField(heading);
        return writer.EndRecordAsync(cancellationToken);
    }

    /// <summary>Writes to the stream what does not fill its buffer yet.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => writer.FlushAsync(cancellationToken);

    /// <summary>Writes a row, which has a cell for every heading.</summary>
    public ValueTask WriteRowAsync(IReadOnlyList<Cell> cells, CancellationToken cancellationToken)
    {
        foreach (var cell in cells)
        {
            switch (cell.Value)
            {
                case null:
                    writer.WriteField("");
                    break;
                case string text:
                    // Signs in full width, which some programs take for the others.
                    writer.WriteField(text is ['＝' or '＋' or '－' or '＠', ..] ? "'" + text : text);
                    break;
                case long number:
                    writer.WriteField(number);
                    break;
                case decimal number:
                    writer.WriteField(number);
                    break;
                case double number:
                    writer.WriteField(number);
                    break;
                case DateTimeOffset time:
                    writer.WriteField(time, TimeFormat);
                    break;
            }
        }
        return writer.EndRecordAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();
}
