using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.Rollups;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Events;

/// <summary>Events are taken one by one, and each counts once for ever.</summary>
public class EventEndpointsTests(Azurite azurite)
{
    /// <summary>When these tests began, which may be many minutes ago.</summary>
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task An_event_counts_once_for_type_id_and_cancellation()
    {
        await using var app = await TestApp.StartAsync(azurite);
        Assert.Equal((1, 0, ""), await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, value = 5, currency = "CNY" }));
        Assert.Equal((0, 1, ""), await SendAsync(app, new { id = "1", type = "order", occurredAt = Now.AddDays(-1), value = 9, currency = "CNY" }));
        Assert.Equal((2, 1, ""), await SendAsync(app,
            new { id = "1", type = "order", occurredAt = Now, cancelled = true },
            new { id = "1", type = "order", occurredAt = Now.AddDays(-2), cancelled = true },
            new { id = "1", type = "chat", occurredAt = Now, cancelled = false }));
        Assert.Equal((0, 1, ""), await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, cancelled = true }));
        // Also by a process that has not seen it, and when all of it is fed to the fold.
        var conversion = Assert.Single(await ConversionsAsync(app, "order"));
        Assert.Equal(("1", 5m, 5m, true), (conversion.Id, conversion.Value, conversion.NetValue, conversion.IsCancelled));
        Assert.Single(await ConversionsAsync(app, "chat"));
        Assert.Empty(await ConversionsAsync(app, "signup"));
    }

    [Fact]
    public async Task Refunds_add_up_each_once_and_a_cancellation_takes_the_rest()
    {
        await using var app = await TestApp.StartAsync(azurite);
        Assert.Equal((1, 0, ""), await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, value = 100, refundedValue = 5, currency = "CNY" }));
        Assert.Equal((3, 0, ""), await SendAsync(app, Refund("1", null, 10), Refund("1", "a", 20), Refund("1", "b", 30)));
        // Sent again, they are the same.
        Assert.Equal((0, 3, ""), await SendAsync(app, Refund("1", "b", 30), Refund("1", "a", 20), Refund("1", null, 10)));
        Assert.Equal((0, 0, "/events/0/refundId /events/1/refundId"), await SendAsync(app, Refund("1", null, 11), Refund("1", "a", 21)));
        Assert.Equal((0, 0, "/events/0/refundedValue"), await SendAsync(app, Refund("1", "c", 35.5m)));
        var (net, isCancelled) = await OnlyAsync(app);
        Assert.Equal((35m, false), (net, isCancelled));
        Assert.Equal((1, 1, ""), await SendAsync(app, Refund("1", "c", 35), Refund("1", "c", 35)));
        Assert.Equal((0m, false), await OnlyAsync(app));
        Assert.Equal((1, 0, ""), await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, cancelled = true }));
        Assert.Equal((0m, true), await OnlyAsync(app));

        // What was refused is in no answer of a process that counts all of it anew either.
        await app.Get<FoldGenerations>().RebuildAsync((_, _) => { }, CancellationToken.None);
        var conversion = Assert.Single(await ConversionsAsync(app, "order"));
        Assert.Equal([null, "a", "b", "c"], conversion.Refunds.Select(refund => refund.Id));
        Assert.Equal((100m, true), (conversion.RefundedValue, conversion.IsCancelled));

        static async Task<(decimal, bool)> OnlyAsync(TestApp app)
        {
            var conversion = Assert.Single(await ConversionsAsync(app, "order"));
            return (conversion.NetValue, conversion.IsCancelled);
        }
    }

    [Fact]
    public async Task A_refund_that_cannot_count_is_refused_by_name_and_leaves_nothing()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, value = 100, currency = "CNY" }, new { id = "2", type = "order", occurredAt = Now });
        object[] bad =
        [
            Refund("1", "usd", 5, "USD"), Refund("1", "much", 100.01m), Refund("2", null, 1),
            new { id = "1", type = "order", occurredAt = Now, refundId = "a" }, new { id = "1", type = "order", occurredAt = Now, refundId = "a", cancelled = true },
            new { id = "1", type = "order", occurredAt = Now, refundId = "a/b", cancelled = true, refundedValue = 1, currency = "CNY" },
        ];
        Assert.Equal(
            (0, 0, "/events/0/currency /events/1/refundedValue /events/2/refundedValue /events/3/refundId /events/4/refundId /events/5/refundId"), await SendAsync(app, bad));
        // Two of one id and another amount in one request: the first stands.
        Assert.Equal((1, 1, "/events/2/refundId"), await SendAsync(app, Refund("1", "a", 1), Refund("1", "a", 1), Refund("1", "a", 2)));
        Assert.Equal([99m, 0m], (await ConversionsAsync(app, "order")).OrderBy(conversion => conversion.Id, StringComparer.Ordinal).Select(conversion => conversion.NetValue));
    }

    [Fact]
    public async Task An_amount_is_never_taken_from_one_of_another_currency()
    {
        await using var app = await TestApp.StartAsync(azurite);
        // The refunds come first, when nobody knows the order's currency.
        Assert.Equal((2, 0, ""), await SendAsync(app, Refund("1", "a", 5, "JPY"), Refund("1", "b", 2, "KWD")));
        Assert.Equal((1, 0, ""), await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, value = 12.345m, currency = "KWD" }));
        Assert.Equal((0, 0, "/events/0/currency"), await SendAsync(app, Refund("1", "c", 5, "JPY")));
        Assert.Equal((0, 1, ""), await SendAsync(app, Refund("1", "a", 5, "JPY")));
        var conversion = Assert.Single(await ConversionsAsync(app, "order"));
        Assert.Equal((10.345m, 2m, "JPY"), (conversion.NetValue, conversion.RefundedValue, Assert.Single(conversion.OtherCurrencies).Currency));
        // Who asks about the order is told what does not count.
        var notes = (await app.GetJsonAsync("/api/attribution/events/order/1"))["notes"]!.AsArray().Select(note => note!.GetValue<string>());
        Assert.Contains("A refund of 5 JPY does not lower the value, which is in KWD.", notes);
    }

    [Fact]
    public async Task An_event_takes_a_hundred_refunds()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, value = 1000, currency = "CNY" });
        var ids = Enumerable.Range(0, 101).Select(i => new string('ü', 60) + i).ToArray();
        Assert.Equal((100, 0, "/events/0/refundId"), Add(
            await SendAsync(app, [.. ids.Take(100).Select(id => Refund("1", id, 1))]), await SendAsync(app, Refund("1", ids[100], 1))));
        Assert.Equal((0, 100, ""), await SendAsync(app, [.. ids.Take(100).Select(id => Refund("1", id, 1))]));
        Assert.Equal(900m, Assert.Single(await ConversionsAsync(app, "order")).NetValue);

        static (int, int, string) Add((int, int, string) one, (int, int, string) other) => (one.Item1 + other.Item1, one.Item2 + other.Item2, one.Item3 + other.Item3);
    }

    [Fact]
    public async Task Refunds_sent_at_once_by_many_never_pass_the_value()
    {
        var prefix = azurite.NewPrefix();
        await using var one = await TestApp.StartAsync(azurite, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        await SendAsync(one, new { id = "1", type = "order", occurredAt = Now, value = 100, currency = "CNY" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => SendAsync(i % 2 == 0 ? one : other, Refund("1", $"r-{i}", 15))));
        Assert.Equal(6, answers.Sum(answer => answer.Accepted));
        Assert.Equal(6, answers.Count(answer => answer.Rejected == "/events/0/refundedValue"));
        Assert.Equal(10m, Assert.Single(await ConversionsAsync(other, "order")).NetValue);
    }

    [Fact]
    public async Task A_row_from_before_refunds_had_ids_is_read_as_it_was_meant()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, value = 100, currency = "CNY" }, Refund("1", null, 10));
        var events = app.Get<StorageAccount>().Table("events");
        var row = Assert.Single(await events.QueryAsync("order-" + TableKey.Bucket("1")[1]).ToListAsync());
        var old = new Azure.Data.Tables.TableEntity(row.PartitionKey, row.RowKey) { ["Refunded"] = "10", ["CancelStream"] = 1L, ["CancelSequence"] = 2, ["CancelPlace"] = 3 };
        foreach (var column in new[] { "Stream", "Sequence", "Place", "At" })
            old[column] = row[column];
        await events.PutAsync(old);
        // The refund is the one without an id; the value is not known any more, so nothing is refused for it.
        Assert.Equal((1, 1, "/events/1/refundId"), await SendAsync(app, Refund("1", null, 10), Refund("1", null, 11), Refund("1", "b", 5)));
        Assert.Equal((1, 0, ""), await SendAsync(app, new { id = "1", type = "order", occurredAt = Now, cancelled = true }));
        var counted = await app.Get<EventTable>().FindAsync("order", "1", CancellationToken.None);
        Assert.Equal([(null, 10m), ("b", 5m)], counted!.Refunds.Select(refund => (refund.Id, refund.Amount)));
        Assert.NotNull(counted.Cancellation);
        Assert.NotEqual(1L, counted.Cancellation!.Value.Stream);
    }

    [Fact]
    public async Task A_bad_event_is_told_of_and_hinders_no_other()
    {
        await using var app = await TestApp.StartAsync(azurite);
        object[] bad =
        [
            new { type = "order", occurredAt = Now },
            new { id = "a/b", type = "order", occurredAt = Now },
            new { id = "x", occurredAt = Now },
            new { id = "x", type = "Order", occurredAt = Now },
            new { id = "x", type = "order" },
            new { id = "x", type = "order", occurredAt = Now.AddDays(-91) },
            new { id = "x", type = "order", occurredAt = Now.AddDays(1) },
            new { id = "x", type = "order", occurredAt = Now, clickId = "0123456789012345678901" },
            new { id = "x", type = "order", occurredAt = Now, visitorId = "short" },
            new { id = "x", type = "order", occurredAt = Now, userId = "" },
            new { id = "x", type = "order", occurredAt = Now, listingId = "a/b" },
            new { id = "x", type = "order", occurredAt = Now, value = -1, currency = "CNY" },
            new { id = "x", type = "order", occurredAt = Now, value = 1.00001m, currency = "CNY" },
            new { id = "x", type = "order", occurredAt = Now, value = 1 },
            new { id = "x", type = "order", occurredAt = Now, value = 1, currency = "yuan" },
            new { id = "x", type = "order", occurredAt = Now, value = 1, refundedValue = 2, currency = "CNY" },
        ];
        string[] pointers = ["id", "id", "type", "type", "occurredAt", "occurredAt", "occurredAt", "clickId", "visitorId", "userId", "listingId", "value", "value", "currency", "currency", "refundedValue"];
        object[] good = [.. Enumerable.Range(0, bad.Length).Select(i => new { id = $"good-{i}", type = "order", occurredAt = Now })];
        var answer = await PostAsync(app, bad.Zip(good).SelectMany(pair => new[] { pair.First, pair.Second }));
        Assert.Equal(good.Length, answer["accepted"]!.GetValue<int>());
        Assert.Equal(
            pointers.Select((pointer, i) => $"{2 * i} 400 /events/{2 * i}/{pointer}"),
            answer["rejected"]!.AsArray().Select(rejected => $"{rejected!["index"]} {rejected["problem"]!["status"]} {Assert.Single(rejected["problem"]!["errors"]!.AsArray())!["pointer"]}"));
        Assert.Equal(good.Length, (await ConversionsAsync(app, "order")).Count);
    }

    [Fact]
    public async Task An_event_of_a_wrong_type_is_told_of_and_hinders_no_other()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var at = Now.ToString("O");
        var body = $$"""
            {"events":[{"id":"1","type":"order","occurredAt":"{{at}}"},{"id":2,"type":"order","occurredAt":"{{at}}"},null,{"id":"3","kind":"order"},
            {"id":"4","type":"order","occurredAt":"yesterday"},{"id":"5","type":"order","occurredAt":"{{at}}","cancelled":null},{"id":"6","type":"order","occurredAt":"{{at}}"}]}
            """;
        using var response = await app.Client.PostAsync("/api/events", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        var answer = JsonNode.Parse(text)!;
        Assert.Equal(2, answer["accepted"]!.GetValue<int>());
        Assert.Equal(
            ["1 /events/1/id", "2 /events/2", "3 /events/3/kind", "4 /events/4/occurredAt", "5 /events/5/cancelled"],
            answer["rejected"]!.AsArray().Select(rejected => $"{rejected!["index"]} {rejected["problem"]!["errors"]![0]!["pointer"]}"));
        Assert.Equal(["1", "6"], (await ConversionsAsync(app, "order")).Select(conversion => conversion.Id).Order());
    }

    [Theory]
    [InlineData("{}", "/events")]
    [InlineData("""{ "events": [] }""", "/events")]
    [InlineData("""{ "events": [], "kind": "order" }""", "/kind")]
    public async Task A_body_of_another_form_is_refused_whole(string body, string pointer)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.PostAsync("/api/events", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(pointer, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_key_of_an_app_may_not_report()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var made = await app.Client.PostAsync("/api/keys", TestApp.Json(new { name = "app", scopes = new[] { "resolve", "scan", "mint", "query" } }));
        app.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", JsonNode.Parse(await made.Content.ReadAsStringAsync())!["key"]!.GetValue<string>());
        using var response = await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { id = "1", type = "order", occurredAt = Now } } }));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Of_sixteen_copies_sent_at_once_one_counts()
    {
        var prefix = azurite.NewPrefix();
        await using var one = await TestApp.StartAsync(azurite, prefix: prefix);
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        var rounds = Scale.Of(100);
        for (var round = 0; round < rounds; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => SendAsync(i % 2 == 0 ? one : other,
                new { id = $"order-{round}", type = "order", occurredAt = Now.AddSeconds(-i), cancelled = false },
                new { id = $"order-{round}", type = "order", occurredAt = Now.AddSeconds(-i), cancelled = true })));
            Assert.Equal((2, 30), (answers.Sum(answer => answer.Accepted), answers.Sum(answer => answer.Duplicates)));
        }
        await Task.WhenAll(one.Get<ClickFold>().FoldAsync(), other.Get<ClickFold>().FoldAsync());
        var conversions = await ConversionsAsync(one, "order");
        Assert.Equal(rounds, conversions.Count);
        Assert.All(conversions, conversion => Assert.True(conversion.IsCancelled));
    }

    [Fact]
    public async Task An_event_costs_at_most_four_transactions()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var codes = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            using var opened = await app.Client.GetAsync("/" + await app.MintCodeAsync(new { listingId = $"item-{i}", channel = "wechat" }));
            codes.Add(opened.Headers.Location!.Query.Split("clickId=")[1]);
        }
        // The first events of a deployment make its tables.
        await SendAsync(app, new { id = "first", type = "order", occurredAt = Now, userId = "buyer-0" });
        await app.Get<ClickFold>().FoldAsync();
        var batches = Scale.Of(50);
        var (reported, counted) = (0, 0);
        for (var batch = 0; batch < batches; batch++)
        {
            app.Storage.Reset();
            var answer = await SendAsync(app, [.. Enumerable.Range(0, 100).Select(i => (object)new
            {
                id = $"order-{batch}-{i}",
                type = "order",
                occurredAt = Now.AddMinutes(-i),
                // Every other has never been heard of.
                userId = i % 2 == 0 ? $"buyer-{i}" : $"buyer-{batch}-{i}",
                clickId = i % 4 == 0 ? codes[i % codes.Count] : null,
                value = 10,
                currency = "CNY",
            })]);
            Assert.Equal((100, 0, ""), answer);
            reported += app.Storage.Count;
            app.Storage.Reset();
            await app.Get<ClickFold>().FoldAsync();
            counted += app.Storage.Count;
        }
        TestContext.Current.SendDiagnosticMessage($"transactions an event: {reported / 100.0 / batches:0.00} to report, {counted / 100.0 / batches:0.00} to count");
        Assert.InRange((reported + counted) / 100.0 / batches, 0.1, 4);
    }

    [Fact]
    public async Task While_storage_is_away_an_event_is_to_be_sent_again_and_counts_once()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(
            azurite, new() { ["ShareLinks:Clicks:CommitDeadline"] = "00:00:00.300" },
            services => services.AddSingleton(new StorageAccount(new StorageOptions { ConnectionString = proxy.ConnectionString, TablePrefix = prefix })), prefix);
        await SendAsync(app, new { id = "before", type = "order", occurredAt = Now });
        proxy.Before = request => request.Path.StartsWith(prefix + "blocks", StringComparison.Ordinal) ? Fault.Cut : Fault.None;
        var answer = await PostAsync(app, [new { id = "order-1", type = "order", occurredAt = Now }, new { id = "order-2", type = "order", occurredAt = Now, userId = "" }]);
        Assert.Equal(["503", "400"], answer["rejected"]!.AsArray().Select(rejected => rejected!["problem"]!["status"]!.ToString()));
        proxy.Before = _ => Fault.None;
        // The first copy is written as well, once storage is back; it does not matter which of the two counts.
        await Wait.UntilAsync(async () => await SendAsync(app, new { id = "order-1", type = "order", occurredAt = Now }) is var (accepted, duplicates, _) && accepted + duplicates == 1);
        Assert.Equal(["before", "order-1"], (await ConversionsAsync(app, "order")).Select(conversion => conversion.Id).Order());
    }

    internal static async Task<IReadOnlyList<Conversion>> ConversionsAsync(TestApp app, string type)
    {
        var state = await app.Get<ClickFold>().FoldAsync();
        return await app.Get<PathTable>().ReadAsync(state.Generation, type, Now.AddDays(-365), Now.AddDays(365), CancellationToken.None).Select(path => path.Conversion).ToListAsync();
    }

    internal static async Task<JsonNode> PostAsync(TestApp app, IEnumerable<object> events)
    {
        using var response = await app.Client.PostAsync("/api/events", TestApp.Json(new { events }));
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonNode.Parse(body)!;
    }

    private static async Task<(int Accepted, int Duplicates, string Rejected)> SendAsync(TestApp app, params object[] events)
    {
        var answer = await PostAsync(app, events);
        var rejected = answer["rejected"]!.AsArray().Select(one => one!["problem"]!["errors"]?[0]!["pointer"]!.GetValue<string>() ?? one["problem"]!.ToJsonString());
        return (answer["accepted"]!.GetValue<int>(), answer["duplicates"]!.GetValue<int>(), string.Join(' ', rejected));
    }

    private static object Refund(string id, string? refundId, decimal refundedValue, string currency = "CNY") =>
        new { id, type = "order", occurredAt = Now, cancelled = true, refundId, refundedValue, currency };
}
