using System.Text.Json.Nodes;
using ShareLinks.Clicks;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>A small marketplace: links of every kind, and random clicks on them over some days, late ones and flagged ones among them.</summary>
internal sealed class World
{
    private static readonly string?[] Apps = ["wechat", "wechat", "qq", "alipay", "chrome", "safari", null];
    private static readonly string?[] Systems = ["android", "ios", "windows", null];
    private static readonly string?[] Countries = ["CN", "CN", "CN", "HK", "US", null];

    private readonly Random random;
    private readonly List<LinkAttributes> links = [];
    private readonly List<PersonId> users = [];

    private World(Random random) => this.random = random;

    /// <summary>Codes of the links.</summary>
    public List<string> Codes { get; } = [];

    /// <summary>Every subject that can be asked for, and some that nobody clicked.</summary>
    public List<string> Subjects { get; } = ["all", "channel:wechat", "channel:qq", "channel:nobody", "campaign:spring", "campaign:=开学季", "placement:hz-market", "placement:hz-market/stall-1",
        "placement:hz-market/stall-1/shelf", "placement:hz-market/*", "placement:hz-market/stall-1/*", "listing:item-1", "listing:item-2", "listing:item-0",
        "sharer:user-1", "sharer:user-2", "sharer:user-nobody", "tag:group=g-1", "tag:group=g-2"];

    public static async Task<World> CreateAsync(TestApp app, int seed)
    {
        var world = new World(new Random(seed));
        string?[] placements = [null, null, "hz-market", "hz-market/stall-1", "hz-market/stall-1/shelf", "hz-market/stall-2", "sh-market"];
        var parents = new List<string>();
        for (var i = 0; i < 14; i++)
        {
            var code = await app.MintCodeAsync(new
            {
                listingId = $"item-{i % 4}",
                sharerId = i % 3 == 0 ? null : $"user-{i % 3}",
                channel = Pick(world.random, ["wechat", "qq", "poster", null]),
                campaign = Pick(world.random, ["spring", "=开学季", null]),
                placement = placements[i % placements.Length],
                parent = i < 4 ? null : Pick(world.random, [.. parents, null]),
                tags = i % 2 == 0 ? new Dictionary<string, string> { ["group"] = $"g-{i % 3}", ["note"] = "x" } : [],
            });
            parents.Add(code);
            world.Codes.Add(code);
            world.links.Add((await app.Get<LinkFinder>().FindAsync(code))!.Attributes);
        }
        world.Subjects.AddRange(world.Codes.Take(6).Select(code => $"link:{code}"));
        world.Subjects.AddRange(world.Codes.Take(4).Select(code => $"root:{code}"));
        for (var i = 0; i < 5; i++)
            world.users.Add(await app.Get<PersonTable>().GetOrAddAsync($"buyer-{i}"));
        return world;
    }

    /// <summary>A click between two moments.</summary>
    public Click Next(DateTimeOffset from, DateTimeOffset to)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds()));
        var link = Pick(random, links);
        // As it is after somebody changed it.
        if (random.Next(5) == 0)
            link = link with { Channel = "douyin", ListingId = "item-9" };
        var action = random.Next(12) switch { 0 => ClickAction.MissUnknown, 1 => ClickAction.MissExpired, 2 => ClickAction.MissRemoved, < 7 => ClickAction.Page, _ => ClickAction.Redirect };
        return new Click
        {
            Link = action == ClickAction.MissUnknown ? LinkAttributes.Unknown(link.Id) : link,
            At = at,
            ReceivedAt = at,
            Entry = (ClickEntry)random.Next(7),
            Action = action,
            App = Pick(random, Apps),
            Os = Pick(random, Systems),
            Country = Pick(random, Countries),
            IsBot = random.Next(8) == 0,
            IsPrefetch = random.Next(10) == 0,
            User = random.Next(3) == 0 ? Pick(random, users) : null,
            VisitorId = random.Next(2) == 0 ? (ulong)random.Next(1, 30) : null,
            Continues = random.Next(9) == 0 ? new ShareLinks.Codes.ClickId(1, 2, 3) : null,
            ForwardedFrom = random.Next(7) == 0 ? new ShareLinks.Codes.ClickId(1, 2, 4) : null,
            ScanId = random.Next(6) == 0 ? $"scan-number-{random.Next(40):D8}" : null,
        };
    }

    /// <summary>The totals and rows that a question must be answered by, from the feed alone, one click after the other.</summary>
    public static (JsonObject Total, Dictionary<string, long> Rows, Dictionary<string, long> Visitors) Recount(
        IEnumerable<JsonNode> feed, string subject, string by, DateOnly from, DateOnly to, TimeZoneInfo zone)
    {
        long clicks = 0, bots = 0, prefetches = 0, misses = 0;
        var rows = new Dictionary<string, long>();
        var people = new HashSet<(DateOnly, string)>();
        foreach (var click in feed)
        {
            var local = TimeZoneInfo.ConvertTime(click["at"]!.GetValue<DateTimeOffset>(), zone);
            var day = DateOnly.FromDateTime(local.DateTime);
            var isUnknown = Text(click, "action") == "miss_unknown";
            if (day < from || day >= to || !IsOf(click, subject, isUnknown))
                continue;
            if (click["isBot"]!.GetValue<bool>())
            {
                bots++;
                continue;
            }
            if (click["isPrefetch"]!.GetValue<bool>())
            {
                prefetches++;
                continue;
            }
            var isMiss = Text(click, "action")!.StartsWith("miss_", StringComparison.Ordinal);
            if (by == "action")
                Count(Text(click, "action"));
            if (isMiss)
            {
                misses++;
                continue;
            }
            clicks++;
            switch (by)
            {
                case "action":
                    break;
                case "day":
                    Count(day.ToString("yyyy-MM-dd", null));
                    break;
                case "hour":
                    Count(new DateTimeOffset(local.Year, local.Month, local.Day, local.Hour, 0, 0, local.Offset).ToString("yyyy-MM-ddTHH:mm:sszzz", null));
                    break;
                default:
                    Count(Text(click, by));
                    break;
            }
            if (Text(click, "continues") is null && (Text(click, "visitorId") ?? Text(click, "userId")) is { } visitor)
                people.Add((day, visitor));
        }
        return (
            new JsonObject { ["clicks"] = clicks, ["visitors"] = people.Count, ["bots"] = bots, ["prefetches"] = prefetches, ["misses"] = misses },
            rows, people.GroupBy(person => person.Item1).ToDictionary(group => group.Key.ToString("yyyy-MM-dd", null), group => (long)group.Count()));

        void Count(string? key) => rows[key ?? ""] = rows.GetValueOrDefault(key ?? "") + 1;

        bool IsOf(JsonNode click, string subject, bool isUnknown)
        {
            if (subject == "all")
                return true;
            if (isUnknown)
                return false;
            var (kind, key) = (subject.Split(':')[0], subject[(subject.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            return kind switch
            {
                "listing" => Text(click, "listingId") == key,
                "link" => Text(click, "code") == key,
                "root" => Text(click, "root") == key,
                "sharer" => Text(click, "sharerId") == key,
                "tag" => click["tags"]![key.Split('=')[0]]?.GetValue<string>() == key.Split('=')[1],
                "placement" when key.EndsWith("/*", StringComparison.Ordinal) => (Text(click, "placement") + "/").StartsWith(key[..^1], StringComparison.Ordinal),
                _ => Text(click, kind) == key,
            };
        }
    }

    private static string? Text(JsonNode click, string field) => click[field]?.GetValue<string>();

    private static T Pick<T>(Random random, IReadOnlyList<T> values) => values[random.Next(values.Count)];
}
