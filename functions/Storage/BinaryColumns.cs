using System.Globalization;
using Azure.Data.Tables;

namespace ShareLinks.Storage;

/// <summary>Bytes kept over as many properties of a row as they need.</summary>
public static class BinaryColumns
{
    /// <summary>The most that one property takes.</summary>
    public const int MaxColumnBytes = 64_000;

    /// <summary>The most that one row takes, below what the service and its emulator accept.</summary>
    public const int MaxBytes = 11 * MaxColumnBytes;

    private const string Prefix = "Data";

    /// <summary>All columns that bytes may take.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. Enumerable.Range(0, MaxBytes / MaxColumnBytes).Select(Name)];

    /// <param name="row">The row to be written.</param>
    /// <param name="bytes">Up to <see cref="MaxBytes"/>.</param>
    /// <param name="present">The row that it is merged into: columns of it that are needed no more would stay, and are emptied.</param>
    public static void Write(TableEntity row, ReadOnlySpan<byte> bytes, TableEntity? present = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxBytes);
        var column = 0;
        for (; column == 0 || bytes.Length > 0; column++)
        {
            var length = Math.Min(bytes.Length, MaxColumnBytes);
            row[Name(column)] = bytes[..length].ToArray();
            bytes = bytes[length..];
        }
        for (; present?.GetBinary(Name(column)) is { Length: > 0 }; column++)
            row[Name(column)] = Array.Empty<byte>();
    }

    public static byte[] Read(TableEntity row)
    {
        if (!row.ContainsKey(Name(1)))
            return row.GetBinary(Name(0)) ?? [];
        var bytes = new MemoryStream();
        for (var column = 0; row.GetBinary(Name(column)) is { } part; column++)
            bytes.Write(part);
        return bytes.ToArray();
    }

    private static string Name(int column) => Prefix + column.ToString(CultureInfo.InvariantCulture);
}
