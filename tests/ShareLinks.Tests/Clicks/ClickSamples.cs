using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;

namespace ShareLinks.Tests.Clicks;

/// <summary>Makes clicks up: realistic ones, and ones with everything that a click may hold.</summary>
internal static class ClickSamples
{
    public static DateTimeOffset Start { get; } = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly string?[] Channels = ["wechat", "wechat", "wechat", "wechat_moments", "qq", "douyin", "weibo", "poster", null];
    private static readonly string?[] Campaigns = [null, null, null, "spring", "11.11", "开学季"];
    private static readonly string?[] Apps = ["wechat", "wechat", "wechat", "qq", "alipay", "douyin", "chrome", "safari", "quark", "xianyu"];
    private static readonly string[] Systems = ["android", "android", "ios", "harmonyos", "windows"];
    private static readonly string?[] Referrers = [null, null, null, "www.baidu.com", "m.weibo.cn", "www.google.com", "www.xiaohongshu.com"];
    private static readonly string[] Languages = ["zh-CN", "zh-CN", "zh-CN", "zh-TW", "en-US"];

    public static Click One(LinkAttributes? link = null, DateTimeOffset? at = null) => new()
    {
        Link = link ?? Link(1),
        At = at ?? Start,
        ReceivedAt = at ?? Start,
        Entry = ClickEntry.Code,
        Action = ClickAction.Redirect,
    };

    public static LinkAttributes Link(long id) => new(new LinkId(id), $"item-{id}", null, "wechat", null, null, LinkAttributes.NoTags, new LinkId(id));

    /// <summary>A marketplace's links: some sharers share more than others, a third of the links are shared on from another.</summary>
    public static LinkAttributes[] Links(Random random, int count)
    {
        var sharers = Enumerable.Range(0, count / 3 + 1).Select(_ => new PersonId((ulong)random.NextInt64())).ToArray();
        return [.. Enumerable.Range(0, count).Select(id => new LinkAttributes(
            new LinkId(id), $"item-{random.Next(100_000, 999_999)}", sharers[random.Next(sharers.Length)], Pick(random, Channels), Pick(random, Campaigns),
            random.Next(20) == 0 ? $"hz-market/stall-{random.Next(40)}" : null,
            random.Next(4) == 0 ? new Dictionary<string, string> { ["group"] = $"g-{random.Next(200)}" } : LinkAttributes.NoTags,
            new LinkId(random.Next(3) == 0 ? random.Next(id + 1) : id)))];
    }

    /// <summary>Links by how often they are opened: the n-th in proportion to 1/n.</summary>
    public static Func<LinkAttributes> Zipf(Random random, LinkAttributes[] links)
    {
        var sums = new double[links.Length];
        for (var i = 0; i < sums.Length; i++)
            sums[i] = (i > 0 ? sums[i - 1] : 0) + 1.0 / (i + 1);
        return () =>
        {
            var place = Array.BinarySearch(sums, random.NextDouble() * sums[^1]);
            return links[Math.Min(place < 0 ? ~place : place, links.Length - 1)];
        };
    }

    /// <summary>A busy minute: every click with its visitor's hash, a third with a user's or a cookie's 64-bit number.</summary>
    public static IEnumerable<Click> Realistic(Random random, Func<LinkAttributes> nextLink)
    {
        var at = Start;
        while (true)
        {
            at += TimeSpan.FromMilliseconds(random.Next(40));
            yield return One(nextLink(), at) with
            {
                App = Pick(random, Apps),
                Os = Pick(random, Systems),
                Device = random.Next(10) == 0 ? "desktop" : "phone",
                Country = random.Next(30) == 0 ? "HK" : "CN",
                Language = Pick(random, Languages),
                Referrer = Pick(random, Referrers),
                IsBot = random.Next(30) == 0,
                IsPrefetch = random.Next(60) == 0,
                VisitorHash = random.NextInt64(1, 1L << 48),
                User = random.Next(6) == 0 ? new PersonId((ulong)random.NextInt64()) : null,
                VisitorId = random.Next(6) == 0 ? (ulong)random.NextInt64() : null,
            };
        }
    }

    /// <summary>Clicks with any field at any value.</summary>
    public static IReadOnlyList<Click> Wild(Random random, int count)
    {
        var links = Enumerable.Range(0, random.Next(1, count + 1)).Select(_ => new LinkAttributes(
            new LinkId(random.NextInt64(LinkId.Max + 1)), Text(128), random.Next(2) == 0 ? new PersonId((ulong)random.NextInt64(long.MinValue, long.MaxValue)) : null, Text(32), Text(64), Text(128),
            Enumerable.Range(0, random.Next(9)).ToDictionary(i => $"tag{i}", _ => Text(64) ?? ""), new LinkId(random.NextInt64(LinkId.Max + 1)))).ToArray();
        return [.. Enumerable.Range(0, count).Select(_ => new Click
        {
            Link = links[random.Next(links.Length)],
            At = Time(),
            ReceivedAt = Time(),
            Entry = (ClickEntry)random.Next(7),
            Match = (ClickMatch)random.Next(2),
            Action = (ClickAction)random.Next(7),
            App = Text(64),
            Os = Text(64),
            Device = Text(64),
            Country = Text(2),
            Language = Text(35),
            Referrer = Text(100),
            ScanId = Text(64),
            IsBot = random.Next(2) == 0,
            IsPrefetch = random.Next(2) == 0,
            IsUserVerified = random.Next(2) == 0,
            VisitorHash = random.Next(2) == 0 ? 0 : random.NextInt64(1L << 48),
            User = random.Next(2) == 0 ? new PersonId((ulong)random.NextInt64(long.MinValue, long.MaxValue)) : null,
            VisitorId = random.Next(2) == 0 ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : null,
            Continues = random.Next(4) == 0 ? Id() : null,
            ForwardedFrom = random.Next(4) == 0 ? Id() : null,
        })];

        string? Text(int maxLength) => random.Next(3) == 0
            ? null
            : string.Concat(Enumerable.Range(0, random.Next(maxLength / 2 + 1)).Select(_ => char.ConvertFromUtf32(random.Next(3) switch { 0 => random.Next(0x20, 0x7f), 1 => random.Next(0x4e00, 0x9fff), _ => random.Next(0x1f300, 0x1f600) })));

        DateTimeOffset Time() => DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(-62135596800000, 253402300799999));

        ClickId Id() => new(random.NextInt64(ClickId.MaxStream + 1), random.Next(ClickId.MaxSequence + 1), random.Next(ClickId.MaxPlace + 1));
    }

    private static T Pick<T>(Random random, T[] values) => values[random.Next(values.Length)];
}
