using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Codes;
using ShareLinks.People;
using ShareLinks.Reporting;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.People;

public class VisitorHashesTests(Azurite azurite)
{
    private static readonly ReportingZone Zone = ReportingZone.Find(ReportingZone.Default)!;

    private const string Agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.FromHours(8)));
    private readonly LogLines<VisitorHashes> log = new();
    private readonly string prefix = azurite.NewPrefix();

    [Fact]
    public async Task A_visitor_has_one_number_on_a_day_and_others_have_others()
    {
        var hashes = New();
        var visitor = await hashes.OfAsync("8.8.8.8", Agent);
        Assert.InRange(visitor, 1, VisitorHashes.Limit - 1);
        time.Advance(TimeSpan.FromHours(13));
        Assert.Equal(visitor, await hashes.OfAsync("8.8.8.8", Agent));
        Assert.NotEqual(visitor, await hashes.OfAsync("8.8.8.9", Agent));
        Assert.NotEqual(visitor, await hashes.OfAsync("8.8.8.8", Agent + " MicroMessenger/8.0.50"));
        Assert.NotEqual(visitor, await hashes.OfAsync("8.8.8.8", ""));
        Assert.Equal(0, await hashes.OfAsync(null, Agent));
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task Nobody_can_be_followed_to_the_next_day()
    {
        var hashes = New();
        var today = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => hashes.OfAsync($"10.0.0.{i}", Agent).AsTask()));
        time.Advance(TimeSpan.FromDays(1));
        var tomorrow = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => hashes.OfAsync($"10.0.0.{i}", Agent).AsTask()));
        Assert.Equal(200, today.Distinct().Count());
        Assert.Equal(200, tomorrow.Distinct().Count());
        Assert.Empty(today.Intersect(tomorrow));
        // Nor does a number keep a part of the day before: half of the bits differ.
        var differing = today.Zip(tomorrow, (a, b) => long.PopCount(a ^ b)).Average();
        Assert.InRange(differing, 22, 26);
    }

    [Fact]
    public async Task The_day_ends_at_midnight_in_the_reporting_time_zone()
    {
        var hashes = New();
        var visitor = await hashes.OfAsync("8.8.8.8", Agent);
        time.Advance(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.FromHours(8)) - time.GetUtcNow() - TimeSpan.FromTicks(1));
        Assert.Equal(visitor, await hashes.OfAsync("8.8.8.8", Agent));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.NotEqual(visitor, await hashes.OfAsync("8.8.8.8", Agent));
    }

    [Fact]
    public async Task All_instances_agree_on_the_day_s_salt_even_those_that_ask_at_once()
    {
        var instances = Enumerable.Range(0, 8).Select(_ => New()).ToArray();
        for (var day = 0; day < 3; day++)
        {
            var numbers = await Task.WhenAll(instances.Select(instance => Task.Run(() => instance.OfAsync("8.8.8.8", Agent).AsTask())));
            Assert.NotEqual(0, Assert.Single(numbers.Distinct()));
            time.Advance(TimeSpan.FromDays(1));
        }
    }

    [Fact]
    public async Task Another_deployment_s_numbers_are_others()
    {
        var other = new VisitorHashes(new VisitorKeys([CodeKey.TryParse(Convert.ToBase64String(new byte[32]))!]), Salts(azurite.NewAccount(prefix: prefix)), Zone, time, log);
        Assert.NotEqual(await New().OfAsync("8.8.8.8", Agent), await other.OfAsync("8.8.8.8", Agent));
    }

    [Fact]
    public async Task A_new_key_counts_from_the_next_day_on_and_counts_nobody_twice()
    {
        var (old, added) = (CodeKey.Development, CodeKey.TryParse(Convert.ToBase64String(new byte[32]))!);
        var before = await New().OfAsync("8.8.8.8", Agent);
        var rotated = New(keys: [added, old]);
        Assert.Equal(before, await rotated.OfAsync("8.8.8.8", Agent));
        time.Advance(TimeSpan.FromDays(1));
        var after = await rotated.OfAsync("8.8.8.8", Agent);
        Assert.NotEqual(before, after);
        // An instance that has the keys in the other order still counts by what the day began with.
        Assert.Equal(after, await New(keys: [old, added]).OfAsync("8.8.8.8", Agent));
        Assert.Equal(after, await New(keys: [added]).OfAsync("8.8.8.8", Agent));
        Assert.Empty(log.Lines);
        // One that has not got the key at all says so, and counts all the same.
        Assert.NotEqual(after, await New().OfAsync("8.8.8.8", Agent));
        Assert.StartsWith("Warning: This day is counted by a key that is not in ShareLinks:Visitors:HashKeys here", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_of_a_version_that_named_no_key_is_counted_by_the_code_key()
    {
        var before = await New().OfAsync("8.8.8.8", Agent);
        var table = new TableServiceClient(azurite.ConnectionString).GetTableClient(prefix + "salts");
        var row = (await table.GetEntityAsync<TableEntity>("salts", "20261122")).Value;
        row.Remove("Key");
        await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);
        Assert.Equal(before, await New(keys: [CodeKey.TryParse(Convert.ToBase64String(new byte[32]))!, CodeKey.Development]).OfAsync("8.8.8.8", Agent));
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task The_salt_is_read_once_a_day_however_many_visitors_there_are()
    {
        var transport = new CountingTransport();
        var hashes = New(azurite.NewAccount(transport, prefix));
        await New().OfAsync("8.8.8.8", Agent);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => hashes.OfAsync($"10.0.0.{i}", Agent).AsTask())));
        Assert.True(Assert.Single(transport.Requests).IsPointRead);
    }

    [Fact]
    public async Task Salts_of_days_that_began_two_days_ago_or_earlier_are_deleted_by_whoever_makes_a_new_one()
    {
        var hashes = New();
        for (var day = 0; day < 4; day++)
        {
            await hashes.OfAsync("8.8.8.8", Agent);
            time.Advance(TimeSpan.FromDays(1));
        }
        await EventuallyAsync(["20261124", "20261125"]);
        time.Advance(TimeSpan.FromDays(30));
        await hashes.OfAsync("8.8.8.8", Agent);
        await EventuallyAsync(["20261226"]);
    }

    [Fact]
    public async Task While_storage_is_late_a_visitor_waits_200_ms_at_most_and_is_not_counted()
    {
        var storage = new Gate();
        var hashes = New(azurite.NewAccount(storage, prefix));
        var first = hashes.OfAsync("8.8.8.8", Agent).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(150));
        var second = hashes.OfAsync("8.8.8.9", Agent).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal((0, 0), (await first, await second));
        // Those who come later do not wait at all.
        var third = hashes.OfAsync("8.8.8.8", Agent);
        Assert.True(third.IsCompletedSuccessfully);
        Assert.Equal(0, await third);
        Assert.StartsWith("Warning: Visitors are not counted until", Assert.Single(log.Lines), StringComparison.Ordinal);
        storage.Open();
        await Wait.UntilAsync(async () => await hashes.OfAsync("8.8.8.8", Agent) != 0);
        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task While_storage_is_away_it_is_asked_every_three_seconds_and_nobody_is_counted()
    {
        var storage = new Gate() { IsAway = true };
        storage.Open();
        var hashes = New(azurite.NewAccount(storage, prefix));
        Assert.Equal(0, await hashes.OfAsync("8.8.8.8", Agent));
        Assert.StartsWith("Warning: Visitors are not counted for now", Assert.Single(log.Lines), StringComparison.Ordinal);
        storage.IsAway = false;
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, await hashes.OfAsync("8.8.8.8", Agent));
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.NotEqual(0, await hashes.OfAsync("8.8.8.8", Agent));
        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task By_the_real_clock_storage_that_hangs_does_not_keep_a_visitor()
    {
        var hashes = new VisitorHashes(new VisitorKeys([CodeKey.Development]), Salts(azurite.NewAccount(new Gate(), prefix)), Zone, TimeProvider.System, log);
        // Storage never answers. How long the visitor waits is tested with a clock that stands still.
        Assert.Equal(0, await hashes.OfAsync("8.8.8.8", Agent));
    }

    [Fact]
    public async Task The_app_has_them()
    {
        await using var app = await TestApp.StartAsync(azurite);
        Assert.NotEqual(0, await app.Get<VisitorHashes>().OfAsync("8.8.8.8", Agent));
        Assert.Equal("US", app.Get<Countries>().Of(new Microsoft.AspNetCore.Http.HeaderDictionary(), System.Net.IPAddress.Parse("8.8.8.8")));
    }

    private VisitorHashes New(StorageAccount? account = null, params CodeKey[] keys) => new(new VisitorKeys(keys.Length > 0 ? keys : [CodeKey.Development]), Salts(account ?? azurite.NewAccount(prefix: prefix)), Zone, time, log);

    private static SaltTable Salts(StorageAccount account)
    {
#pragma warning disable RS0030 // A test is its own composition root.
        return new SaltTable(account, RandomNumberGenerator.Create());
#pragma warning restore RS0030
    }

    private async Task EventuallyAsync(string[] days)
    {
        var table = new TableServiceClient(azurite.ConnectionString).GetTableClient(prefix + "salts");
        await Wait.UntilAsync(async () => (await table.QueryAsync<TableEntity>().Select(row => row.RowKey).ToArrayAsync()).SequenceEqual(days));
    }

    /// <summary>Storage that answers nothing until it is opened.</summary>
    private sealed class Gate : HttpPipelineTransport
    {
        private readonly HttpClientTransport inner = new();
        private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether storage can't be reached, once it is open.</summary>
        public bool IsAway { get; set; }

        public void Open() => opened.SetResult();

        public override Request CreateRequest() => inner.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            await opened.Task;
            if (IsAway)
                throw new Azure.RequestFailedException("Connection refused");
            await inner.ProcessAsync(message);
        }
    }
}
