using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Clicks;

/// <summary>The streams that may still grow, or whose end is not in the batch records yet.</summary>
/// <remarks>
/// Table <c>streams</c>, PartitionKey <c>streams</c>, RowKey = stream, 12 hexadecimal digits: <c>Nonce</c> (Int64), its writer's. A row is there
/// before the stream's first block and goes once the stream is sealed and recorded to its end. Thread-safe.
/// </remarks>
public sealed class StreamTable(StorageAccount account)
{
    private const string Partition = "streams";

    private readonly Table table = account.Table("streams");

    /// <summary>Announces a stream; false when another writer has the same number.</summary>
    public async Task<bool> OpenAsync(long stream, long nonce, CancellationToken cancellationToken)
    {
        var row = BlockKey.StreamPartition(stream);
        return await table.InsertAsync(new TableEntity(Partition, row) { ["Nonce"] = nonce }, cancellationToken)
            || (await table.GetAsync(Partition, row, cancellationToken))?.GetInt64("Nonce") == nonce;
    }

    public Task CloseAsync(long stream, CancellationToken cancellationToken) =>
        table.DeleteAsync(Partition, BlockKey.StreamPartition(stream), cancellationToken);

    /// <summary>All streams with the time they were opened, and the storage service's clock when the list began (null: no stream was ever opened).</summary>
    public async Task<(IReadOnlyDictionary<long, DateTimeOffset> OpenedAt, DateTimeOffset? ServiceTime)> ListAsync(CancellationToken cancellationToken)
    {
        var streams = new Dictionary<long, DateTimeOffset>();
        DateTimeOffset? serviceTime = null;
        await foreach (var page in table.QueryPagesAsync(Partition, select: ["RowKey", "Timestamp"], cancellationToken: cancellationToken))
        {
            serviceTime ??= page.ServiceTime ?? throw new InvalidDataException("The storage service's answer has no Date header.");
            foreach (var row in page.Values)
                streams[long.Parse(row.RowKey, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)] = row.Timestamp!.Value;
        }
        return (streams, serviceTime);
    }
}
