using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure.Data.Tables;

namespace ShareLinks.Backup;

/// <summary>A row as a line of JSON, from which exactly that row can be made again: <c>{"partition":"p","row":"r","columns":{"Next":["int64","1000"]}}</c>.</summary>
/// <remarks>Every value is a text beside its type, since JSON's own numbers are not exact everywhere. What the service sets itself (timestamp, ETag) is left out.</remarks>
internal static class RowLine
{
    // Never put into HTML; Chinese stays readable and small.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the line with its end.</summary>
    public static void Write(IBufferWriter<byte> line, TableEntity row)
    {
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("partition", row.PartitionKey);
            json.WriteString("row", row.RowKey);
            json.WriteStartObject("columns");
            foreach (var (name, value) in Columns(row))
            {
                var (type, text) = Format(value);
                json.WriteStartArray(name);
                json.WriteStringValue(type);
                json.WriteStringValue(text);
                json.WriteEndArray();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        line.Write("\n"u8);
    }

    /// <exception cref="InvalidDataException">A column has an unknown type.</exception>
    public static TableEntity Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        var row = new TableEntity(json.RootElement.GetProperty("partition").GetString(), json.RootElement.GetProperty("row").GetString());
        foreach (var column in json.RootElement.GetProperty("columns").EnumerateObject())
            row[column.Name] = Parse(column.Value[0].GetString()!, column.Value[1].GetString()!);
        return row;
    }

    /// <summary>The row's own columns: names and values.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Columns(TableEntity row) =>
        row.Where(column => column.Value is not null && column.Key is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag"));

    private static (string Type, string Text) Format(object value) => value switch
    {
        string text => ("string", text),
        int number => ("int32", number.ToString(CultureInfo.InvariantCulture)),
        long number => ("int64", number.ToString(CultureInfo.InvariantCulture)),
        double number => ("double", number.ToString("R", CultureInfo.InvariantCulture)),
        bool flag => ("bool", flag ? "true" : "false"),
        DateTimeOffset time => ("time", time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
        Guid guid => ("guid", guid.ToString("D")),
        byte[] bytes => ("binary", Convert.ToBase64String(bytes)),
        _ => throw new InvalidDataException($"A column holds a {value.GetType()}, which no table can."),
    };

    private static object Parse(string type, string text) => type switch
    {
        "string" => text,
        "int32" => int.Parse(text, CultureInfo.InvariantCulture),
        "int64" => long.Parse(text, CultureInfo.InvariantCulture),
        "double" => double.Parse(text, CultureInfo.InvariantCulture),
        "bool" => text == "true",
        "time" => DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
        "guid" => Guid.ParseExact(text, "D"),
        "binary" => Convert.FromBase64String(text),
        _ => throw new InvalidDataException($"A column has the unknown type {type}."),
    };
}
