using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;

namespace ShareLinks.Http;

/// <summary>Reads request bodies, and says of a wrong one which field is wrong and what was expected.</summary>
public static class JsonBody
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

    /// <summary>The entries of a body such as <c>{"links":[…]}</c>, each read on its own, or the problem with what is around them.</summary>
    /// <param name="request">The request.</param>
    /// <param name="batch">A type whose only property is the list of the entries.</param>
    /// <param name="maxEntries">Entries that the list has at most; it has at least one.</param>
    public static async Task<(IReadOnlyList<BatchEntry<T>>? Entries, Problem? Problem)> ReadBatchAsync<T>(HttpRequest request, JsonTypeInfo batch, int maxEntries)
        where T : class
    {
        var (bytes, problem) = await ReadBytesAsync(request);
        return problem is null ? ParseBatch<T>(bytes, batch, maxEntries) : (null, problem);
    }

    /// <summary>What the bytes say, or the problem with them.</summary>
    public static (T? Value, Problem? Problem) Parse<T>(byte[] bytes, JsonTypeInfo<T> type)
        where T : class
    {
        var (value, error) = ParseValue(bytes, type);
        return error is null ? (value, null) : (null, Malformed(error));
    }

    /// <summary>As <see cref="ReadBatchAsync"/>, of bytes that were read.</summary>
    public static (IReadOnlyList<BatchEntry<T>>? Entries, Problem? Problem) ParseBatch<T>(byte[] bytes, JsonTypeInfo batch, int maxEntries)
        where T : class
    {
        var (entries, error) = JsonShape.Split(bytes, batch);
        if (error is not null)
            return (null, Malformed(error));
        if (entries.Count == 0 || entries.Count > maxEntries)
            return (null, Problem.Invalid([new($"/{batch.Properties.Single().Name}", $"must have 1 to {maxEntries} objects")]));
        var type = (JsonTypeInfo<T>)batch.Options.GetTypeInfo(typeof(T));
        return ([.. entries.Select(entry => ParseValue(bytes.AsSpan(entry), type))], null);
    }

    /// <summary>The problem with a body, or with a part of it, that does not have the form of its request.</summary>
    internal static Problem Malformed(FieldError error) => Problem.Of(
        StatusCodes.Status400BadRequest, "invalid_json", $"{(error.Pointer.Length == 0 ? "The body" : error.Pointer)} {error.Detail}.", [error]);

    /// <summary>What the server found wrong with a request while reading it.</summary>
    public static Problem Of(BadHttpRequestException fault) => fault.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? TooLarge
        : Problem.Of(fault.StatusCode, "bad_request", "The request is not well-formed HTTP.");

    private static bool IsJson(MediaTypeHeaderValue type) =>
        (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.ToString().Trim('"').ToLowerInvariant() is "utf-8" or "utf8");

    private static BatchEntry<T> ParseValue<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) is { } value ? value : new BatchEntry<T>(null, new FieldError("", "must be an object"));
        }
        catch (JsonException)
        {
            return new BatchEntry<T>(null, JsonShape.FirstError(json, type) ?? new FieldError("", "does not have the form of this request"));
        }
    }
}
