using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using MiniExcelLibs;
using ShareLinks.Attribution;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

public class AttributionEndpointsTests(Azurite azurite)
{
    private static readonly string[] Dimensions = ["channel", "campaign", "placement", "listing", "link", "sharer", "app", "entry", "tag:group", "tag:nobody"];

    /// <summary>The example of docs/attribution.md with its two further journeys, worked by hand there: credits of both orders, and of the first's 1000 CNY.</summary>
    [Theory]
    [InlineData("first_touch", 2.0, 0.0, 0.0, 1000.0)]
    [InlineData("last_touch", 1.0, 0.0, 1.0, 0.0)]
    [InlineData("last_non_direct", 2.0, 0.0, 0.0, 1000.0)]
    [InlineData("linear", 1.5, 0.25, 0.25, 500.0)]
    [InlineData("time_decay", 20 / 15.0, 2 / 15.0, 8 / 15.0, 5000 / 15.0)]
    [InlineData("position_based", 1.5, 0.1, 0.4, 500.0)]
    [InlineData("shapley", 4 / 3.0, 1 / 3.0, 1 / 3.0, 1000 / 3.0)]
    [InlineData("markov", 12 / 11.0, 4 / 11.0, 6 / 11.0, 6000 / 11.0)]
    public async Task The_example_is_answered_as_worked_by_hand(string model, double wechat, double xiaohongshu, double direct, double wechatValue)
    {
        await using var app = await TestApp.StartAsync(azurite);
        await ExampleAsync(app);
        var answer = await app.GetJsonAsync($"/api/attribution?model={model}&lookbackDays=30");
        Assert.Equal(("order", "channel", model, "any", 2, 0), (
            answer["event"]!.GetValue<string>(), answer["by"]!.GetValue<string>(), answer["model"]!.GetValue<string>(), answer["match"]!.GetValue<string>(),
            answer["conversions"]!.GetValue<int>(), answer["unattributed"]!.GetValue<int>()));
        Assert.Equal("""{"CNY":1000,"USD":10}""", answer["value"]!.ToJsonString());
        Assert.Equal("{}", answer["unattributedValue"]!.ToJsonString());
        var rows = RowsOf(answer);
        Assert.Equal(wechat, rows["wechat"].Conversions, 1e-9);
        Assert.Equal(wechat / 2, rows["wechat"].Share, 1e-9);
        Assert.Equal(xiaohongshu, rows.GetValueOrDefault("xiaohongshu").Conversions, 1e-9);
        Assert.Equal(direct, rows.GetValueOrDefault("direct").Conversions, 1e-9);
        Assert.Equal(wechatValue, (double)rows["wechat"].Value.GetValueOrDefault("CNY"), 1e-9);
        Assert.Equal(model is "markov" or "shapley", answer["notes"]!.ToJsonString().Contains("not prove cause", StringComparison.Ordinal));
        Assert.NotNull(answer["completeThrough"]);
    }

    [Fact]
    public async Task Look_back_and_half_life_are_the_questions()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await ExampleAsync(app);
        // Seven days to the millisecond are within seven days.
        Assert.Equal(1.5, RowsOf(await app.GetJsonAsync("/api/attribution?model=linear"))["wechat"].Conversions);
        Assert.Equal(1, RowsOf(await app.GetJsonAsync("/api/attribution?lookbackDays=6"))["direct"].Conversions);
        var decayed = RowsOf(await app.GetJsonAsync("/api/attribution?model=time_decay&halfLifeDays=3.5&lookbackDays=90"));
        Assert.Equal(17 / 85.0 + 1, decayed["wechat"].Conversions, 1e-9);
        Assert.Equal(4 / 85.0, decayed["xiaohongshu"].Conversions, 1e-9);
        Assert.Equal(64 / 85.0, decayed["direct"].Conversions, 1e-9);
        Assert.Equal(64 / 85.0 * 1000, (double)decayed["direct"].Value["CNY"], 1e-6);
    }

    [Fact]
    public async Task Every_model_by_every_dimension_equals_a_recount_of_the_feed_and_the_events()
    {
        for (var seed = 0; seed < Scale.Of(5, 5); seed++)
        {
            await using var app = await TestApp.StartAsync(azurite);
            var market = new Marketplace(app);
            var random = new Random(seed);
            await market.FillAsync(random);
            var (feed, _) = await app.ReadFeedAsync();
            foreach (var by in Dimensions)
            {
                foreach (var model in AttributionModels.All)
                {
                    var (lookback, halfLife, isOwnListing) = (random.Next(1, 91), random.Next(1, 91), random.Next(3) == 0);
                    var from = Marketplace.DayOf(market.Now).AddDays(-random.Next(1, 45));
                    var to = random.Next(2) == 0 ? Marketplace.DayOf(market.Now).AddDays(1) : from.AddDays(random.Next(1, 30));
                    var type = random.Next(6) switch { 0 => "open", 1 => "chat", _ => "order" };
                    var paths = market.PathsOf(feed, type, from, to, lookback, isOwnListing).ToList();
                    var question = $"event={type}&by={by}&model={model.Name()}&from={Marketplace.Text(from)}&to={Marketplace.Text(to)}&lookbackDays={lookback}&halfLifeDays={halfLife}&match={(isOwnListing ? "listing" : "any")}";
                    AssertRecount(await app.GetJsonAsync("/api/attribution?" + question), model, by, paths, TimeSpan.FromDays(halfLife), question);
                }
            }
        }
    }

    [Fact]
    public async Task Only_the_conversions_own_listing_may_be_asked_for()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        await market.OpenAsync(await market.LinkAsync("wechat", "item-1"), market.Now.AddDays(-2), "buyer-1");
        await market.OpenAsync(await market.LinkAsync("qq", "item-2"), market.Now.AddDays(-1), "buyer-1");
        await market.ReportAsync(
            new Sale("open-1", "open", market.Now.AddHours(-1)) { User = "buyer-1" },
            new Sale("1", "order", market.Now) { User = "buyer-1", ListingId = "item-1" },
            new Sale("2", "order", market.Now) { User = "buyer-1" },
            new Sale("3", "order", market.Now) { User = "buyer-1", ListingId = "item-9" });
        Assert.Equal("""[{"key":"qq","kind":"value","conversions":3,"value":{},"share":1}]""", (await app.GetJsonAsync("/api/attribution"))["rows"]!.ToJsonString());
        Assert.Equal(3, RowsOf(await app.GetJsonAsync("/api/attribution?model=last_touch"))["direct"].Conversions);
        var own = await app.GetJsonAsync("/api/attribution?match=listing&model=last_touch");
        Assert.Equal("""[{"key":"wechat","kind":"value","conversions":1,"value":{},"share":1}]""", own["rows"]!.ToJsonString());
        Assert.Equal((3, 2), (own["conversions"]!.GetValue<int>(), own["unattributed"]!.GetValue<int>()));
    }

    [Fact]
    public async Task What_was_taken_back_does_not_count_and_what_was_paid_back_is_worth_less()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        await market.OpenAsync(await market.LinkAsync("wechat"), market.Now.AddDays(-1), "buyer-1");
        await market.ReportAsync(
            new Sale("1", "order", market.Now) { User = "buyer-1", Value = 100, Currency = "CNY" },
            new Sale("2", "order", market.Now) { User = "buyer-1", Value = 50, Currency = "CNY", Refunded = 20 },
            new Sale("3", "order", market.Now) { User = "buyer-1", Value = 7, Currency = "USD", IsCancelled = true },
            new Sale("4", "order", market.Now) { User = "stranger", Value = 5.5m, Currency = "EUR", Refunded = 5.5m },
            new Sale("5", "order", market.Now) { User = "stranger", Value = 0.0001m, Currency = "CNY" },
            new Sale("6", "order", market.Now) { User = "buyer-1" });
        var answer = await app.GetJsonAsync("/api/attribution?model=linear");
        Assert.Equal("""{"CNY":130.0001,"EUR":0}""", answer["value"]!.ToJsonString());
        Assert.Equal("""{"CNY":0.0001,"EUR":0}""", answer["unattributedValue"]!.ToJsonString());
        Assert.Equal((5, 2), (answer["conversions"]!.GetValue<int>(), answer["unattributed"]!.GetValue<int>()));
        Assert.Equal("""[{"key":"wechat","kind":"value","conversions":3,"value":{"CNY":130},"share":1}]""", answer["rows"]!.ToJsonString());
    }

    [Fact]
    public async Task Keys_beyond_the_limit_are_one_row_and_tables_add_up()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        foreach (var (campaign, buyer) in new[] { ("=11", "buyer-1"), ("=11", "buyer-2"), ("b", "buyer-3"), ("(other)", "buyer-4"), (null, "buyer-5") })
            await market.OpenAsync(await market.LinkAsync("wechat", campaign: campaign), market.Now.AddDays(-1), buyer);
        await market.ReportAsync([.. Enumerable.Range(1, 6).Select(i => new Sale($"{i}", "order", market.Now) { User = $"buyer-{i}", Value = i, Currency = i % 2 == 0 ? "CNY" : "USD" })]);
        // A campaign that is called so is one, and not the rest.
        Assert.Equal(
            """[{"key":"=11","kind":"value","conversions":2,"value":{"CNY":2,"USD":1},"share":0.4},{"key":"(other)","kind":"other","conversions":3,"value":{"CNY":4,"USD":8},"share":0.6}]""",
            (await app.GetJsonAsync("/api/attribution?by=campaign&limit=1"))["rows"]!.ToJsonString());
        Assert.Equal(
            "key,conversions,share,CNY,USD,kind\r\n\"'=11\",2,0.4,2,1,value\r\n,1,0.2,0,5,none\r\n(other),1,0.2,4,0,value\r\nb,1,0.2,0,3,value\r\n(unattributed),1,,6,0,unattributed\r\n",
            await app.Client.GetStringAsync("/api/attribution?by=campaign&format=csv"));
        using var workbook = await app.Client.GetAsync("/api/attribution?by=campaign&format=xlsx");
        Assert.Equal("attribution.xlsx", workbook.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        await using var archive = new ZipArchive(await workbook.Content.ReadAsStreamAsync());
        Assert.Contains(archive.Entries, entry => entry.FullName.EndsWith("sheet1.xml", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sharers_who_were_erased_are_one_key_and_not_that_of_links_that_nobody_shared()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        foreach (var (sharer, buyer) in new[] { ("user-1", "buyer-1"), ("user-2", "buyer-2"), ("user-3", "buyer-3"), (null, "buyer-4") })
            await market.OpenAsync(await market.LinkAsync("wechat", sharerId: sharer), market.Now.AddDays(-1), buyer);
        await market.ReportAsync([.. Enumerable.Range(1, 4).Select(i => new Sale($"{i}", "order", market.Now) { User = $"buyer-{i}" })]);
        foreach (var sharer in new[] { "user-1", "user-2" })
            (await app.Client.DeleteAsync($"/api/people/{sharer}")).EnsureSuccessStatusCode();
        var answer = await app.GetJsonAsync("/api/attribution?by=sharer&model=shapley");
        Assert.Equal(
            """[{"key":"(erased)","kind":"erased","conversions":2,"value":{},"share":0.5},{"key":null,"kind":"none","conversions":1,"value":{},"share":0.25},{"key":"user-3","kind":"value","conversions":1,"value":{},"share":0.25}]""",
            answer["rows"]!.ToJsonString());
        Assert.Contains(answer["notes"]!.AsArray(), note => note!.GetValue<string>().Contains("(erased)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Values_that_are_called_like_reserved_keys_stay_apart_from_them_in_every_format()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        string?[] names = ["(other)", "(erased)", "(none)", "(unattributed)", "direct", "gone", null];
        foreach (var (i, name) in names.Index())
            await market.OpenAsync(await market.LinkAsync("wechat", sharerId: name, campaign: name), market.Now.AddDays(-1), $"buyer-{i}");
        await market.ReportAsync([.. names.Select((_, i) => new Sale($"{i}", "order", market.Now) { User = $"buyer-{i}" }), new Sale("none", "order", market.Now) { User = "nobody" }]);
        (await app.Client.DeleteAsync("/api/people/gone")).EnsureSuccessStatusCode();

        string[] sharers = [" none", "(erased) erased", "(erased) value", "(none) value", "(other) value", "(unattributed) value", "direct value"];
        foreach (var model in AttributionModels.All)
            Assert.Equal(sharers, RowsAs((await app.GetJsonAsync($"/api/attribution?by=sharer&model={model.Name()}"))["rows"]!));
        Assert.Equal([.. sharers.Append("(unattributed) unattributed").Order(StringComparer.Ordinal)], await TableAsync("/api/attribution?by=sharer&format=csv"));
        Assert.Equal([.. sharers.Append("(unattributed) unattributed").Order(StringComparer.Ordinal)], await TableAsync("/api/attribution?by=sharer&format=xlsx"));
        // The rest and the campaign that is called so are two rows.
        var few = (await app.GetJsonAsync("/api/attribution?by=campaign&limit=4&model=linear"))["rows"]!;
        Assert.Equal([" none", "(erased) value", "(none) value", "(other) other", "(other) value"], RowsAs(few));
        Assert.Equal(3, few.AsArray()[^1]!["conversions"]!.GetValue<double>());

        string[] campaigns = [" none", "(erased) value", "(none) value", "(other) value", "(unattributed) value", "direct value", "gone value"];
        Assert.Equal(campaigns, RowsAs((await app.GetJsonAsync("/api/stats?subject=all&by=campaign"))["rows"]!));
        Assert.Equal(campaigns, await TableAsync("/api/stats?subject=all&by=campaign&format=csv"));
        Assert.Equal(campaigns, await TableAsync("/api/stats?subject=all&by=campaign&format=xlsx"));
        var touch = (await app.GetJsonAsync("/api/attribution/events/order/5?by=sharer"))["touches"]![0]!;
        Assert.Equal(("(erased)", "erased"), (touch["key"]!.GetValue<string>(), touch["kind"]!.GetValue<string>()));

        static IEnumerable<string> RowsAs(JsonNode rows) => rows.AsArray().Select(row => $"{row!["key"]} {row["kind"]}").Order(StringComparer.Ordinal);

        async Task<IEnumerable<string>> TableAsync(string address)
        {
            using var file = new MemoryStream(await app.Client.GetByteArrayAsync(address));
            var rows = file.Query(useHeaderRow: true, excelType: address.EndsWith("csv", StringComparison.Ordinal) ? ExcelType.CSV : ExcelType.XLSX).Cast<IDictionary<string, object?>>();
            return [.. rows.Select(row => $"{row.Values.First()} {row["kind"]}").Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task Nothing_reported_is_an_answer_of_zeros()
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var model in AttributionModels.All)
        {
            var answer = await app.GetJsonAsync($"/api/attribution?model={model.Name()}&event=sign_up&from=2026-11-01&to=2026-11-04");
            Assert.Equal("0 {} 0 {} []", $"{answer["conversions"]} {answer["value"]!.ToJsonString()} {answer["unattributed"]} {answer["unattributedValue"]!.ToJsonString()} {answer["rows"]!.ToJsonString()}");
            Assert.Equal(("sign_up", "2026-11-01", "2026-11-04", "Asia/Shanghai"), (
                answer["event"]!.GetValue<string>(), answer["from"]!.GetValue<string>(), answer["to"]!.GetValue<string>(), answer["timeZone"]!.GetValue<string>()));
        }
        Assert.Equal("key,conversions,share,kind\r\n(unattributed),0,,unattributed\r\n", await app.Client.GetStringAsync("/api/attribution?format=csv"));
    }

    [Theory]
    [InlineData("?event=Order", "event")]
    [InlineData("?event=", "event")]
    [InlineData("?by=colour", "by")]
    [InlineData("?by=tag:", "by")]
    [InlineData("?by=tag:Group", "by")]
    [InlineData("?model=last", "model")]
    [InlineData("?from=1.11.2026", "from")]
    [InlineData("?to=tomorrow", "to")]
    [InlineData("?from=2026-11-02&to=2026-11-02", "from")]
    [InlineData("?lookbackDays=0", "lookbackDays")]
    [InlineData("?lookbackDays=91", "lookbackDays")]
    [InlineData("?lookbackDays=7.5", "lookbackDays")]
    [InlineData("?halfLifeDays=0", "halfLifeDays")]
    [InlineData("?halfLifeDays=0.00000000000001", "halfLifeDays")]
    [InlineData("?halfLifeDays=90.1", "halfLifeDays")]
    [InlineData("?halfLifeDays=NaN", "halfLifeDays")]
    [InlineData("?halfLifeDays=1e1", "halfLifeDays")]
    [InlineData("?match=all", "match")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=10001", "limit")]
    [InlineData("?format=pdf", "format")]
    [InlineData("/events/order/1?by=colour", "by")]
    [InlineData("/events/order/1?lookbackDays=0", "lookbackDays")]
    [InlineData("/events/order/1?halfLifeDays=x", "halfLifeDays")]
    [InlineData("/events/order/1?match=", "match")]
    public async Task A_wrong_question_names_what_is_wrong(string question, string parameter)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.GetAsync("/api/attribution" + question);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("?" + parameter, problem["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    /// <summary>The example: two orders of 1000 CNY and 10 USD, and one that was taken back.</summary>
    private static async Task ExampleAsync(TestApp app)
    {
        var market = new Marketplace(app);
        var (wechat, xiaohongshu) = (await market.LinkAsync("wechat"), await market.LinkAsync("xiaohongshu"));
        await market.OpenAsync(wechat, market.Now.AddDays(-21), "buyer-1");
        await market.OpenAsync(xiaohongshu, market.Now.AddDays(-14), "buyer-1");
        await market.OpenAsync(wechat, market.Now.AddDays(-7), "buyer-1");
        await market.OpenAsync(wechat, market.Now.AddDays(-3), "buyer-2");
        await market.OpenAsync(xiaohongshu, market.Now.AddDays(-3), "buyer-3");
        await market.ReportAsync(
            new Sale("open-1", "open", market.Now) { User = "buyer-1" },
            new Sale("1", "order", market.Now) { User = "buyer-1", Value = 1000, Currency = "CNY" },
            new Sale("2", "order", market.Now) { User = "buyer-2", Value = 10, Currency = "USD" },
            new Sale("3", "order", market.Now) { User = "buyer-3", Value = 99, Currency = "CNY", IsCancelled = true });
    }

    private static void AssertRecount(JsonNode answer, AttributionModel model, string by, List<(Sale Sale, IReadOnlyList<Opening> Touches)> all, TimeSpan halfLife, string question)
    {
        var counted = all.Where(path => !path.Sale.IsCancelled).Select(path => (path.Sale, Path: PathOf(path.Sale, path.Touches, by))).ToList();
        var touched = counted.Where(path => path.Path.Touches.Count > 0).ToList();
        var unconverted = all.Where(path => path.Sale.IsCancelled && path.Touches.Count > 0).Select(path => (path.Touches.Select(touch => touch.KeyBy(by)).ToArray(), 1)).ToList();
        var credits = SlowModels.Credits(model, [.. counted.Select(path => path.Path)], unconverted, halfLife);
        var rows = RowsOf(answer);

        Assert.Equal((question, counted.Count, counted.Count - touched.Count), (question, answer["conversions"]!.GetValue<int>(), answer["unattributed"]!.GetValue<int>()));
        Assert.All(credits, credit => Assert.True(Math.Abs(credit.Value - rows.GetValueOrDefault(credit.Key).Conversions) < 1e-8, $"{question}: {credit}, not {rows.GetValueOrDefault(credit.Key).Conversions}"));
        Assert.Empty(rows.Keys.Except(credits.Keys));
        Assert.Equal(counted.Count, rows.Values.Sum(row => row.Conversions) + counted.Count - touched.Count, 1e-7);
        foreach (var currency in counted.Select(path => path.Sale.Currency).OfType<string>().Distinct())
        {
            var sales = counted.Where(path => path.Sale.Currency == currency).ToList();
            Assert.Equal(sales.Sum(path => path.Sale.NetValue), answer["value"]![currency]!.GetValue<decimal>());
            Assert.Equal(sales.Where(path => path.Path.Touches.Count == 0).Sum(path => path.Sale.NetValue), answer["unattributedValue"]![currency]?.GetValue<decimal>() ?? 0);
            foreach (var key in rows.Keys)
            {
                // Each conversion alone, but where all are divided together.
                var expected = model == AttributionModel.Markov
                    ? credits[key] / touched.Count * (double)sales.Where(path => path.Path.Touches.Count > 0).Sum(path => path.Sale.NetValue)
                    : sales.Sum(path => SlowModels.Credits(model, [path.Path], [], halfLife).GetValueOrDefault(key) * (double)path.Sale.NetValue);
                Assert.True(Math.Abs(expected - (double)rows[key].Value.GetValueOrDefault(currency)) < 1e-6, $"{question}: {key} {currency} {expected}, not {rows[key].Value.GetValueOrDefault(currency)}");
            }
        }
    }

    private static ConversionPath PathOf(Sale sale, IReadOnlyList<Opening> touches, string by) => new(sale.At.ToUnixTimeMilliseconds(), touches.Select(touch => touch.ToTouch(by)));

    private static Dictionary<string, (double Conversions, double Share, Dictionary<string, decimal> Value)> RowsOf(JsonNode answer) => answer["rows"]!.AsArray().ToDictionary(
        row => row!["key"]?.GetValue<string>() ?? "",
        row => (row!["conversions"]!.GetValue<double>(), row["share"]!.GetValue<double>(), row["value"]!.AsObject().ToDictionary(value => value.Key, value => value.Value!.GetValue<decimal>())));
}
