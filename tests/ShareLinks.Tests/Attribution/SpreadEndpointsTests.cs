using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Rollups;
using ShareLinks.Tests.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

/// <summary>Share trees as they are answered, against a naive recount of the change feed and closed forms.</summary>
public class SpreadEndpointsTests(Azurite azurite)
{
    private const string Range = "from=2026-10-01&to=2026-12-01";

    private static readonly DateTimeOffset Start = new(2026, 10, 20, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Steps that are small, several to a batch and parts of one, and processes that do not wait for each other.</summary>
    private static Dictionary<string, string?> Settings(string zone) => new()
    {
        ["ShareLinks:ReportingTimeZone"] = zone,
        ["ShareLinks:Fold:StepClicks"] = "500",
        ["ShareLinks:Fold:Lease"] = "00:00:00.001",
    };

    [Theory]
    [InlineData("Asia/Shanghai", 1)]
    [InlineData("America/St_Johns", 2)]
    public async Task Every_figure_equals_a_recount_of_the_feed(string zone, int seed)
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, Settings(zone), prefix: prefix);
        await using var second = await TestApp.StartAsync(azurite, Settings(zone), prefix: prefix);
        var random = new Random(seed);
        // Two trees, so that one's links are not taken for the other's.
        var minted = new List<(string Code, string? Parent, string Root, string? Sharer)>();
        for (var i = 0; i < Scale.Of(200, 5); i++)
        {
            var parent = i < 2 ? default : minted[random.Next(Math.Max(0, i - 12), i)];
            var sharer = random.Next(4) == 0 ? null : $"user-{random.Next(12)}";
            var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = sharer, parent = i < 2 ? null : parent.Code });
            minted.Add((code, parent.Code, parent.Root ?? code, sharer));
        }
        var links = new List<LinkAttributes>();
        foreach (var link in minted)
            links.Add((await app.Get<LinkFinder>().FindAsync(link.Code))!.Attributes);
        for (var round = 0; round < Scale.Of(40, 8); round++)
        {
            await Task.WhenAll(new[] { app, second }.Select(one => AppendAsync(one, [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => NewClick(random, links))])));
            if (random.Next(3) > 0)
                await Task.WhenAll(new[] { app, second }.Where(_ => random.Next(2) == 0).Select(one => one.Client.GetStringAsync($"/api/links/{minted[0].Code}/spread")));
        }
        var (feed, _) = await app.ReadFeedAsync();
        var clock = TimeZoneInfo.FindSystemTimeZoneById(zone);
        foreach (var root in minted.Take(2))
        {
            var tree = minted.Where(link => link.Root == root.Code).ToList();
            foreach (var (from, to) in new[] { ("2026-10-19", "2026-11-10"), ("2026-10-24", "2026-10-25"), ("2026-10-30", "2026-11-03"), ("2026-01-01", "2026-02-01") })
            {
                // By any link of the tree.
                var answer = await second.GetJsonAsync($"/api/links/{tree[random.Next(tree.Count)].Code}/spread?from={from}&to={to}&limit=1000");
                var (first, end) = (DateOnly.Parse(from, CultureInfo.InvariantCulture), DateOnly.Parse(to, CultureInfo.InvariantCulture));
                var expected = SpreadRecount.Of(feed, root.Code, first, end, clock);
                Assert.Equal(SpreadRecount.Text(expected), SpreadRecount.Text(SpreadRecount.Of(answer)));
                Assert.Equal(
                    (root.Code, tree.Count, expected.Values.Sum(link => link.Clicks), expected.Values.Sum(link => link.Forwards)),
                    (Text(answer, "root"), answer["links"]!.GetValue<int>(), answer["clicks"]!.GetValue<long>(), answer["forwards"]!.GetValue<long>()));
                Assert.Equal(
                    tree.Select(link => (link.Code, link.Parent, link.Sharer)).OrderBy(link => link.Code, StringComparer.Ordinal),
                    answer["nodes"]!.AsArray().Select(node => (Code: Text(node!, "code")!, Text(node!, "parent"), Text(node!, "sharerId"))).OrderBy(link => link.Code, StringComparer.Ordinal));
                var (total, _, _) = World.Recount(feed, $"root:{root.Code}", "day", first, end, clock);
                Assert.Equal(
                    total["visitors"]!.GetValue<int>() + tree.Select(link => link.Sharer).OfType<string>().Distinct().Count(), answer["users"]!.GetValue<long>());
                var branches = tree.Where(link => link.Parent == root.Code).Select(top =>
                {
                    var branch = tree.Where(link => IsBelow(tree, link, top.Code)).ToList();
                    return (top.Code, top.Sharer, branch.Count, branch.Sum(link => expected.GetValueOrDefault(link.Code).Clicks));
                }).ToDictionary(branch => branch.Code);
                var answered = answer["branches"]!.AsArray().Select(branch => (Text(branch!, "code")!, Text(branch!, "sharerId"), branch!["links"]!.GetValue<int>(), branch["clicks"]!.GetValue<long>())).ToList();
                Assert.All(answered, branch => Assert.Equal(branches[branch.Item1], branch));
                Assert.Equal(branches.Values.Select(branch => branch.Item4).OrderDescending().Take(10), answered.Select(branch => branch.Item4));
            }
        }
    }

    [Theory]
    [InlineData("star", 10, 1, 1.8, 9)]
    [InlineData("chain", 10, 9, 11 / 3.0, 1)]
    // Distances between all pairs: OEIS A158681.
    [InlineData("binary", 15, 3, 2.0 * 368 / 15 / 14, 2)]
    public async Task Shapes_have_their_closed_forms(string shape, int links, int depth, double virality, double branchingFactor)
    {
        await using var app = await TestApp.StartAsync(azurite);
        var codes = new List<string>();
        for (var i = 0; i < links; i++)
        {
            var parent = i == 0 ? null : codes[shape switch { "star" => 0, "chain" => i - 1, _ => (i - 1) / 2 }];
            codes.Add(await app.MintCodeAsync(new { listingId = "item-1", sharerId = $"user-{i % 3}", parent }));
        }
        var answer = await app.GetJsonAsync($"/api/links/{codes[^1]}/spread");
        Assert.Equal((codes[0], links, depth), (Text(answer, "root"), answer["links"]!.GetValue<int>(), answer["depth"]!.GetValue<int>()));
        Assert.Equal((links - 1.0) / links, answer["branchingRatio"]!.GetValue<double>(), 1e-12);
        Assert.Equal(branchingFactor, answer["branchingFactor"]!.GetValue<double>(), 1e-12);
        Assert.Equal(virality, answer["structuralVirality"]!.GetValue<double>(), 1e-12);
        // Nobody came, so the three sharers are all the users.
        Assert.Equal((3, 0, 0.0), (answer["users"]!.GetValue<int>(), answer["conversions"]!.GetValue<int>(), answer["kFactor"]!.GetValue<double>()));
        Assert.Equal(Enumerable.Range(0, depth + 1), answer["nodes"]!.AsArray().Select(node => node!["depth"]!.GetValue<int>()).Distinct());
    }

    [Fact]
    public async Task A_click_is_in_the_answer_right_after_it_and_the_days_begin_with_the_root()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var root = await app.MintCodeAsync(new { listingId = "item-1", alias = "opening" });
        var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-7", parent = root });
        var today = ShareLinks.Reporting.ReportingZone.Find("Asia/Shanghai")!.DayOf(TimeProvider.System.GetUtcNow()).Date;
        for (var clicks = 1; clicks <= 5; clicks++)
        {
            await app.Client.GetAsync("/" + code);
            var answer = await app.GetJsonAsync("/api/links/opening/spread?limit=1");
            Assert.Equal((root, clicks, code), (Text(answer, "root"), answer["clicks"]!.GetValue<int>(), Text(answer["branches"]![0]!, "code")));
            Assert.Equal((today.ToString("O", CultureInfo.InvariantCulture), today.AddDays(1).ToString("O", CultureInfo.InvariantCulture)), (Text(answer, "from"), Text(answer, "to")));
            Assert.Equal(("order", "Asia/Shanghai"), (Text(answer, "event"), Text(answer, "timeZone")));
        }
        Assert.Equal("{}", (await app.GetJsonAsync("/api/links/opening/spread?event=chat"))["value"]!.ToJsonString());

        // A visit's address that reaches somebody else is a forward of its link.
        var at = TimeProvider.System.GetUtcNow();
        foreach (var one in new[] { root, root, code })
        {
            var link = (await app.Get<LinkFinder>().FindAsync(one))!.Attributes;
            await AppendAsync(app, [new Click { Link = link, At = at, ReceivedAt = at, Entry = ClickEntry.Code, Action = ClickAction.Page, ForwardedFrom = new ClickId(1, 2, 3) }]);
        }
        var forwarded = await app.GetJsonAsync($"/api/links/{code}/spread");
        Assert.Equal((8, 3), (forwarded["clicks"]!.GetValue<int>(), forwarded["forwards"]!.GetValue<int>()));
        Assert.Equal([(root, 2, 2), (code, 6, 1)], forwarded["nodes"]!.AsArray().Select(node => (Text(node!, "code")!, node!["clicks"]!.GetValue<int>(), node["forwards"]!.GetValue<int>())));

        // An order counts for the link of the last click before it.
        var clickId = Text((await app.ReadFeedAsync()).Clicks.Last(click => Text(click, "code") == code), "clickId");
        object[] events =
        [
            new { id = "order-1", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), clickId, value = 50, currency = "CNY" },
            new { id = "order-2", type = "order", occurredAt = TimeProvider.System.GetUtcNow(), value = 9, currency = "CNY" },
        ];
        using var orders = await app.Client.PostAsync("/api/events", TestApp.Json(new { events }));
        Assert.Equal(HttpStatusCode.OK, orders.StatusCode);
        var converted = await app.GetJsonAsync($"/api/links/{code}/spread");
        Assert.Equal((1, 50m), (converted["conversions"]!.GetValue<int>(), converted["value"]!["CNY"]!.GetValue<decimal>()));
        Assert.Equal([0, 1], converted["nodes"]!.AsArray().Select(node => node!["conversions"]!.GetValue<int>()));

        // Whoever was erased has no name any more.
        await app.Client.DeleteAsync("/api/people/user-7");
        Assert.Null((await app.GetJsonAsync($"/api/links/{code}/spread"))["nodes"]![1]!["sharerId"]);
    }

    [Fact]
    public async Task A_large_tree_costs_a_query_for_each_thousand_links_and_is_paged_from_memory()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var random = new Random(1);
        // Of more the emulator takes seconds for each transaction, since it looks through the root's whole partition for every row.
        var count = Scale.Of(20_000);
        var people = new List<PersonId>();
        for (var i = 0; i < 20; i++)
            people.Add(await app.Get<PersonTable>().GetOrAddAsync($"user-{i}"));
        var links = Enumerable.Range(0, count).Select(i => new Link
        {
            Attributes = new LinkAttributes(new LinkId(i), "item-1", people[random.Next(20)], null, null, null, LinkAttributes.NoTags, new LinkId(0)),
            Parent = i == 0 ? null : new LinkId(random.Next(Math.Max(0, i - 500), i)),
            CreatedAt = Start,
        }).ToArray();
        foreach (var some in links.Chunk(1000))
            await app.Get<LinkTable>().AddAsync(some);
        foreach (var some in Enumerable.Range(0, 4 * count).Chunk(10_000))
            await AppendAsync(app, [.. some.Select(_ => NewClick(random, [links[random.Next(count)].Attributes]))]);
        await app.Get<ClickFold>().FoldAsync();
        var code = app.Get<ShortCodes>().Encode(new LinkId(count - 1));
        await app.GetJsonAsync($"/api/links/{code}/spread?{Range}");

        app.Storage.Reset();
        var answer = await app.GetJsonAsync($"/api/links/{code}/spread?{Range}&limit=1000");
        // Whether anything is new, as for statistics; the tree's clicks; two rows for each of two months; whether there were orders; the links.
        var requests = string.Join('\n', app.Storage.Requests.GroupBy(request => request.Path).Select(group => $"{group.Count()} {group.Key}"));
        Assert.True(app.Storage.Count == 4 + 1 + 2 * 2 + 1 + count / 1000, requests);
        Assert.Equal(count, answer["links"]!.GetValue<int>());
        var (feed, _) = await app.ReadFeedAsync();
        var expected = SpreadRecount.Of(feed, Text(answer, "root")!, new DateOnly(2026, 10, 1), new DateOnly(2026, 12, 1), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
        Assert.Equal(expected.Values.Sum(link => link.Clicks), answer["clicks"]!.GetValue<long>());

        app.Storage.Reset();
        var pages = new List<JsonNode> { answer };
        while (Text(pages[^1], "next") is { } next)
            pages.Add(await app.GetJsonAsync($"/api/links/{code}/spread?{Range}&limit=1000&after={next}"));
        Assert.Equal(0, app.Storage.Count);
        Assert.Equal(count / 1000, pages.Count);
        var nodes = pages.SelectMany(page => page["nodes"]!.AsArray()).ToList();
        Assert.Equal(links.Select(link => app.Get<ShortCodes>().Encode(link.Id)).Order(StringComparer.Ordinal), nodes.Select(node => Text(node!, "code")!).Order(StringComparer.Ordinal));
        Assert.Equal(SpreadRecount.Text(expected), SpreadRecount.Text(pages.Select(SpreadRecount.Of).SelectMany(page => page).ToDictionary()));

        var csv = await app.Client.GetStringAsync($"/api/links/{code}/spread?{Range}&format=csv");
        var lines = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("code,parent,depth,sharerId,channel,clicks,forwards,conversions", lines[0].TrimStart('\ufeff'));
        Assert.Equal(
            nodes.Select(node => $"{node!["code"]},{node["parent"]},{node["depth"]},{node["sharerId"]},{node["channel"]},{node["clicks"]},{node["forwards"]},{node["conversions"]}"), lines[1..]);
    }

    [Fact]
    public async Task Pages_have_each_link_once_though_others_are_shared_on_meanwhile()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var random = new Random(3);
        var codes = new List<string> { await app.MintCodeAsync(new { listingId = "item-1" }) };
        for (var i = 0; i < 40; i++)
            codes.Add(await app.MintCodeAsync(new { listingId = "item-1", parent = codes[random.Next(codes.Count)] }));
        var before = codes.ToList();
        var seen = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            // Another process, which knows nothing of the pages before.
            await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
            var page = await other.GetJsonAsync($"/api/links/{codes[0]}/spread?limit=7&after={cursor}");
            Assert.InRange(page["nodes"]!.AsArray().Count, 1, 7);
            seen.AddRange(page["nodes"]!.AsArray().Select(node => Text(node!, "code")!));
            cursor = Text(page, "next");
            codes.Add(await app.MintCodeAsync(new { listingId = "item-1", parent = codes[random.Next(codes.Count)] }));
        }
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(before.Order(StringComparer.Ordinal), seen.Intersect(before).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_wrong_question_names_what_is_wrong()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "item-1" });
        var stranger = await app.MintCodeAsync(new { listingId = "item-1" });
        foreach (var (query, parameter) in new[]
        {
            ("event=Order!", "event"), ("event=", "event"), ("from=yesterday", "from"), ("to=2026-13-01", "to"), ("from=2026-11-02&to=2026-11-02", "from"),
            ("from=2024-11-02&to=2026-11-02", "from"), ("limit=0", "limit"), ("limit=1001", "limit"), ("after=nothing", "after"), ($"after={stranger}", "after"), ("format=pdf", "format"),
        })
        {
            using var response = await app.Client.GetAsync($"/api/links/{code}/spread?{query}");
            Assert.Equal($"{query} {HttpStatusCode.BadRequest}", $"{query} {response.StatusCode}");
            Assert.Equal("?" + parameter, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!.GetValue<string>());
        }
        // Before the root there was nothing, and asking is no fault.
        Assert.Equal("2026-01-31", Text(await app.GetJsonAsync($"/api/links/{code}/spread?to=2026-02-01"), "from"));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/links/nobody/spread")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/api/links/{app.Get<ShortCodes>().Encode(new LinkId(12345))}/spread")).StatusCode);
    }

    private static bool IsBelow(List<(string Code, string? Parent, string Root, string? Sharer)> tree, (string Code, string? Parent, string Root, string? Sharer) link, string top)
    {
        while (link.Code != top && link.Parent is { } parent)
            link = tree.Single(other => other.Code == parent);
        return link.Code == top;
    }

    private static Click NewClick(Random random, List<LinkAttributes> links)
    {
        var at = Start.AddSeconds(random.Next(18 * 86_400));
        var link = links[random.Next(links.Count)];
        var action = random.Next(12) switch { 0 => ClickAction.MissExpired, 1 => ClickAction.MissUnknown, < 7 => ClickAction.Page, _ => ClickAction.Redirect };
        return new Click
        {
            // Sometimes as it is after somebody changed it.
            Link = action == ClickAction.MissUnknown ? LinkAttributes.Unknown(link.Id) : random.Next(5) == 0 ? link with { Channel = "douyin" } : link,
            At = at,
            ReceivedAt = at,
            Entry = ClickEntry.Code,
            Action = action,
            IsBot = random.Next(8) == 0,
            IsPrefetch = random.Next(10) == 0,
            VisitorId = random.Next(3) == 0 ? (ulong)random.Next(1, 30) : null,
            ForwardedFrom = random.Next(4) == 0 ? new ClickId(1, 2, 3) : null,
        };
    }

    private static async Task AppendAsync(TestApp app, IReadOnlyList<Click> clicks) =>
        await Task.WhenAll(clicks.Select(click => app.Get<ClickLog>().AppendAsync(click).AsTask()));

    private static string? Text(JsonNode node, string field) => node[field]?.GetValue<string>();
}
