using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ShareLinks.Http;

/// <summary>How every JSON text of this service is read and written.</summary>
public static class JsonDefaults
{
    public const int MaxDepth = 16;

    internal const string ExpectedTime = "must be a time such as 2026-11-22T17:00:00Z";

    public static JsonSerializerOptions Create() => new(JsonSerializerDefaults.Web)
    {
        // A misspelt field must not be lost in silence, nor the second of two with one name.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        MaxDepth = MaxDepth,
        // These texts are never put into HTML, and Chinese stays readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new UtcTimeConverter() },
    };

    /// <summary>RFC 3339 times: read with any offset but not without one, written in UTC with milliseconds where there are any.</summary>
    private sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TryReadTime(reader, out var time) ? time : throw new JsonException(ExpectedTime);

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Format(value));
    }

    /// <summary>The RFC 3339 time, with an offset, that the reader stands on.</summary>
    internal static bool TryReadTime(in Utf8JsonReader reader, out DateTimeOffset time)
    {
        time = default;
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text.Contains('T', StringComparison.Ordinal));
        if (!hasOffset || !reader.TryGetDateTimeOffset(out time))
            return false;
        time = time.ToUniversalTime();
        return true;
    }

    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString(time.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
