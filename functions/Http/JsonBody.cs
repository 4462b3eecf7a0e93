using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace ShareLinks.Http;

/// <summary>Reads request bodies, and says of a wrong one which field is wrong and what was expected.</summary>
public static partial class JsonBody
{
    /// <summary>Bytes that a request body has at most.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>What some programs write before UTF-8.</summary>
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>What a body over <see cref="MaxBytes"/> is told.</summary>
    public static Problem TooLarge { get; } = Problem.Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", $"The body may have at most {MaxBytes} bytes.");

    /// <summary>The body, or the problem with it.</summary>
    public static async Task<(T? Value, Problem? Problem)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        var (bytes, problem) = await ReadBytesAsync(request);
        return problem is null ? Parse(bytes, type) : (null, problem);
    }

    /// <summary>The bytes of a JSON body as they were sent, or the problem with it.</summary>
    public static async Task<(byte[] Bytes, Problem? Problem)> ReadBytesAsync(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var mediaType) || !IsJson(mediaType))
            return ([], Problem.Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send the body as application/json in UTF-8."));
        try
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
            var bytes = body.ToArray();
            return (bytes.AsSpan().StartsWith(ByteOrderMark) ? bytes[ByteOrderMark.Length..] : bytes, null);
        }
        catch (BadHttpRequestException fault)
        {
            return ([], Of(fault));
        }
    }

    /// <summary>What the bytes say, or the problem with them.</summary>
    public static (T? Value, Problem? Problem) Parse<T>(byte[] bytes, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) is { } value ? (value, null) : (null, Invalid("", "must be an object"));
        }
        catch (JsonException fault)
        {
            return (null, Invalid(Pointer(fault.Path), Expected(fault.Message)));
        }
    }

    /// <summary>What the server found wrong with a request while reading it.</summary>
    public static Problem Of(BadHttpRequestException fault) => fault.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? TooLarge
        : Problem.Of(fault.StatusCode, "bad_request", "The request is not well-formed HTTP.");

    /// <summary>A JSON path such as <c>$.links[3].tags['a.b']</c> as a JSON pointer: <c>/links/3/tags/a.b</c>.</summary>
    internal static string Pointer(string? path)
    {
        var pointer = new StringBuilder();
        foreach (Match step in PathStep().Matches(path ?? ""))
            pointer.Append('/').Append(step.Groups["step"].Value.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        return pointer.ToString();
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.ToString().Trim('"').ToLowerInvariant() is "utf-8" or "utf8");

    private static Problem Invalid(string pointer, string detail) => Problem.Of(
        StatusCodes.Status400BadRequest, "invalid_json", $"{(pointer.Length == 0 ? "The body" : pointer)} {detail}.", [new FieldError(pointer, detail)]);

    /// <summary>The serializer's message in the caller's terms.</summary>
    private static string Expected(string message)
    {
        if (message.Contains("could not be mapped", StringComparison.Ordinal))
            return "is not a field of this request";
        if (message.Contains("uplicate", StringComparison.Ordinal))
            return "is given twice";
        if (message.StartsWith(JsonDefaults.ExpectedTime, StringComparison.Ordinal))
            return JsonDefaults.ExpectedTime;
        if (!message.Contains("could not be converted", StringComparison.Ordinal))
            return "is not well-formed JSON";
        return message switch
        {
            _ when message.Contains("Decimal", StringComparison.Ordinal) => "must be a number",
            _ when message.Contains("Boolean", StringComparison.Ordinal) => "must be true or false",
            _ when message.Contains("Int32", StringComparison.Ordinal) => "must be a whole number",
            _ when message.Contains("Dictionary", StringComparison.Ordinal) => "must be an object of strings",
            _ when message.Contains("List`", StringComparison.Ordinal) || message.Contains("[]", StringComparison.Ordinal) => "must be an array",
            _ when message.Contains("System.String", StringComparison.Ordinal) => "must be a string",
            _ => "must be an object",
        };
    }

    [GeneratedRegex(@"\.(?<step>[^.\[]+)|\[(?:'(?<step>[^']*)'|(?<step>\d+))\]")]
    private static partial Regex PathStep();
}
