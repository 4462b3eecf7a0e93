using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ShareLinks.Backup;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Backup;

/// <summary>A whole app, backed up and started again on the restored tables.</summary>
public class AppBackupTests(Azurite azurite) : IDisposable
{
    private static readonly Dictionary<string, string?> Settings = new() { ["ShareLinks:BaseUrl"] = "http://s.example", ["ShareLinks:Clicks:SealAfter"] = "00:00:00.200" };

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("sharelinks");

    private string Folder => Path.Combine(data.FullName, "backup");

    public void Dispose() => data.Delete(recursive: true);

    [Fact]
    public async Task A_restored_app_gives_the_same_answers_and_never_an_old_code_again()
    {
        var prefix = azurite.NewPrefix();
        var codes = new List<string>();
        List<JsonNode> feed, links;
        string listed, shared, cursor, key;
        await using (var app = await StartAsync(prefix))
        {
            for (var i = 0; i < 12; i++)
            {
                codes.Add(await app.MintCodeAsync(new
                {
                    listingId = $"item-{i % 3}",
                    sharerId = $"用户|{i % 4}",
                    channel = "wechat",
                    alias = i < 4 ? $"sale-{i}" : null,
                    parent = i < 6 ? null : codes[i - 6],
                    listing = new { title = $"二手 {i % 3}", price = 12.5, currency = "CNY" },
                    tags = new { team = "east" },
                }));
            }
            foreach (var code in codes.Concat(["sale-0", "sale-3"]))
                Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
            var scan = new { scanId = "0f8fad5b-d9cb-469f-a165-70867728950e", text = "http://s.example/" + codes[0], occurredAt = TimeProvider.System.GetUtcNow() };
            (await app.Client.PostAsync("/api/clicks", TestApp.Json(new { clicks = new[] { scan } }))).EnsureSuccessStatusCode();
            cursor = (await app.ReadFeedAsync()).Cursor;
            await app.Client.GetAsync("/" + codes[0]);
            feed = (await app.ReadFeedAsync()).Clicks;
            links = [];
            foreach (var code in codes)
                links.Add(await app.GetJsonAsync("/api/links/" + code));
            listed = await app.Client.GetStringAsync("/api/links?listingId=item-1");
            shared = await app.Client.GetStringAsync("/api/links?sharerId=" + Uri.EscapeDataString("用户|2"));
            key = (await app.Get<ApiKeyTable>().CreateAsync("feed", [Scopes.Query])).SecretKey;
        }
        await Tables.BackUpAsync(azurite, prefix, Folder);
        var target = await Tables.RestoreAsync(azurite, Folder);

        await using var restored = await StartAsync(target);
        Assert.Equal(Texts(feed), Texts((await restored.ReadFeedAsync()).Clicks));
        Assert.Equal(Feed.Id(feed[^1]), Feed.Id(Assert.Single((await restored.ReadFeedAsync(cursor)).Clicks)));
        foreach (var (code, link) in codes.Zip(links))
            Assert.Equal(link.ToJsonString(), (await restored.GetJsonAsync("/api/links/" + code)).ToJsonString());
        Assert.Equal(listed, await restored.Client.GetStringAsync("/api/links?listingId=item-1"));
        Assert.Equal(shared, await restored.Client.GetStringAsync("/api/links?sharerId=" + Uri.EscapeDataString("用户|2")));
        foreach (var (path, listing) in codes.Select((code, i) => (code, $"item-{i % 3}")).Append(("sale-1", "item-1")))
        {
            using var response = await restored.Client.GetAsync("/" + path);
            Assert.StartsWith($"https://market.example/item/{listing}?clickId=", response.Headers.Location!.ToString(), StringComparison.Ordinal);
        }
        Assert.Equal(feed.Count + codes.Count + 1, (await restored.ReadFeedAsync()).Clicks.Count);
        using var withKey = new HttpClient { BaseAddress = restored.Client.BaseAddress };
        withKey.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Assert.Equal(HttpStatusCode.OK, (await withKey.GetAsync("/api/clicks")).StatusCode);
        foreach (var name in new[] { "salts", "wechat", "idempotency" })
            Assert.False(File.Exists(Path.Combine(Folder, name + ".jsonl.gz")));

        // Links minted after the backup are lost; their codes must lead nowhere else.
        await using var old = await StartAsync(prefix);
        var lost = await MintManyAsync(old);
        var minted = await MintManyAsync(restored);
        Assert.Empty(minted.Intersect(lost.Concat(codes)));
        var counter = (await azurite.NewAccount(prefix: target).Table("counters").GetAsync("counter", "links"))!.GetInt64("Next")!.Value;
        Assert.InRange(counter, RestoredRows.SkippedIds, RestoredRows.SkippedIds + 10 * LinkIdLeases.LeaseSize);
        Assert.Equal(HttpStatusCode.NotFound, (await restored.Client.GetAsync("/" + lost[0])).StatusCode);
    }

    [Fact]
    public async Task A_stream_that_was_retired_while_blocks_were_copied_comes_into_the_order()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await StartAsync(prefix);
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        await app.ReadFeedAsync();
        // A stream that was retired before the backup, one that is retired during it with a click that no record had, and one both new and retired.
        await RetireAsync(app);
        await app.Client.GetAsync("/" + code);
        await app.ReadFeedAsync();
        await app.Client.GetAsync("/" + code);
        var before = 3;
        await Tables.BackUpAsync(azurite, prefix, Folder, table =>
        {
            if (table == "batches")
                MeanwhileAsync().GetAwaiter().GetResult();
        });
        var target = await Tables.RestoreAsync(azurite, Folder);
        var expected = Texts((await app.ReadFeedAsync()).Clicks);
        Assert.Equal(before + 2, expected.Count);
        var retired = await Tables.Rows(azurite, target, "blocks").CountAsync(row => row.RowKey == "retired");
        Assert.Equal(1, retired);

        await using var restored = await StartAsync(target);
        var clicks = Texts((await restored.ReadFeedAsync()).Clicks);
        // What no record had yet may take another place among what else no record had.
        Assert.Equal(expected.Take(2), clicks.Take(2));
        Assert.Equal(expected.Order(), clicks.Order());
        await RetireAsync(restored);
        Assert.Empty(await Tables.Rows(azurite, target, "streams").ToListAsync());
        Assert.Equal(clicks, Texts((await restored.ReadFeedAsync()).Clicks));

        async Task MeanwhileAsync()
        {
            await RetireAsync(app);
            await app.Client.GetAsync("/" + code);
            await app.Client.GetAsync("/" + code);
            await app.ReadFeedAsync();
            await RetireAsync(app);
        }

        static async Task RetireAsync(TestApp app)
        {
            // Idle by the storage service's clock, which tells seconds.
            await Task.Delay(TimeSpan.FromMilliseconds(1300), TimeProvider.System);
            await app.ReadFeedAsync();
        }
    }

    [Fact]
    public async Task A_stream_that_began_behind_the_copy_of_streams_is_announced()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await StartAsync(prefix);
        var code = await app.MintCodeAsync();
        await app.Client.GetAsync("/" + code);
        await app.ReadFeedAsync();
        await Tables.BackUpAsync(azurite, prefix, Folder, table => AfterAsync(table).GetAwaiter().GetResult());
        Assert.Single((await Tables.ReadFilesAsync(Folder))["streams.jsonl.gz"].Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var target = await Tables.RestoreAsync(azurite, Folder);
        Assert.Equal(3, await Tables.Rows(azurite, target, "streams").CountAsync());
        await using var restored = await StartAsync(target);
        Assert.Equal(Texts((await app.ReadFeedAsync()).Clicks), Texts((await restored.ReadFeedAsync()).Clicks));

        async Task AfterAsync(string table)
        {
            if (table is not ("streams" or "batches"))
                return;
            // Its stream is in a record when streams were just copied, and in none after that.
            await using var other = await StartAsync(prefix);
            await other.Client.GetAsync("/" + code);
            if (table == "streams")
                await other.ReadFeedAsync();
        }
    }

    [Fact]
    public async Task A_backup_of_a_busy_app_has_all_that_was_there_when_it_began()
    {
        var prefix = azurite.NewPrefix();
        var codes = new ConcurrentBag<string>();
        List<string> before;
        int known;
        await using (var one = await StartAsync(prefix))
        await using (var two = await StartAsync(prefix))
        {
            for (var i = 0; i < 20; i++)
            {
                await MintAsync(one, $"first-{i}");
                await one.Client.GetAsync("/" + codes.First());
                await two.Client.GetAsync("/" + codes.First());
            }
            known = codes.Count;
            before = Texts((await two.ReadFeedAsync()).Clicks);
            using var end = new CancellationTokenSource();
            Task[] busy = [VisitAsync(one), VisitAsync(two), VisitAsync(two), CutAsync(one), CutAsync(two), MintAllAsync(one), MintAllAsync(two)];
            await Tables.BackUpAsync(azurite, prefix, Folder, _ => Task.Delay(TimeSpan.FromMilliseconds(Scale.Of(1500, 10)), TimeProvider.System).GetAwaiter().GetResult());
            await end.CancelAsync();
            await Task.WhenAll(busy);

            async Task VisitAsync(TestApp app)
            {
                while (!end.IsCancellationRequested)
                    Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + codes.First())).StatusCode);
            }

            async Task CutAsync(TestApp app)
            {
                while (!end.IsCancellationRequested)
                {
                    await app.Client.GetStringAsync("/api/clicks?limit=1");
                    // Now and then long enough for a stream to become idle.
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                }
            }

            async Task MintAllAsync(TestApp app)
            {
                for (var i = 0; !end.IsCancellationRequested; i++)
                    await MintAsync(app, $"during-{app.GetHashCode()}-{i}");
            }
        }
        var target = await Tables.RestoreAsync(azurite, Folder);
        await using var restored = await StartAsync(target);
        var (clicks, cursor) = await restored.ReadFeedAsync();
        Assert.Equal(before, Texts(clicks).Take(before.Count));
        Assert.Equal(clicks.Count, clicks.Select(Feed.Id).Distinct().Count());
        Assert.InRange(clicks.Count, before.Count + 1, int.MaxValue);
        // No record names a block that the copy lacks.
        Assert.Equal(clicks.Count, await Tables.Rows(azurite, target, "batches").Select(row => row.GetInt32("Entries")!.Value).SumAsync());

        var links = await Tables.Rows(azurite, target, "links").Where(row => !row.RowKey.Contains('|')).ToListAsync();
        Assert.InRange(links.Count, known, codes.Count);
        var present = links.Select(row => row.RowKey).ToHashSet();
        foreach (var row in links)
        {
            var link = await restored.GetJsonAsync("/api/links/" + restored.Get<ShortCodes>().Encode(new LinkId(Convert.ToInt64(row.RowKey, 16))));
            var alias = link["alias"]!.GetValue<string>();
            Assert.Equal("user-" + alias, link["sharerId"]!.GetValue<string>());
            Assert.Equal(link["code"]!.GetValue<string>(), (await restored.GetJsonAsync("/api/links/" + alias))["code"]!.GetValue<string>());
            Assert.Single((await restored.GetJsonAsync("/api/links?sharerId=user-" + alias))["links"]!.AsArray());
            Assert.Single((await restored.GetJsonAsync("/api/links?listingId=item-" + alias))["links"]!.AsArray());
        }
        // Whoever was shared on is in the tree of the root.
        var children = await Tables.Rows(azurite, target, "links").Where(row => row.RowKey.Contains('|')).Select(row => NewestFirst.Link(row.RowKey.AsSpan(11)).ToString()).ToListAsync();
        Assert.Subset(children.ToHashSet(), links.Where(row => row.GetInt32("Depth") > 0).Select(row => row.RowKey).ToHashSet());

        await restored.Client.GetAsync("/" + codes.Last());
        var (next, _) = await restored.ReadFeedAsync(cursor);
        Assert.Single(next);
        Assert.Empty((await MintManyAsync(restored)).Intersect(codes));

        async Task MintAsync(TestApp app, string name) => codes.Add(await app.MintCodeAsync(new
        {
            listingId = "item-" + name,
            sharerId = "user-" + name,
            alias = name,
            parent = codes.TryPeek(out var parent) ? parent : null,
        }));
    }

    [Fact]
    public async Task An_app_does_not_start_on_half_a_backup()
    {
        var prefix = azurite.NewPrefix();
        await using (await StartAsync(prefix))
        {
            // Leaves its tables.
        }
        await Tables.BackUpAsync(azurite, prefix, Folder);
        var target = await Tables.RestoreAsync(azurite, Folder);
        var marker = new RestoreMarker(azurite.NewAccount(prefix: target));
        await marker.PutAsync("ab");
        var record = new CodeKeyRecord(azurite.NewAccount(prefix: target), CodeKey.Development);
        await Assert.ThrowsAsync<UnfinishedRestoreException>(async () => await record.EnsureMatchesAsync());
        await marker.DeleteAsync();
        await record.EnsureMatchesAsync();
    }

    private static List<string> Texts(IEnumerable<JsonNode> clicks) => [.. clicks.Select(click => click.ToJsonString())];

    private static async Task<List<string>> MintManyAsync(TestApp app)
    {
        using var response = await app.Client.PostAsync("/api/links/batch", TestApp.Json(new { links = Enumerable.Range(0, 1000).Select(_ => new { listingId = "item-many" }) }));
        var results = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return [.. results["results"]!.AsArray().Select(result => result!["link"]!["code"]!.GetValue<string>())];
    }

    private Task<TestApp> StartAsync(string prefix) => TestApp.StartAsync(azurite, Settings, prefix: prefix);
}
