using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ShareLinks.Http;

/// <summary>Writes JSON values, each on a line of its own.</summary>
internal sealed class JsonLines(PipeWriter output) : IDisposable
{
    public const string ContentType = "application/x-ndjson";

    private const int LinesUntilFlush = 100;

    private readonly Utf8JsonWriter writer = new(output, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The first line is sent at once: what stands between here and the reader may not begin its own answer before.</summary>
    private int unflushed = LinesUntilFlush - 1;

    /// <summary>Writes a line; the first and then every hundredth waits until the reader has kept up.</summary>
    public async ValueTask WriteAsync<T>(T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        JsonSerializer.Serialize(writer, value, type);
        writer.Flush();
        writer.Reset();
        output.GetSpan(1)[0] = (byte)'\n';
        output.Advance(1);
        if (++unflushed == LinesUntilFlush)
            await FlushAsync(cancellationToken);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        unflushed = 0;
        await output.FlushAsync(cancellationToken);
    }

    public void Dispose() => writer.Dispose();
}
