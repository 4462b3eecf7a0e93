using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace ShareLinks.Http;

/// <summary>Finds the first place where a JSON text differs from what a type takes, and names it by its path.</summary>
/// <remarks>It reads the text along the serializer's own description of the type. It allocates and is slow: use it for texts that the serializer refused.</remarks>
internal ref struct JsonShape
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = JsonDefaults.MaxDepth };

    private readonly List<string> path = [];
    private readonly JsonSerializerOptions options;
    private readonly List<Range>? entries;
    private Utf8JsonReader reader;

    private JsonShape(ReadOnlySpan<byte> json, JsonSerializerOptions options, List<Range>? entries)
    {
        reader = new Utf8JsonReader(json, ReaderOptions);
        this.options = options;
        this.entries = entries;
    }

    /// <summary>The first wrong field of a text; null when the text has the form of the type.</summary>
    public static FieldError? FirstError(ReadOnlySpan<byte> json, JsonTypeInfo type) => FirstError(json, type, null);

    /// <summary>The first wrong field around the entries of a batch, and where each entry is. The entries are well-formed JSON, but of any form.</summary>
    public static (IReadOnlyList<Range> Entries, FieldError? Error) Split(ReadOnlySpan<byte> json, JsonTypeInfo batch)
    {
        var entries = new List<Range>();
        return (entries, FirstError(json, batch, entries));
    }

    private static FieldError? FirstError(ReadOnlySpan<byte> json, JsonTypeInfo type, List<Range>? entries)
    {
        var shape = new JsonShape(json, type.Options, entries);
        try
        {
            shape.reader.Read();
            var expected = shape.Value(type);
            // Nothing may follow the value.
            if (expected is null)
                shape.reader.Read();
            return expected is null ? null : new FieldError(shape.Pointer(), expected);
        }
        catch (JsonException fault)
        {
            return new FieldError(shape.Pointer(), $"is not well-formed JSON of at most {JsonDefaults.MaxDepth} levels (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1})");
        }
    }

    /// <summary>What was expected in place of the value that the reader stands on; null when it is right.</summary>
    private string? Value(JsonTypeInfo type) => type.Kind switch
    {
        _ when reader.TokenType == JsonTokenType.Null && (!type.Type.IsValueType || Nullable.GetUnderlyingType(type.Type) is not null) => null,
        JsonTypeInfoKind.Object => Object(name => type.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType, "must be an object"),
        JsonTypeInfoKind.Dictionary => Object(_ => type.ElementType, type.ElementType == typeof(string) ? "must be an object of strings" : "must be an object"),
        JsonTypeInfoKind.Enumerable => Array(type.ElementType!),
        _ => Scalar(Nullable.GetUnderlyingType(type.Type) ?? type.Type),
    };

    private string? Object(Func<string, Type?> fieldType, string expected)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return expected;
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryGetText(out var name))
                return "must have names that are valid Unicode";
            path.Add(name);
            if (!names.Add(name))
                return "is given twice";
            if (fieldType(name) is not { } type)
                return "is not a field of this request";
            reader.Read();
            if (Value(options.GetTypeInfo(type)) is { } error)
                return error;
            path.RemoveAt(path.Count - 1);
        }
        return null;
    }

    private string? Array(Type elementType)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return "must be an array";
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            path.Add(i.ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (entries is not null)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                entries.Add(start..(int)reader.BytesConsumed);
            }
            else if (Value(options.GetTypeInfo(elementType)) is { } error)
                return error;
            path.RemoveAt(path.Count - 1);
        }
        return null;
    }

    private readonly string? Scalar(Type type)
    {
        var token = reader.TokenType;
        if (type == typeof(string))
            return token != JsonTokenType.String ? "must be a string" : TryGetText(out _) ? null : "must be valid Unicode";
        if (type == typeof(bool))
            return token is JsonTokenType.True or JsonTokenType.False ? null : "must be true or false";
        if (type == typeof(decimal))
            return token != JsonTokenType.Number ? "must be a number" : reader.TryGetDecimal(out _) ? null : "must be a number of at most 28 digits";
        if (type == typeof(DateTimeOffset))
            return token == JsonTokenType.String && TryGetText(out _) && JsonDefaults.TryReadTime(reader, out _) ? null : JsonDefaults.ExpectedTime;
        throw new NotSupportedException($"There are no words for what a {type} takes.");
    }

    /// <summary>The string or name that the reader stands on; false when it is not valid Unicode.</summary>
    private readonly bool TryGetText([NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!Utf8.IsValid(reader.ValueSpan))
            return false;
        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // Escapes of unpaired surrogates, which the reader finds only now.
            return false;
        }
    }

    /// <summary>The path as a JSON pointer (RFC 6901).</summary>
    private readonly string Pointer()
    {
        var pointer = new StringBuilder();
        foreach (var step in path)
            pointer.Append('/').Append(step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        return pointer.ToString();
    }
}
