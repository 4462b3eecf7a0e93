using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

public class FunnelEndpointsTests(Azurite azurite)
{
    [Fact]
    public async Task Every_subjects_steps_equal_a_recount_of_the_feed_and_the_events()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:ReportedTags:0"] = "group" });
        var market = new Marketplace(app);
        var random = new Random(3);
        await market.FillAsync(random);
        var (feed, _) = await app.ReadFeedAsync();
        var codes = feed.Select(click => click["code"]!.GetValue<string>()).Distinct().ToList();
        string[] subjects =
        [
            "all", "channel:wechat", "channel:direct", "channel:nobody", "campaign:=开学季", "placement:hz-market", "placement:hz-market/*", "placement:hz-market/stall-1/*", "listing:item-1",
            "sharer:sharer-1", "sharer:nobody", "tag:group=g-1", .. codes.Select(code => $"link:{code}"), .. codes.Select(code => $"root:{code}"), "link:nothing",
        ];
        foreach (var subject in subjects)
        {
            var lookback = random.Next(1, 91);
            var (from, to) = (Marketplace.DayOf(market.Now).AddDays(-random.Next(1, 45)), Marketplace.DayOf(market.Now).AddDays(random.Next(2)));
            var answer = await app.GetJsonAsync($"/api/funnel?subject={Uri.EscapeDataString(subject)}&steps=click,open,chat,order&from={Marketplace.Text(from)}&to={Marketplace.Text(to)}&lookbackDays={lookback}");
            long Events(string type) => market.PathsOf(feed, type, from, to, lookback, isOwnListing: false)
                .Count(path => !path.Sale.IsCancelled && path.Touches.Any(touch => touch.Click is { } click && IsOn(click, subject)));
            var onSubject = World.Recount(feed.Where(click => IsOn(click, subject)), "all", "day", from, to, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
            long[] counts = [onSubject.Total["clicks"]!.GetValue<long>(), Events("open"), Events("chat"), Events("order")];
            var steps = answer["steps"]!.AsArray();
            Assert.Equal($"{subject} {string.Join(' ', counts)}", $"{subject} {string.Join(' ', steps.Select(step => step!["count"]))}");
            Assert.Equal((1, 1), (steps[0]!["ofPrevious"]!.GetValue<double>(), steps[0]!["ofFirst"]!.GetValue<double>()));
            for (var i = 1; i < counts.Length; i++)
            {
                AssertRatio(counts[i], counts[i - 1], steps[i]!["ofPrevious"]);
                AssertRatio(counts[i], counts[0], steps[i]!["ofFirst"]);
            }
        }

        static void AssertRatio(long count, long to, JsonNode? ratio)
        {
            if (to == 0)
                Assert.Null(ratio);
            else
                Assert.Equal((double)count / to, ratio!.GetValue<double>(), 1e-9);
        }

        static bool IsOn(JsonNode click, string subject)
        {
            string? Text(string field) => click[field]?.GetValue<string>();
            var (kind, key) = (subject.Split(':')[0], subject[(subject.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            return kind switch
            {
                "all" => true,
                "listing" => Text("listingId") == key,
                "link" => Text("code") == key,
                "root" => Text("root") == key,
                "sharer" => Text("sharerId") == key,
                "tag" => click["tags"]![key.Split('=')[0]]?.GetValue<string>() == key.Split('=')[1],
                "placement" when key.EndsWith("/*", StringComparison.Ordinal) => (Text("placement") + "/").StartsWith(key[..^1], StringComparison.Ordinal),
                _ => Text(kind) == key,
            };
        }
    }

    [Fact]
    public async Task A_funnel_opens_in_a_spreadsheet()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var market = new Marketplace(app);
        var link = await market.LinkAsync("wechat");
        for (var i = 0; i < 4; i++)
            await market.OpenAsync(link, market.Now.AddDays(-2), $"buyer-{i}");
        await market.ReportAsync(
            new Sale("open-1", "open", market.Now.AddDays(-1)) { User = "buyer-1" }, new Sale("open-2", "open", market.Now.AddDays(-1)) { User = "stranger" },
            new Sale("1", "order", market.Now) { User = "buyer-1" }, new Sale("2", "order", market.Now) { User = "stranger" });
        // An opening of the app leads to no subject, and so nowhere.
        Assert.Equal("step,count,ofPrevious,ofFirst\r\nclick,4,1,1\r\nopen,1,0.25,0.25\r\norder,1,1,0.25\r\n", await app.Client.GetStringAsync("/api/funnel?format=csv"));
        Assert.Equal("step,count,ofPrevious,ofFirst\r\norder,0,1,1\r\nchat,0,,\r\n", await app.Client.GetStringAsync("/api/funnel?subject=channel:qq&steps=order,chat&format=csv"));
        using var workbook = await app.Client.GetAsync("/api/funnel?format=xlsx");
        Assert.Equal("funnel.xlsx", workbook.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
    }

    [Fact]
    public async Task Nothing_clicked_is_a_funnel_of_zeros()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var answer = await app.GetJsonAsync("/api/funnel?from=2026-11-01&to=2026-11-04");
        Assert.Equal(
            """[{"step":"click","count":0,"ofPrevious":1,"ofFirst":1},{"step":"open","count":0,"ofPrevious":null,"ofFirst":null},{"step":"order","count":0,"ofPrevious":null,"ofFirst":null}]""",
            answer["steps"]!.ToJsonString());
        Assert.Equal("all 7", $"{answer["subject"]} {answer["lookbackDays"]}");
    }

    [Theory]
    [InlineData("?subject=everything", "subject")]
    [InlineData("?subject=tag:group=g-1", "subject")]
    [InlineData("?steps=click", "steps")]
    [InlineData("?steps=", "steps")]
    [InlineData("?steps=click,order,click", "steps")]
    [InlineData("?steps=click,Order", "steps")]
    [InlineData("?steps=click,,order", "steps")]
    [InlineData("?steps=a,b,c,d,e,f,g,h,i", "steps")]
    [InlineData("?from=yesterday", "from")]
    [InlineData("?to=2026-13-01", "to")]
    [InlineData("?lookbackDays=91", "lookbackDays")]
    [InlineData("?format=pdf", "format")]
    public async Task A_wrong_question_names_what_is_wrong(string question, string parameter)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.GetAsync("/api/funnel" + question);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("?" + parameter, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!.GetValue<string>());
    }
}
