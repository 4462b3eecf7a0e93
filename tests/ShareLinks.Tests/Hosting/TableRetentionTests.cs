using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Hosting;
using ShareLinks.Minting;
using ShareLinks.People;
using ShareLinks.Resolving;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>Every table has a rule for how long its rows stay, and what a rule ends does end.</summary>
public class TableRetentionTests(Azurite azurite)
{
    [Fact]
    public void Every_table_has_a_rule_that_is_documented()
    {
        Assert.Equal(TableNames.All.Order(StringComparer.Ordinal), TableRetention.Rules.Keys.Order(StringComparer.Ordinal));
        // A sweep without a table, or the other way round, is forgotten.
        Assert.Equal(Enum.GetValues<Sweep>(), TableRetention.Rules.Values.Select(rule => rule.By).OfType<Sweep>().Distinct().Order());
        Assert.Equal(
            TableRetention.Rules.Select(rule => ($"`{rule.Key}`", rule.Value.Keeps)).Order(),
            Document.Named("docs/architecture.md").Rows("Tables").Where(row => row[0] is ['`', ..]).Select(row => (row[0], row[^1])).Order());
    }

    [Fact]
    public async Task A_table_s_dated_rows_go_when_they_are_past_their_time_and_not_before()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var (now, handoffs, salts) = (TimeProvider.System.GetUtcNow(), app.Get<HandoffTable>(), app.Get<SaltTable>());
        foreach (var days in new[] { 500, 37, 36, 34, 1, 0 })
        {
            for (var i = 0; i < 120; i++)
                Assert.True(await handoffs.TakeAsync(new ClickId(days, i, 0), now.AddDays(-days), null, CancellationToken.None));
        }
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        foreach (var days in new[] { 400, 3, 2, 0 })
            await salts.GetOrAddAsync(today.AddDays(-days), "key");
        using var minted = new HttpRequestMessage(HttpMethod.Post, "/api/links") { Content = TestApp.Json(new { listingId = "item-1" }) };
        minted.Headers.Add("Idempotency-Key", "one");
        Assert.True((await app.Client.SendAsync(minted)).IsSuccessStatusCode);

        // Twice, as two processes at once, and again later.
        for (var round = 0; round < 2; round++)
            await Task.WhenAll(app.Get<TableRetention>().SweepAsync(CancellationToken.None), app.Get<TableRetention>().SweepAsync(CancellationToken.None));
        var kept = await RowsAsync(prefix + "handovers");
        Assert.Equal(
            new[] { 34, 1, 0 }.Select(days => now.AddDays(-days).UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal), kept.Select(row => row.PartitionKey[..8]).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(3 * 120, kept.Count);
        // Of the days in the reporting time zone, today's and yesterday's.
        Assert.DoesNotContain(await RowsAsync(prefix + "salts"), row => string.CompareOrdinal(row.RowKey, today.AddDays(-1).ToString("yyyyMMdd", CultureInfo.InvariantCulture)) < 0);
        Assert.NotEmpty(await RowsAsync(prefix + "salts"));
        // A retry within a day still finds what was reserved.
        Assert.Single(await RowsAsync(prefix + "idempotency"));
        await Task.Delay(TimeSpan.FromMilliseconds(1100), TimeProvider.System);
        for (var part = 0; part < 256; part++)
            await app.Get<IdempotencyTable>().DeleteOldAsync((byte)part, TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.Empty(await RowsAsync(prefix + "idempotency"));
    }

    [Fact]
    public async Task A_row_that_is_used_anew_while_it_is_deleted_stays()
    {
        var table = azurite.NewAccount().Table("idempotency");
        var row = new TableEntity("00", "r") { ["At"] = 1 };
        Assert.True(await table.InsertAsync(row));
        var read = (await table.GetAsync("00", "r"))!;
        Assert.True(await table.ReplaceAsync(new TableEntity("00", "r") { ["At"] = 2, ETag = read.ETag }));
        Assert.False(await table.DeleteAsync(read));
        Assert.True(await table.DeleteAsync((await table.GetAsync("00", "r"))!));
        Assert.False(await table.DeleteAsync(read));
    }

    [Fact]
    public async Task A_sweep_that_fails_does_not_keep_the_others_from_theirs()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString }, prefix: prefix);
        await app.Get<HandoffTable>().TakeAsync(new ClickId(1, 2, 3), TimeProvider.System.GetUtcNow().AddDays(-40), null, CancellationToken.None);
        proxy.Before = request => request.Table is "batches" or "salts" ? Fault.TooLarge : Fault.None;
        var fault = await Assert.ThrowsAsync<AggregateException>(() => app.Get<TableRetention>().SweepAsync(CancellationToken.None));
        Assert.Equal(2, fault.InnerExceptions.Count);
        Assert.Empty(await RowsAsync(prefix + "handovers"));
    }

    [Fact]
    public async Task A_writer_that_slept_for_a_month_leaves_its_stream_whose_end_may_be_gone()
    {
        var (prefix, time) = (azurite.NewPrefix(), new ShiftedTime());
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(time), prefix: prefix);
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        await app.Client.GetAsync("/" + code);
        Assert.Single(await StreamsAsync());
        // The wall clock alone: that of the process stood still.
        time.Shift = ClickLog.MaxStreamAge + TimeSpan.FromHours(1);
        await app.Client.GetAsync("/" + code);
        Assert.Equal(2, (await StreamsAsync()).Count);
        Assert.Equal(3, (await app.ReadFeedAsync()).Clicks.Count);

        async Task<IReadOnlyList<string>> StreamsAsync() => [.. (await RowsAsync(prefix + "blocks")).Select(row => row.PartitionKey).Distinct()];
    }

    private async Task<IReadOnlyList<TableEntity>> RowsAsync(string table) => await new TableClient(azurite.ConnectionString, table).QueryAsync<TableEntity>().ToListAsync();
}
