using System.Globalization;
using System.Text.Json.Nodes;
using ShareLinks.Attribution;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Attribution;

/// <summary>Links, openings of them and events of the last weeks; and what answers must be, from the change feed and the events alone.</summary>
internal sealed class Marketplace(TestApp app)
{
    /// <summary>A whole millisecond, a day ago: events may not be in the future.</summary>
    public DateTimeOffset Now { get; } = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddDays(-1).ToUnixTimeMilliseconds());

    public List<Sale> Sales { get; } = [];

    public async Task<LinkAttributes> LinkAsync(string? channel = null, string? listingId = "item-1", string? sharerId = null, string? campaign = null) =>
        await AttributesAsync(await app.MintCodeAsync(new { listingId, channel, sharerId, campaign }));

    public async Task<LinkAttributes> AttributesAsync(string code) => (await app.Get<LinkFinder>().FindAsync(code))!.Attributes;

    public string CodeOf(LinkAttributes link) => app.Get<ShortCodes>().Encode(link.Id);

    /// <summary>Somebody opens a link.</summary>
    public async Task<ClickId> OpenAsync(LinkAttributes link, DateTimeOffset at, string? user = null, Func<Click, Click>? with = null)
    {
        PersonId? person = user is null ? null : await app.Get<PersonTable>().GetOrAddAsync(user);
        var click = new Click { Link = link, At = at, ReceivedAt = at, Entry = ClickEntry.Code, Action = ClickAction.Redirect, User = person, IsUserVerified = user is not null };
        return (await app.Get<ClickLog>().AppendAsync(with is null ? click : with(click))).Id!.Value;
    }

    /// <summary>The marketplace reports events, with whatever was taken or paid back of them after them.</summary>
    public async Task ReportAsync(params IReadOnlyList<Sale> sales)
    {
        Sales.AddRange(sales);
        var events = sales.Select(sale => (object)new
        {
            id = sale.Id,
            type = sale.Type,
            occurredAt = sale.At,
            userId = sale.User,
            visitorId = sale.Visitor,
            clickId = sale.Click,
            listingId = sale.ListingId,
            value = sale.Value,
            currency = sale.Currency,
        }).ToList();
        events.AddRange(sales.Where(sale => sale.IsCancelled || sale.Refunded is not null).Select(sale => new
        {
            id = sale.Id,
            type = sale.Type,
            occurredAt = sale.At,
            cancelled = true,
            refundedValue = sale.IsCancelled ? null : sale.Refunded,
            currency = sale.IsCancelled ? null : sale.Currency,
        }));
        using var response = await app.Client.PostAsync("/api/events", TestApp.Json(new { events }));
        Assert.Equal($$"""{"accepted":{{events.Count}},"duplicates":0,"rejected":[]}""", await response.Content.ReadAsStringAsync());
    }

    /// <summary>Fills it at random: users with and without openings, events of three types, some taken back, some paid back in part.</summary>
    public async Task FillAsync(Random random)
    {
        var links = new List<LinkAttributes>();
        for (var i = 0; i < 9; i++)
        {
            links.Add(await AttributesAsync(await app.MintCodeAsync(new
            {
                listingId = $"item-{i % 3}",
                sharerId = i % 4 == 0 ? null : $"sharer-{i % 3}",
                channel = Pick(random, "wechat", "qq", "direct", null),
                campaign = Pick(random, "spring", "=开学季", null),
                placement = Pick(random, "hz-market", "hz-market/stall-1", "hz-market-2", null),
                parent = i < 4 ? null : CodeOf(links[i - 4]),
                tags = i % 2 == 0 ? new Dictionary<string, string> { ["group"] = $"g-{i % 3}", ["note"] = "x" } : [],
            })));
        }
        string[] users = [.. Enumerable.Range(0, 12).Select(i => $"buyer-{i}")];
        DateTimeOffset Moment() => Now.AddMilliseconds(-random.NextInt64(TimeSpan.FromDays(40).Ticks / TimeSpan.TicksPerMillisecond));
        var opened = await Task.WhenAll(Enumerable.Range(0, 110).Select(_ =>
        {
            var (opener, entry, action) = (Pick(random, "wechat", "qq", null), Pick(random, ClickEntry.Code, ClickEntry.Token, ClickEntry.Qr), Pick(random, ClickAction.Page, ClickAction.Redirect, ClickAction.Redirect, ClickAction.MissRemoved));
            var isBot = random.Next(12) == 0;
            return OpenAsync(Pick(random, [.. links]), Moment(), random.Next(6) == 0 ? null : Pick(random, users), click => click with { App = opener, Entry = entry, Action = action, IsBot = isBot });
        }));
        var sales = Enumerable.Range(0, 90).Select(i =>
        {
            var value = random.Next(3) == 0 ? (decimal?)null : random.Next(1, 100_000) / 100m;
            return new Sale($"sale-{i}", Pick(random, "order", "order", "order", "open", "chat"), Moment())
            {
                User = random.Next(8) == 0 ? null : Pick(random, [.. users, "nobody-1", "nobody-2"]),
                Click = random.Next(5) == 0 ? app.Get<ClickIdCodes>().Encode(Pick(random, opened)) : null,
                ListingId = Pick(random, "item-0", "item-1", "item-2", null),
                Value = value,
                Currency = value is null ? null : Pick(random, "CNY", "CNY", "USD"),
                IsCancelled = random.Next(8) == 0,
                Refunded = value is not null && random.Next(5) == 0 ? Math.Round(value.Value / 3, 2) : null,
            };
        }).ToArray();
        // Some are counted before others come.
        await ReportAsync(sales[..40]);
        await app.GetJsonAsync("/api/attribution");
        await ReportAsync(sales[40..]);
    }

    /// <summary>The events of a type on some days, each with the touches within its look-back, in their order.</summary>
    /// <remarks>A user's touches are the user's own openings, the clicks that the user's events name, and openings of the app without a click.</remarks>
    public IEnumerable<(Sale Sale, IReadOnlyList<Opening> Touches)> PathsOf(IReadOnlyList<JsonNode> feed, string type, DateOnly from, DateOnly to, int lookbackDays, bool isOwnListing)
    {
        var clicks = feed.Where(click => !click["isBot"]!.GetValue<bool>() && !click["action"]!.GetValue<string>().StartsWith("miss_", StringComparison.Ordinal)).ToList();
        foreach (var sale in Sales.Where(sale => sale.Type == type && DayOf(sale.At) >= from && DayOf(sale.At) < to))
        {
            var theirs = sale.User is null ? [sale] : Sales.Where(other => other.User == sale.User).ToList();
            var touches = clicks
                .Where(click => (sale.User is not null && click["userId"]?.GetValue<string>() == sale.User) || theirs.Exists(other => other.Click == click["clickId"]!.GetValue<string>()))
                .Select(click => new Opening(click["at"]!.GetValue<DateTimeOffset>(), click))
                .Concat(theirs.Where(other => other is { Type: "open", Click: null, User: not null } && other != sale).Select(other => new Opening(other.At, null)))
                .Where(touch => touch.At <= sale.At && touch.At >= sale.At.AddDays(-lookbackDays))
                .Where(touch => !isOwnListing || (sale.ListingId is not null && touch.Field("listingId") == sale.ListingId))
                .OrderBy(touch => touch.At);
            yield return (sale, [.. touches]);
        }
    }

    public static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai")).DateTime);

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static T Pick<T>(Random random, params IReadOnlyList<T> values) => values[random.Next(values.Count)];
}

/// <summary>An event as a test knows it.</summary>
internal sealed record Sale(string Id, string Type, DateTimeOffset At)
{
    public string? User { get; init; }

    public string? Visitor { get; init; }

    public string? Click { get; init; }

    public string? ListingId { get; init; }

    public decimal? Value { get; init; }

    public string? Currency { get; init; }

    public bool IsCancelled { get; init; }

    public decimal? Refunded { get; init; }

    public decimal NetValue => Math.Max(0, (Value ?? 0) - (IsCancelled ? 0 : Refunded ?? 0));
}

/// <summary>A click of the feed, or an opening of the app without one.</summary>
internal sealed record Opening(DateTimeOffset At, JsonNode? Click)
{
    public bool IsDirect => Field("channel") is null or "direct";

    public string? Field(string name) => Click?[name]?.GetValue<string>();

    /// <summary>The key of the opening by a dimension as callers name it; empty for none.</summary>
    public string KeyBy(string by) => by switch
    {
        "channel" => IsDirect ? "direct" : Field("channel")!,
        "listing" => Field("listingId") ?? "",
        "link" => Field("code") ?? "",
        "sharer" => Field("sharerId") ?? "",
        "tag:group" => Click?["tags"]!["group"]?.GetValue<string>() ?? "",
        _ => Field(by) ?? "",
    };

    public PathTouch ToTouch(string by) => new(At.ToUnixTimeMilliseconds(), KeyBy(by), IsDirect);
}
