using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ShareLinks.Tests.Support;

/// <summary>Counts every request that goes to storage, retries included, below the client's own retry policy.</summary>
internal sealed class CountingTransport : HttpPipelineTransport
{
    private readonly HttpClientTransport inner = new();
    private readonly ConcurrentQueue<StorageRequest> requests = new();

    public IReadOnlyList<StorageRequest> Requests => [.. requests];

    public int Count => requests.Count;

    public void Reset() => requests.Clear();

    public override Request CreateRequest() => inner.CreateRequest();

    public override void Process(HttpMessage message)
    {
        Note(message);
        inner.Process(message);
    }

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        Note(message);
        return inner.ProcessAsync(message);
    }

    private void Note(HttpMessage message)
    {
        var uri = message.Request.Uri.ToUri();
        requests.Enqueue(new StorageRequest(message.Request.Method.Method, Uri.UnescapeDataString(uri.AbsolutePath.Split('/')[^1]), Uri.UnescapeDataString(uri.Query)));
    }
}

/// <param name="Method">GET, POST, PUT, PATCH or DELETE.</param>
/// <param name="Path">The table, with the key of a point operation; <c>$batch</c> for a transaction.</param>
/// <param name="Query">The query string, unescaped.</param>
internal sealed partial record StorageRequest(string Method, string Path, string Query)
{
    /// <summary>The table, without the test's prefix: <c>blocks</c>. Empty for a transaction, unless its body was seen; <c>Tables</c> for one that is made.</summary>
    public string Table { get; init; } = TestPrefix().Replace(Path.Split('(')[0], "");

    public bool IsPointRead => Method == "GET" && Path.Contains("PartitionKey=", StringComparison.Ordinal);

    /// <summary>Whether clicks are read, not only which blocks there are.</summary>
    public bool IsReadOfBlocks => Method == "GET" && Table == "blocks" && !Query.Contains("$select", StringComparison.Ordinal);

    public bool IsQuery => Method == "GET" && !IsPointRead;

    /// <summary>With the table of a transaction, whose actions all name it.</summary>
    public StorageRequest Of(ReadOnlySpan<byte> body) =>
        Path == "$batch" ? this with { Table = TestPrefix().Replace(TransactionTable().Match(Encoding.UTF8.GetString(body)).Groups[1].Value, "") } : this;

    [GeneratedRegex("^t[0-9]+x")]
    private static partial Regex TestPrefix();

    [GeneratedRegex("^(?:POST|PUT|PATCH|MERGE|DELETE) [^ ]*/([A-Za-z0-9]+)[(? ]", RegexOptions.Multiline)]
    private static partial Regex TransactionTable();
}
