using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace ShareLinks.Storage;

/// <summary>One table, with the few operations this app is built on; made when a write first finds it missing.</summary>
/// <remarks>
/// Every read names a partition, or a range of them that is deleted, so none but a backup's can scan the table. Conflicts are answers, faults throw <see cref="RequestFailedException"/>.
/// A write whose answer was lost may be sent again by the client, so a refused insert can be one's own: callers that need to know compare a nonce.
/// </remarks>
public sealed class Table(string name, Lazy<TableClient> client, DamagedRows damaged)
{
    /// <summary>Actions that an entity group transaction holds at most.</summary>
    public const int MaxActions = 100;

    /// <summary>What a row holds.</summary>
    /// <exception cref="DamagedRowException">It can't be decoded; it is reported.</exception>
    public T Decode<T>(string partition, string row, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (Exception fault)
        {
            throw damaged.Report(name, partition, row, fault);
        }
    }

    /// <summary>As <see cref="Decode{T}(string, string, Func{T})"/>, of a row that was read with its keys.</summary>
    public T Decode<T>(TableEntity row, Func<TableEntity, T> decode) => Decode(row.PartitionKey, row.RowKey, () => decode(row));

    public async Task<TableEntity?> GetAsync(string partition, string row, CancellationToken cancellationToken = default) =>
        (await GetTimedAsync(partition, row, cancellationToken)).Row;

    /// <summary>Some columns of a row, its ETag always among them; null when there is no such row.</summary>
    public async Task<TableEntity?> GetAsync(string partition, string row, IEnumerable<string> select, CancellationToken cancellationToken = default)
    {
        var response = await client.Value.GetEntityIfExistsAsync<TableEntity>(partition, row, select, cancellationToken);
        return response.HasValue ? response.Value : null;
    }

    /// <summary>A row, and the storage service's clock when it answered, to the second.</summary>
    public async Task<(TableEntity? Row, DateTimeOffset? ServiceTime)> GetTimedAsync(string partition, string row, CancellationToken cancellationToken = default)
    {
        var response = await client.Value.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: cancellationToken);
        return (response.HasValue ? response.Value : null, response.GetRawResponse().Headers.Date);
    }

    /// <summary>Inserts a row; false when the key is taken.</summary>
    public async Task<bool> InsertAsync(TableEntity row, CancellationToken cancellationToken = default)
    {
        try
        {
            row.ETag = await WriteAsync(async () => (await client.Value.AddEntityAsync(row, cancellationToken)).Headers.ETag, cancellationToken) ?? default;
            return true;
        }
        catch (RequestFailedException fault) when (fault.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            return false;
        }
    }

    /// <summary>Replaces the row whose ETag <paramref name="row"/> carries; false when it has changed or gone since.</summary>
    public async Task<bool> ReplaceAsync(TableEntity row, CancellationToken cancellationToken = default)
    {
        try
        {
            row.ETag = await WriteAsync(async () =>
                (await client.Value.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag, cancellationToken) ?? default;
            return true;
        }
        catch (RequestFailedException fault) when (fault.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>Inserts the row or replaces what is there.</summary>
    public Task PutAsync(TableEntity row, CancellationToken cancellationToken = default) =>
        WriteAsync(() => client.Value.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken), cancellationToken);

    /// <summary>Deletes the row, if it is there.</summary>
    public Task DeleteAsync(string partition, string row, CancellationToken cancellationToken = default) =>
        client.Value.DeleteEntityAsync(partition, row, ETag.All, cancellationToken);

    /// <summary>Deletes the row whose ETag <paramref name="row"/> carries; false when it has changed or gone since.</summary>
    public async Task<bool> DeleteAsync(TableEntity row, CancellationToken cancellationToken = default)
    {
        try
        {
            return (await client.Value.DeleteEntityAsync(row, row.ETag, cancellationToken)).Status != StatusCodes.Status404NotFound;
        }
        catch (RequestFailedException fault) when (fault.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>Deletes the rows of a partition from one key (inclusive) to another (exclusive), a hundred at a time; all of them without keys.</summary>
    public async Task DeleteRangeAsync(string partition, string? from = null, string? to = null, CancellationToken cancellationToken = default)
    {
        await foreach (var page in QueryPagesAsync(partition, from, to, ["PartitionKey", "RowKey"], MaxActions, cancellationToken))
            await DeleteTogetherAsync(page.Values, cancellationToken);
    }

    /// <summary>Deletes all partitions whose key is below the given one: for tables whose partitions begin with a day. Nothing else is read.</summary>
    public async Task DeletePartitionsBeforeAsync(string partition, CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync($"PartitionKey lt '{Quote(partition)}'", ["PartitionKey", "RowKey"], null, cancellationToken))
        {
            foreach (var rows in page.Values.GroupBy(row => row.PartitionKey).SelectMany(rows => rows.Chunk(MaxActions)))
                await DeleteTogetherAsync(rows, cancellationToken);
        }
    }

    /// <summary>The storage service's clock, to the second.</summary>
    public async Task<DateTimeOffset> ServiceTimeAsync(CancellationToken cancellationToken) =>
        (await GetTimedAsync("clock", "clock", cancellationToken)).ServiceTime ?? throw new InvalidDataException("The storage service's answer has no Date header.");

    /// <summary>Writes up to <see cref="MaxActions"/> rows of one partition, all or none; false when one of them conflicts.</summary>
    public async Task<bool> SubmitAsync(IReadOnlyCollection<TableTransactionAction> actions, CancellationToken cancellationToken = default) =>
        (await TrySubmitAsync(actions, cancellationToken)).IsDone;

    /// <summary>As <see cref="SubmitAsync"/>; where nothing was done also the first action that could not be, if the service names it.</summary>
    public async Task<(bool IsDone, int? Failed)> TrySubmitAsync(IReadOnlyCollection<TableTransactionAction> actions, CancellationToken cancellationToken = default)
    {
        try
        {
            await WriteAsync(() => client.Value.SubmitTransactionAsync(actions, cancellationToken), cancellationToken);
            return (true, null);
        }
        catch (RequestFailedException fault) when (
            fault.Status == 412 || fault.ErrorCode == TableErrorCode.EntityAlreadyExists || fault.ErrorCode == TableErrorCode.ResourceNotFound)
        {
            return (false, (fault as TableTransactionFailedException)?.FailedTransactionActionIndex);
        }
    }

    /// <summary>The rows of one partition in the order of their keys, from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive).</summary>
    public async IAsyncEnumerable<TableEntity> QueryAsync(
        string partition, string? from = null, string? to = null, IEnumerable<string>? select = null, int? pageSize = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in QueryPagesAsync(partition, from, to, select, pageSize, cancellationToken))
        {
            foreach (var row in page.Values)
                yield return row;
        }
    }

    /// <summary>As <see cref="QueryAsync"/>, by page. A table that does not exist has no pages.</summary>
    public async IAsyncEnumerable<TablePage> QueryPagesAsync(
        string partition, string? from = null, string? to = null, IEnumerable<string>? select = null, int? pageSize = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var filter = $"PartitionKey eq '{Quote(partition)}'";
        if (from is not null)
            filter += $" and RowKey ge '{Quote(from)}'";
        if (to is not null)
            filter += $" and RowKey lt '{Quote(to)}'";
        await foreach (var page in PagesAsync(filter, select, pageSize, cancellationToken))
            yield return page;
    }

    private async IAsyncEnumerable<TablePage> PagesAsync(string filter, IEnumerable<string>? select, int? pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var pages = client.Value.QueryAsync<TableEntity>(filter, pageSize, select, cancellationToken).AsPages().GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await pages.MoveNextAsync())
                    yield break;
            }
            catch (RequestFailedException fault) when (fault.ErrorCode == TableErrorCode.TableNotFound)
            {
                yield break;
            }
            using var response = pages.Current.GetRawResponse();
            yield return new TablePage(pages.Current.Values, response.Headers.Date);
        }
    }

    /// <summary>A page of all rows, partition by partition in the order of their keys: for backups alone, since it reads the whole table.</summary>
    /// <param name="from">Where the page before ended; null for the first.</param>
    /// <param name="pageSize">Rows at most, up to 1,000.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The rows, of which there may be none, and where the next page begins; null when this is the last. A table that does not exist has no rows.</returns>
    public async Task<(IReadOnlyList<TableEntity> Rows, string? Next)> ScanAsync(string? from, int pageSize, CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (var page in client.Value.QueryAsync<TableEntity>(maxPerPage: pageSize, cancellationToken: cancellationToken).AsPages(from))
                return (page.Values, page.ContinuationToken);
        }
        catch (RequestFailedException fault) when (fault.ErrorCode == TableErrorCode.TableNotFound)
        {
            // As with every other read.
        }
        return ([], null);
    }

    /// <summary>Deletes up to <see cref="MaxActions"/> rows of one partition.</summary>
    private async Task DeleteTogetherAsync(IReadOnlyCollection<TableEntity> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0 || await SubmitAsync([.. rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All))], cancellationToken))
            return;
        // Somebody else deletes them too.
        foreach (var row in rows)
            await DeleteAsync(row.PartitionKey, row.RowKey, cancellationToken);
    }

    private static string Quote(string key) => key.Replace("'", "''", StringComparison.Ordinal);

    private async Task<T> WriteAsync<T>(Func<Task<T>> write, CancellationToken cancellationToken)
    {
        try
        {
            return await write();
        }
        catch (RequestFailedException fault) when (fault.ErrorCode == TableErrorCode.TableNotFound)
        {
            await client.Value.CreateIfNotExistsAsync(cancellationToken);
            return await write();
        }
    }
}

/// <summary>A page of a query.</summary>
/// <param name="Values">Its rows.</param>
/// <param name="ServiceTime">The storage service's clock when it answered, to the second.</param>
public readonly record struct TablePage(IReadOnlyList<TableEntity> Values, DateTimeOffset? ServiceTime);
