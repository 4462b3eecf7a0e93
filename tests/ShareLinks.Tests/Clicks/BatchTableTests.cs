using Azure.Data.Tables;
using ShareLinks.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

public class BatchTableTests(Azurite azurite)
{
    [Fact]
    public async Task Many_records_are_read_in_order_and_by_few_requests()
    {
        var storage = new CountingTransport();
        var batches = new BatchTable(azurite.NewAccount(storage));
        await AddAsync(batches, 1, 1200);
        // Three by one, a hundred, and the rest.
        foreach (var (from, to, requests) in new[] { (1, 1, 1), (1, 3, 3), (1, 4, 4), (1, 103, 4), (1, 104, 5), (1, int.MaxValue, 6), (700, 803, 5), (1198, int.MaxValue, 4), (1200, int.MaxValue, 2), (1201, int.MaxValue, 1), (5, 4, 0) })
        {
            storage.Reset();
            Assert.Equal(Enumerable.Range(from, Math.Max(0, Math.Min(to, 1200) - from + 1)), await ReadAsync(batches, from, to));
            // The service gives a thousand rows an answer at most.
            Assert.InRange(storage.Count, requests, requests + (to == int.MaxValue && from == 1 ? 1 : 0));
        }
    }

    [Fact]
    public async Task Reading_ends_before_a_record_that_is_missing()
    {
        var prefix = azurite.NewPrefix();
        var batches = new BatchTable(azurite.NewAccount(prefix: prefix));
        await AddAsync(batches, 1, 20);
        await DeleteAsync(prefix, 12);
        Assert.Equal(Enumerable.Range(1, 11), await ReadAsync(batches, 1, 20));
        await DeleteAsync(prefix, 2);
        Assert.Equal([1], await ReadAsync(batches, 1, 20));
    }

    private static Task AddAsync(BatchTable batches, int from, int to) => Parallel.ForEachAsync(
        Enumerable.Range(from, to - from + 1), new ParallelOptions { MaxDegreeOfParallelism = 8 },
        async (number, cancellationToken) => Assert.True(await batches.AddAsync(
            new Batch { Number = number, CutAt = ClickSamples.Start, Ranges = [], Entries = 0, First = null, Last = null }, cancellationToken)));

    private async Task DeleteAsync(string prefix, int number) =>
        await new TableClient(azurite.ConnectionString, prefix + "batches").DeleteEntityAsync("batches", $"{int.MaxValue - number:D10}");

    private static async Task<List<int>> ReadAsync(BatchTable batches, int from, int to)
    {
        var numbers = new List<int>();
        await foreach (var batch in batches.ReadAsync(from, to, CancellationToken.None))
            numbers.Add(batch.Number);
        return numbers;
    }
}
