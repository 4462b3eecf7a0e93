using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Links;

/// <summary>Hands out link ids from ranges of <see cref="LeaseSize"/> that this process has taken for itself.</summary>
/// <remarks>
/// Table <c>counters</c>, row <c>counter/links</c>: <c>Next</c> (Int64), the first id not leased yet. It only moves under its ETag, so however
/// many processes mint, no id is given twice; a process that ends with a lease leaves a gap. Thread-safe.
/// </remarks>
public sealed class LinkIdLeases(StorageAccount account, CodeKeyRecord codeKey)
{
    public const int LeaseSize = 1000;

    private readonly Table table = account.Table("counters");
    private readonly SemaphoreSlim gate = new(1);
    private TableEntity? counter;
    private long next;
    private long end;

    /// <summary>The given number of ids, in runs of neighbours, so that links minted together share partitions.</summary>
    public async Task<IReadOnlyList<LinkId>> TakeAsync(int count, CancellationToken cancellationToken = default)
    {
        // Nothing is written under a key that is not the tables' own.
        await codeKey.EnsureMatchesAsync(cancellationToken);
        await gate.WaitAsync(cancellationToken);
        try
        {
            var ids = new LinkId[count];
            for (var i = 0; i < count; i++)
            {
                if (next == end)
                    await LeaseAsync(cancellationToken);
                ids[i] = new LinkId(next++);
            }
            return ids;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Whether any process ever took ids, so that there may be links.</summary>
    public async Task<bool> HasLeasedAsync(CancellationToken cancellationToken = default) => await table.GetAsync("counter", "links", cancellationToken) is not null;

    private async Task LeaseAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // The row as this process last wrote it saves a read, as long as no other process has leased since.
            var row = counter ?? await table.GetAsync("counter", "links", cancellationToken);
            counter = null;
            var first = row?.GetInt64("Next") ?? 0;
            if (first + LeaseSize - 1 > LinkId.Max)
                throw new InvalidOperationException("All 2⁴⁰ link ids are used.");
            var taken = new TableEntity("counter", "links") { ["Next"] = first + LeaseSize, ETag = row?.ETag ?? default };
            if (row is null ? await table.InsertAsync(taken, cancellationToken) : await table.ReplaceAsync(taken, cancellationToken))
            {
                counter = taken;
                (next, end) = (first, first + LeaseSize);
                return;
            }
        }
    }
}
