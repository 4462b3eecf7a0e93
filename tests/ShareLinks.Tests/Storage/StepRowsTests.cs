using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Storage;

/// <summary>A step reaches each row once, also where rows are taken for new that are not.</summary>
public class StepRowsTests(Azurite azurite)
{
    private const int Partitions = 4;

    [Fact]
    public async Task New_rows_are_not_read_first_once_most_turn_out_to_be_new()
    {
        var storage = new CountingTransport();
        var table = azurite.NewAccount(storage).Table("stats");
        await StepRows.ApplyAsync(table, 1, Enumerable.Range(0, 4000).Select(row => new Count(row)), CancellationToken.None);
        // At most the eight transactions that are begun at once are read, and each of the forty is one request.
        Assert.InRange(storage.Requests.Count(request => request.Method == "GET"), 100, 1000);
        Assert.InRange(storage.Requests.Count(request => request.Method == "POST"), 40, 60);
        Assert.All(await ReadAsync(table), row => Assert.Equal(1, row.Value));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(90)]
    [InlineData(1000)]
    public async Task A_row_that_is_there_already_is_added_to(int every)
    {
        var table = azurite.NewAccount().Table("stats");
        var present = Enumerable.Range(0, 3000).Where(row => row % every == every - 1).ToArray();
        await StepRows.ApplyAsync(table, 1, present.Select(row => new Count(row)), CancellationToken.None);
        for (var times = 0; times < 2; times++)
            await StepRows.ApplyAsync(table, 2, Enumerable.Range(0, 3000).Select(row => new Count(row)), CancellationToken.None);
        var rows = await ReadAsync(table);
        Assert.Equal(3000, rows.Count);
        Assert.All(rows, row => Assert.Equal((row.Key, present.Contains(row.Key) ? 2 : 1), (row.Key, row.Value)));
    }

    [Fact]
    public async Task Two_processes_at_one_step_add_once()
    {
        var prefix = azurite.NewPrefix();
        var tables = Enumerable.Range(0, 3).Select(_ => azurite.NewAccount(prefix: prefix).Table("stats")).ToArray();
        for (var step = 1; step <= 3; step++)
        {
            await Task.WhenAll(tables.Select(table => StepRows.ApplyAsync(
                table, step, Enumerable.Range(0, 1000 * step).Select(row => new Count(row)), CancellationToken.None)));
        }
        Assert.All(await ReadAsync(tables[0]), row => Assert.Equal((row.Key, 3 - (row.Key / 1000)), (row.Key, row.Value)));
    }

    private static async Task<Dictionary<int, int>> ReadAsync(Table table)
    {
        var rows = new Dictionary<int, int>();
        for (var partition = 0; partition < Partitions; partition++)
        {
            await foreach (var row in table.QueryAsync(Partition(partition)))
                rows.Add(int.Parse(row.RowKey, CultureInfo.InvariantCulture), row.GetInt32("Count")!.Value);
        }
        return rows;
    }

    private static string Partition(int row) => $"p{row % Partitions}";

    private sealed class Count(int row) : RowChange(Partition(row), row.ToString("D6", CultureInfo.InvariantCulture))
    {
        public override IReadOnlyCollection<string> Columns => ["Count"];

        public override void Apply(TableEntity? present, TableEntity next) => next["Count"] = (present?.GetInt32("Count") ?? 0) + 1;
    }
}
