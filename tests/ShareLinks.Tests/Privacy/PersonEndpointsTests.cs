using System.Net;
using Azure.Data.Tables;
using ShareLinks.Privacy;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Privacy;

public class PersonEndpointsTests(Azurite azurite)
{
    private const string Person = "user-to-be-erased";

    private static readonly Dictionary<string, string?> WithCookies = new() { ["ShareLinks:Visitors:Cookie"] = "On", ["ShareLinks:Fold:Lease"] = "00:00:00.001" };

    [Fact]
    public async Task What_is_held_of_a_person_is_told()
    {
        await using var app = await TestApp.StartAsync(azurite, WithCookies);
        var (shared, visit) = await LiveAsync(app);
        var person = await app.GetJsonAsync($"/api/people/{Person}");
        Assert.Equal(Person, person["userId"]!.GetValue<string>());
        Assert.Equal(shared, person["links"]!.AsArray().Select(code => code!.GetValue<string>()));
        // The visit in the browser, and the opening in the app that went on with it.
        var openings = person["openings"]!.AsArray();
        Assert.Equal(2, openings.Count);
        Assert.Equal((visit, visit), (openings[0]!["clickId"]!.GetValue<string>(), openings[1]!["continues"]!.GetValue<string>()));
        var happened = Assert.Single(person["events"]!.AsArray())!;
        Assert.Equal(("order", "order-1"), (happened["type"]!.GetValue<string>(), happened["id"]!.GetValue<string>()));
        // The cookie of the visit that was gone on with in the app.
        Assert.Single(person["visitorIds"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/people/nobody")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync("/api/people/" + new string('x', 200))).StatusCode);
    }

    [Fact]
    public async Task After_an_erasure_nothing_holds_the_user_id()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, WithCookies, prefix: prefix);
        await LiveAsync(app);
        await app.GetJsonAsync($"/api/people/{Person}");
        Assert.NotEmpty(await RowsWithAsync(prefix, Person));

        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"/api/people/{Person}")).StatusCode);
        Assert.Empty(await RowsWithAsync(prefix, Person));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/api/people/{Person}")).StatusCode);
        await AssertNothingNamesAsync(app);
        // Nor does counting anew bring the journey back.
        await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
        Assert.Empty(await TableRowsAsync(prefix, "journeys", row => row.PartitionKey.EndsWith("-2", StringComparison.Ordinal) && row.RowKey.StartsWith('u')));
        await AssertNothingNamesAsync(app);
        // Erasing is done however often it is asked for.
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"/api/people/{Person}")).StatusCode);
        await app.Get<PersonErasure>().FinishAsync(evenRecent: true, CancellationToken.None);
        Assert.Empty(await TableRowsAsync(prefix, "erasures", row => row.PartitionKey == "erasures"));

        // Should the person come again, it is as somebody else.
        await app.MintCodeAsync(new { listingId = "item-2", sharerId = Person });
        Assert.Single((await app.GetJsonAsync($"/api/people/{Person}"))["links"]!.AsArray());
    }

    [Fact]
    public async Task An_erasure_that_is_cut_off_anywhere_is_finished_by_the_next_turn()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var noted = 0;
        for (var point = 1; ; point++)
        {
            var prefix = azurite.NewPrefix();
            await using (var app = await TestApp.StartAsync(azurite, WithCookies, prefix: prefix))
                await LiveAsync(app);
            await using var cutOff = await TestApp.StartAsync(azurite, WithCookies, services =>
                services.AddSingleton(new StorageAccount(new StorageOptions { ConnectionString = proxy.ConnectionString, TablePrefix = prefix })), prefix);
            await cutOff.Get<ClickFold>().FoldAsync();
            var writes = 0;
            proxy.Before = request => request.Method != "GET" && Interlocked.Increment(ref writes) >= point ? Fault.TooLarge : Fault.None;
            using var answer = await cutOff.Client.DeleteAsync($"/api/people/{Person}");
            proxy.Before = _ => Fault.None;
            // Before it is noted that the erasure was asked for, the caller is told that nothing happened.
            if (answer.StatusCode == HttpStatusCode.NoContent || (await TableRowsAsync(prefix, "erasures", _ => true)).Count > 0)
            {
                noted++;
                await using var next = await TestApp.StartAsync(azurite, WithCookies, prefix: prefix);
                await next.Get<PersonErasure>().FinishAsync(evenRecent: true, CancellationToken.None);
                Assert.Empty(await RowsWithAsync(prefix, Person));
                Assert.Empty(await TableRowsAsync(prefix, "journeys", row => row.RowKey.StartsWith('u')));
                await AssertNothingNamesAsync(next);
            }
            else
            {
                Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            }
            if (answer.StatusCode == HttpStatusCode.NoContent)
            {
                Assert.InRange(noted, 4, 20);
                return;
            }
        }
    }

    /// <summary>Shares two links, and opens a third in the app after having seen it in a browser; gives the codes, the newest first, and the visit.</summary>
    private static async Task<(string[] Shared, string Visit)> LiveAsync(TestApp app)
    {
        var first = await app.MintCodeAsync(new { listingId = "item-1", sharerId = Person, channel = "wechat" });
        var second = await app.MintCodeAsync(new { listingId = "item-2", sharerId = Person });
        await app.Client.GetAsync("/" + first);
        var opened = await app.MintCodeAsync(new { listingId = "item-3", sharerId = "user-other" });
        using var seen = await app.Client.GetAsync("/" + opened);
        var visit = seen.Headers.Location!.Query.Split("clickId=")[1];
        var resolved = await app.Client.PostAsync("/api/resolve", TestApp.Json(new { text = $"{app.Client.BaseAddress}{opened}~{visit}", userId = Person, app = "marketplace-ios", os = "ios" }));
        Assert.Equal(HttpStatusCode.OK, resolved.StatusCode);
        var reported = await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { id = "order-1", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), userId = Person, clickId = visit } } }));
        Assert.Equal(HttpStatusCode.OK, reported.StatusCode);
        return ([second, first], visit);
    }

    private static async Task AssertNothingNamesAsync(TestApp app)
    {
        var answers = new List<string>
        {
            await app.Client.GetStringAsync("/api/clicks?limit=1000"),
            await app.Client.GetStringAsync("/api/clicks/export?from=2020-01-01&to=2030-01-01"),
            await app.Client.GetStringAsync("/api/clicks/export?from=2020-01-01&to=2030-01-01&format=csv"),
            await app.Client.GetStringAsync("/api/links?listingId=item-1"),
            await app.Client.GetStringAsync("/api/stats/top?kind=sharer"),
            await app.Client.GetStringAsync("/api/stats?subject=all&by=day"),
        };
        Assert.All(answers, answer => Assert.DoesNotContain(Person, answer, StringComparison.Ordinal));
        Assert.Contains("\"sharerId\":null", answers[0], StringComparison.Ordinal);
        // What was shared stays counted, for nobody.
        Assert.Contains("{\"key\":null,", answers[4], StringComparison.Ordinal);
        Assert.Equal(0, (await app.GetJsonAsync($"/api/stats?subject=sharer:{Person}"))["total"]!["clicks"]!.GetValue<int>());
    }

    private async Task<List<TableEntity>> RowsWithAsync(string prefix, string text)
    {
        var service = new TableServiceClient(azurite.ConnectionString);
        var found = new List<TableEntity>();
        await foreach (var table in service.QueryAsync())
        {
            if (!table.Name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            await foreach (var row in service.GetTableClient(table.Name).QueryAsync<TableEntity>())
            {
                if (row.Any(column => column.Value switch
                {
                    string value => value.Contains(text, StringComparison.Ordinal),
                    byte[] bytes => System.Text.Encoding.UTF8.GetString(bytes).Contains(text, StringComparison.Ordinal),
                    _ => false,
                }))
                    found.Add(row);
            }
        }
        return found;
    }

    private async Task<List<TableEntity>> TableRowsAsync(string prefix, string table, Func<TableEntity, bool> filter)
    {
        var rows = new List<TableEntity>();
        var service = new TableServiceClient(azurite.ConnectionString);
        if (!service.Query(item => item.Name == prefix + table).Any())
            return rows;
        await foreach (var row in service.GetTableClient(prefix + table).QueryAsync<TableEntity>())
        {
            if (filter(row))
                rows.Add(row);
        }
        return rows;
    }
}
