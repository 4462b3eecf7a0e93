using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
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
            new { id = "1", type = "order", occurredAt = Now, cancelled = true, refundedValue = (decimal?)2.5m, currency = "CNY" },
            new { id = "1", type = "order", occurredAt = Now, cancelled = true, refundedValue = (decimal?)null, currency = "CNY" },
            new { id = "1", type = "chat", occurredAt = Now, cancelled = false, refundedValue = (decimal?)null, currency = "CNY" }));
        // Also by a process that has not seen it, and when all of it is fed to the fold.
        var conversion = Assert.Single(await ConversionsAsync(app, "order"));
        Assert.Equal(("1", 5m, 2.5m, 2.5m, false), (conversion.Id, conversion.Value, conversion.RefundedValue, conversion.NetValue, conversion.IsCancelled));
        Assert.Single(await ConversionsAsync(app, "chat"));
        Assert.Empty(await ConversionsAsync(app, "signup"));
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

    [Theory]
    [InlineData("{}", "/events")]
    [InlineData("""{ "events": [] }""", "/events")]
    [InlineData("""{ "events": [ null ] }""", "/events")]
    [InlineData("""{ "events": [ { "id": "1", "kind": "order" } ] }""", "/events/0/kind")]
    [InlineData("""{ "events": [ { "id": "1", "occurredAt": "yesterday" } ] }""", "/events/0/occurredAt")]
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
        await Eventually(async () =>
        {
            var (accepted, duplicates, _) = await SendAsync(app, new { id = "order-1", type = "order", occurredAt = Now });
            Assert.Equal(1, accepted + duplicates);
        });
        Assert.Equal(["before", "order-1"], (await ConversionsAsync(app, "order")).Select(conversion => conversion.Id).Order());

        static async Task Eventually(Func<Task> holds)
        {
            for (var tries = 0; ; tries++)
            {
                try
                {
                    await holds();
                    return;
                }
                catch (Xunit.Sdk.XunitException) when (tries < 100)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
                }
            }
        }
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
        var rejected = answer["rejected"]!.AsArray();
        return (answer["accepted"]!.GetValue<int>(), answer["duplicates"]!.GetValue<int>(), rejected.Count == 0 ? "" : rejected.ToJsonString());
    }
}
