using Azure.Data.Tables;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Storage;

public class TableTests(Azurite azurite)
{
    [Fact]
    public async Task A_table_is_made_by_the_first_write_of_any_kind_and_by_no_read()
    {
        foreach (var write in new Func<Table, Task>[]
        {
            table => table.InsertAsync(Row("1")),
            table => table.PutAsync(Row("1")),
            table => table.SubmitAsync([new(TableTransactionActionType.Add, Row("1")), new(TableTransactionActionType.UpsertReplace, Row("2"))]),
        })
        {
            var transport = new CountingTransport();
            var table = azurite.NewAccount(transport).Table("listings");
            Assert.Null(await table.GetAsync("p", "1"));
            Assert.Empty(await table.QueryAsync("p").ToListAsync());
            Assert.DoesNotContain(transport.Requests, request => request.Method != "GET");
            await write(table);
            Assert.NotNull(await table.GetAsync("p", "1"));
        }
    }

    [Fact]
    public async Task Conflicts_are_answers()
    {
        var table = azurite.NewAccount().Table("listings");
        var row = Row("1");
        Assert.True(await table.InsertAsync(row));
        Assert.False(await table.InsertAsync(Row("1")));
        row["N"] = 2;
        Assert.True(await table.ReplaceAsync(row));
        var stale = Row("1");
        stale.ETag = new Azure.ETag("W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\"");
        Assert.False(await table.ReplaceAsync(stale));
        Assert.False(await table.SubmitAsync([new(TableTransactionActionType.Add, Row("2")), new(TableTransactionActionType.Add, Row("1"))]));
        Assert.Null(await table.GetAsync("p", "2"));
        await table.DeleteAsync("p", "1");
        await table.DeleteAsync("p", "1");
        Assert.False(await table.ReplaceAsync(row));
        Assert.False(await table.SubmitAsync([new(TableTransactionActionType.UpdateReplace, row, row.ETag)]));
    }

    [Fact]
    public async Task A_query_gives_a_range_of_one_partition_in_order()
    {
        var table = azurite.NewAccount().Table("listings");
        foreach (var key in new[] { "c", "a", "d", "b" })
            await table.InsertAsync(Row(key));
        await table.InsertAsync(new TableEntity("q", "b"));
        var rows = await table.QueryAsync("p", "b", "d", pageSize: 1).ToListAsync();
        Assert.Equal(["b", "c"], rows.Select(row => row.RowKey));
        await foreach (var page in table.QueryPagesAsync("p"))
            Assert.NotNull(page.ServiceTime);
    }

    [Fact]
    public async Task Bytes_spread_over_as_many_columns_as_they_need()
    {
        var table = azurite.NewAccount().Table("listings");
        foreach (var length in new[] { 0, 1, BinaryColumns.MaxColumnBytes, BinaryColumns.MaxColumnBytes + 1, BinaryColumns.MaxBytes })
        {
            var bytes = new byte[length];
            new Random(7).NextBytes(bytes);
            var row = Row($"{length}");
            BinaryColumns.Write(row, bytes);
            Assert.All(((IDictionary<string, object>)row).Values.OfType<byte[]>(), column => Assert.InRange(column.Length, 0, 64_000));
            await table.PutAsync(row);
            Assert.Equal(bytes, BinaryColumns.Read((await table.GetAsync("p", $"{length}"))!));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => BinaryColumns.Write(Row("x"), new byte[BinaryColumns.MaxBytes + 1]));
    }

    [Fact]
    public async Task Bytes_that_get_fewer_are_read_back_alone()
    {
        var table = azurite.NewAccount().Table("listings");
        foreach (var length in new[] { 3.5, 0.1, 2.5, 1.5, 5, 1, 1.2 })
        {
            var bytes = new byte[(int)(length * BinaryColumns.MaxColumnBytes)];
            new Random(7).NextBytes(bytes);
            var present = await table.GetAsync("p", "r", BinaryColumns.Names);
            var row = Row("r");
            BinaryColumns.Write(row, bytes, present);
            await table.SubmitAsync([present is null ? new(TableTransactionActionType.Add, row) : new(TableTransactionActionType.UpdateMerge, row, present.ETag)]);
            Assert.Equal(bytes, BinaryColumns.Read((await table.GetAsync("p", "r"))!));
        }
    }

    [Fact]
    public async Task A_scan_gives_every_row_of_every_partition_page_by_page()
    {
        var table = azurite.NewAccount().Table("listings");
        Assert.Equal(([], null), await table.ScanAsync(null, 10));
        foreach (var (partition, row) in new[] { ("b", "1"), ("a", "2"), ("a", "1"), ("b", "2"), ("a", "3") })
            await table.InsertAsync(new TableEntity(partition, row));
        var keys = new List<string>();
        string? next = null;
        do
        {
            (var rows, next) = await table.ScanAsync(next, 2);
            Assert.InRange(rows.Count, 0, 2);
            keys.AddRange(rows.Select(row => row.PartitionKey + row.RowKey));
        }
        while (next is not null);
        Assert.Equal(["a1", "a2", "a3", "b1", "b2"], keys);
    }

    [Fact]
    public void A_table_that_is_not_on_the_list_is_refused() => Assert.Throws<ArgumentException>(() => azurite.NewAccount().Table("things"));

    private static TableEntity Row(string key) => new("p", key) { ["N"] = 1 };
}
