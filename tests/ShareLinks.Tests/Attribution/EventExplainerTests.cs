using System.Net;
using System.Text.Json.Nodes;
using MiniExcelLibs;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

public class EventExplainerTests(Azurite azurite)
{
    private const ulong Cookie = 42;

    private static readonly string[] Models = ["first_touch", "last_touch", "last_non_direct", "linear", "time_decay", "position_based", "shapley"];

    [Fact]
    public async Task The_example_is_explained_as_worked_by_hand()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        var (wechat, xiaohongshu) = (await market.LinkAsync("wechat", sharerId: "user-7", campaign: "spring"), await market.LinkAsync("xiaohongshu", "item-2"));
        var first = await market.OpenAsync(wechat, market.Now.AddDays(-21), "buyer-1", click => click with { App = "wechat", Entry = ClickEntry.Qr });
        await market.OpenAsync(xiaohongshu, market.Now.AddDays(-14), "buyer-1");
        await market.OpenAsync(wechat, market.Now.AddDays(-7), "buyer-1");
        await market.ReportAsync(
            new Sale("open-1", "open", market.Now) { User = "buyer-1" },
            new Sale("订单 1", "order", market.Now) { User = "buyer-1", ListingId = "item-1", Value = 1000, Currency = "CNY", Refunded = 100 });

        var answer = await app.GetJsonAsync($"/api/attribution/events/order/{Uri.EscapeDataString("订单 1")}?lookbackDays=30");
        Assert.Equal(
            $$"""{"type":"order","id":"订单 1","occurredAt":"{{ShareLinks.Http.JsonDefaults.Format(market.Now)}}","listingId":"item-1","value":1000,"currency":"CNY","refundedValue":100,"cancelled":false,"by":"channel","lookbackDays":30,"halfLifeDays":7,"match":"any","leftOut":[]}""",
            Without(answer, "touches", "notes", "completeThrough"));
        var touches = answer["touches"]!.AsArray();
        Assert.Equal(["wechat", "xiaohongshu", "wechat", "direct"], touches.Select(touch => touch!["key"]!.GetValue<string>()));
        Assert.Equal(
            $$"""{"clickId":"{{app.Get<ClickIdCodes>().Encode(first)}}","at":"{{ShareLinks.Http.JsonDefaults.Format(market.Now.AddDays(-21))}}","code":"{{market.CodeOf(wechat)}}","listingId":"item-1","sharerId":"user-7","channel":"wechat","campaign":"spring","placement":null,"tags":{},"app":"wechat","entry":"qr","isDirect":false,"key":"wechat","kind":"value"}""",
            Without(touches[0]!, "weights"));
        Assert.Equal("""{"clickId":null,"code":null,"channel":null,"isDirect":true,"key":"direct","kind":"direct"}""", Without(touches[3]!, "at", "listingId", "sharerId", "campaign", "placement", "tags", "app", "entry", "weights"));
        AssertWeights(touches, "first_touch", 1, 0, 0, 0);
        AssertWeights(touches, "last_touch", 0, 0, 0, 1);
        AssertWeights(touches, "last_non_direct", 0, 0, 1, 0);
        AssertWeights(touches, "linear", 0.25, 0.25, 0.25, 0.25);
        AssertWeights(touches, "time_decay", 1 / 15.0, 2 / 15.0, 4 / 15.0, 8 / 15.0);
        AssertWeights(touches, "position_based", 0.4, 0.1, 0.1, 0.4);
        AssertWeights(touches, "shapley", 1 / 6.0, 1 / 3.0, 1 / 6.0, 1 / 3.0);
        Assert.Equal(Models, touches[0]!["weights"]!.AsObject().Select(weight => weight.Key));
        Assert.Contains(answer["notes"]!.AsArray(), note => note!.GetValue<string>().StartsWith("Markov has no weights", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("csv", "text/csv; charset=utf-8")]
    [InlineData("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    public async Task An_explanation_opens_in_a_spreadsheet(string format, string contentType)
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        await market.OpenAsync(await market.LinkAsync("wechat", campaign: "(other)"), market.Now.AddDays(-1), "buyer-1");
        await market.OpenAsync(await market.LinkAsync("qq", campaign: "=1+1"), market.Now.AddDays(-2), "buyer-1");
        await market.OpenAsync(await market.LinkAsync("qq"), market.Now.AddDays(-30), "buyer-1");
        await market.ReportAsync(new Sale("1", "order", market.Now) { User = "buyer-1" });
        using var response = await app.Client.GetAsync($"/api/attribution/events/order/1?by=campaign&format={format}");
        Assert.Equal(contentType, response.Content.Headers.ContentType!.ToString());
        Assert.Equal($"event.{format}", response.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        using var file = new MemoryStream(await response.Content.ReadAsByteArrayAsync());
        var rows = file.Query(useHeaderRow: true, excelType: format == "csv" ? ExcelType.CSV : ExcelType.XLSX).Cast<IDictionary<string, object?>>().ToList();
        Assert.Equal(
            [$"qq {(format == "csv" ? "'" : "")}=1+1 value 0.5 ", "wechat (other) value 0.5 ", "qq  none  before_lookback"],
            rows.Select(row => $"{row["channel"]} {row["key"]} {row["kind"]} {row["linear"]} {row["reason"]}"));
        Assert.Equal(["at (Asia/Shanghai)", "clickId", .. Models, "reason", "kind"], rows[0].Keys.Take(2).Concat(rows[0].Keys.SkipWhile(name => name != Models[0])));
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync("/api/attribution/events/order/1?format=pdf")).StatusCode);
    }

    [Fact]
    public async Task Weights_times_the_value_add_up_to_what_the_answer_for_all_says()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        await market.FillAsync(new Random(7));
        // Of types of their own, each event is all there is on the days that are asked about.
        var asked = market.Sales.Where(sale => sale.Type == "order" && sale.User?.StartsWith("buyer-", StringComparison.Ordinal) == true).Take(Scale.Of(40))
            .Select((sale, i) => sale with { Id = $"alone-{i}", Type = $"alone_{i}", Value = 12_345.67m, Currency = "CNY", IsCancelled = false, Refunded = 0.67m }).ToList();
        await market.ReportAsync(asked);
        foreach (var (place, sale) in asked.Index())
        {
            foreach (var by in new[] { "channel", "link", "sharer" })
            {
                var question = $"by={by}&lookbackDays={10 + place}&halfLifeDays=3&match={(place % 3 == 0 ? "listing" : "any")}";
                var explained = (await app.GetJsonAsync($"/api/attribution/events/{sale.Type}/{sale.Id}?{question}"))["touches"]!.AsArray();
                foreach (var model in Models)
                {
                    var day = Marketplace.DayOf(sale.At);
                    var answer = await app.GetJsonAsync($"/api/attribution?event={sale.Type}&model={model}&{question}&from={Marketplace.Text(day)}&to={Marketplace.Text(day.AddDays(1))}");
                    var sums = explained.GroupBy(touch => touch!["key"]?.GetValue<string>() ?? "").ToDictionary(key => key.Key, key => key.Sum(touch => touch!["weights"]![model]!.GetValue<double>()));
                    var rows = answer["rows"]!.AsArray().ToDictionary(row => row!["key"]?.GetValue<string>() ?? "");
                    Assert.Equal(explained.Count == 0 ? 1 : 0, answer["unattributed"]!.GetValue<int>());
                    Assert.All(sums, sum =>
                    {
                        Assert.Equal(sum.Value, rows.GetValueOrDefault(sum.Key)?["conversions"]!.GetValue<double>() ?? 0, 1e-9);
                        Assert.Equal(sum.Value * 12_345, rows.GetValueOrDefault(sum.Key)?["value"]!["CNY"]!.GetValue<double>() ?? 0, 1e-6);
                    });
                    Assert.Empty(rows.Keys.Except(sums.Keys));
                }
            }
        }
    }

    [Fact]
    public async Task Touches_that_do_not_count_are_shown_with_the_reason()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        var at = market.Now.AddDays(-2);
        var (link, elsewhere) = (await market.LinkAsync("wechat"), await market.LinkAsync("qq", "item-2"));
        var visitor = Base62.Encode(Cookie, Base62.LengthOf64Bits);
        await market.OpenAsync(link, at.AddDays(-100), "buyer");
        await market.OpenAsync(link, at.AddDays(-10), "buyer");
        await market.OpenAsync(link, at.AddDays(-3), with: click => click with { VisitorId = Cookie });
        await market.OpenAsync(link, at.AddDays(-2), "buyer", click => click with { IsUserVerified = false });
        await market.OpenAsync(elsewhere, at.AddDays(-1.5), "buyer");
        var visit = await market.OpenAsync(link, at.AddDays(-1), "buyer");
        await market.OpenAsync(link, at.AddDays(-1).AddMinutes(5), "buyer", click => click with { Continues = visit });
        for (var hours = 1; hours <= 21; hours++)
            await market.OpenAsync(link, at.AddHours(hours), "buyer");
        await market.ReportAsync(
            new Sale("chat-1", "chat", at.AddDays(-2.5)) { User = "somebody", Visitor = visitor },
            new Sale("chat-2", "chat", at.AddDays(-2.4)) { User = "buyer", Visitor = visitor },
            new Sale("1", "order", at) { User = "buyer", ListingId = "item-1", Value = 8, Currency = "CNY" });

        var answer = await app.GetJsonAsync("/api/attribution/events/order/1?match=listing");
        Assert.Equal([app.Get<ClickIdCodes>().Encode(visit)], answer["touches"]!.AsArray().Select(touch => touch!["clickId"]!.GetValue<string>()));
        Assert.Equal(
            [(-2400, "before_lookback"), (-240, "before_lookback"), (-72, "other_user"), (-48, "claimed_user"), (-36, "other_listing"), (-23, "same_visit"),
                .. Enumerable.Range(1, 20).Select(hours => (hours, "after_event"))],
            answer["leftOut"]!.AsArray().Select(touch => ((int)(touch!["at"]!.GetValue<DateTimeOffset>() - at).TotalHours, touch["reason"]!.GetValue<string>())));
        Assert.All(answer["leftOut"]!.AsArray(), touch => Assert.False(touch!.AsObject().ContainsKey("weights")));
        Assert.Contains(answer["notes"]!.AsArray(), note => note!.GetValue<string>().Contains("20 earliest", StringComparison.Ordinal));
        Assert.Equal(2, (await app.GetJsonAsync("/api/attribution/events/order/1"))["touches"]!.AsArray().Count);
        Assert.Equal(3, (await app.GetJsonAsync("/api/attribution/events/order/1?lookbackDays=90"))["touches"]!.AsArray().Count);

        // Once the event itself is gone, its person is not known any more; and nobody's journey is looked at for one who was erased.
        (await app.Client.DeleteAsync("/api/people/buyer")).EnsureSuccessStatusCode();
        await AssertUnknownAsync("erased");
        var position = (await app.Get<EventTable>().FindAsync("order", "1", CancellationToken.None))!.Position!.Value;
        await app.Get<BlockTable>().DeleteAsync(position.Stream, CancellationToken.None);
        await AssertUnknownAsync("past retention");

        async Task AssertUnknownAsync(string reason)
        {
            var later = await app.GetJsonAsync("/api/attribution/events/order/1?match=listing");
            Assert.Equal([app.Get<ClickIdCodes>().Encode(visit)], later["touches"]!.AsArray().Select(touch => touch!["clickId"]!.GetValue<string>()));
            Assert.Equal(["before_lookback", "other_listing"], later["leftOut"]!.AsArray().Select(touch => touch!["reason"]!.GetValue<string>()));
            Assert.Contains(later["notes"]!.AsArray(), note => note!.GetValue<string>().Contains(reason, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Openings_beyond_fifty_are_too_many()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        await market.ReportAsync([
            .. Enumerable.Range(0, 51).Select(i => new Sale($"open-{i}", "open", market.Now.AddHours(-i - 1)) { User = "buyer" }), new Sale("1", "order", market.Now) { User = "buyer" }]);
        var answer = await app.GetJsonAsync("/api/attribution/events/order/1");
        Assert.Equal(50, answer["touches"]!.AsArray().Count);
        Assert.Equal("too_many", Assert.Single(answer["leftOut"]!.AsArray())!["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_event_that_was_taken_back_is_explained_and_says_so()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        var click = await market.OpenAsync(await market.LinkAsync("wechat"), market.Now.AddDays(-1));
        await market.ReportAsync(new Sale("1", "order", market.Now) { Click = app.Get<ClickIdCodes>().Encode(click), IsCancelled = true });
        var answer = await app.GetJsonAsync("/api/attribution/events/order/1");
        Assert.True(answer["cancelled"]!.GetValue<bool>());
        Assert.Equal(1, Assert.Single(answer["touches"]!.AsArray())!["weights"]!["linear"]!.GetValue<double>());
        Assert.Contains(answer["notes"]!.AsArray(), note => note!.GetValue<string>().Contains("cancelled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_never_reported_is_not_found()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        await market.ReportAsync(new Sale("1", "order", market.Now) { User = "buyer" });
        (await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { id = "2", type = "order", occurredAt = market.Now, cancelled = true } } }))).EnsureSuccessStatusCode();
        foreach (var (path, expected) in new[]
        {
            ("order/1", HttpStatusCode.OK), ("order/2", HttpStatusCode.NotFound), ("order/3", HttpStatusCode.NotFound), ("chat/1", HttpStatusCode.NotFound), ("Order/1", HttpStatusCode.NotFound),
            ($"{new string('a', 33)}/1", HttpStatusCode.NotFound), ($"order/{new string('1', 500)}", HttpStatusCode.NotFound),
        })
        {
            using var response = await app.Client.GetAsync($"/api/attribution/events/{path}");
            Assert.Equal((path, expected), (path, response.StatusCode));
        }
    }

    private static string Without(JsonNode node, params string[] fields)
    {
        var copy = node.DeepClone().AsObject();
        foreach (var field in fields)
            Assert.True(copy.Remove(field), field);
        return copy.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private static void AssertWeights(JsonArray touches, string model, params double[] expected)
    {
        Assert.Equal(expected.Length, touches.Count);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], touches[i]!["weights"]![model]!.GetValue<double>(), 1e-12);
    }
}
