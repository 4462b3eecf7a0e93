using System.Text.Json.Nodes;

namespace ShareLinks.Tests.Attribution;

/// <summary>The clicks and forwards of a share tree's links from the change feed, one click after the other.</summary>
internal static class SpreadRecount
{
    /// <summary>By code; of links that had any.</summary>
    public static Dictionary<string, (long Clicks, long Forwards)> Of(IEnumerable<JsonNode> feed, string root, DateOnly from, DateOnly to, TimeZoneInfo zone)
    {
        var links = new Dictionary<string, (long Clicks, long Forwards)>();
        foreach (var click in feed.Where(click => click["root"]!.GetValue<string>() == root))
        {
            var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(click["at"]!.GetValue<DateTimeOffset>(), zone).DateTime);
            if (day < from || day >= to || click["isBot"]!.GetValue<bool>() || click["isPrefetch"]!.GetValue<bool>()
                || click["action"]!.GetValue<string>().StartsWith("miss_", StringComparison.Ordinal))
            {
                continue;
            }
            var code = click["code"]!.GetValue<string>();
            var (clicks, forwards) = links.GetValueOrDefault(code);
            links[code] = (clicks + 1, forwards + (click["forwardedFrom"] is null ? 0 : 1));
        }
        return links;
    }

    /// <summary>The same from an answer's nodes.</summary>
    public static Dictionary<string, (long Clicks, long Forwards)> Of(JsonNode answer) => answer["nodes"]!.AsArray()
        .Select(node => (Code: node!["code"]!.GetValue<string>(), Counts: (node["clicks"]!.GetValue<long>(), node["forwards"]!.GetValue<long>())))
        .Where(node => node.Counts != (0, 0)).ToDictionary(node => node.Code, node => node.Counts);

    /// <summary>For messages and comparing.</summary>
    public static string Text(Dictionary<string, (long Clicks, long Forwards)> links) =>
        string.Join(", ", links.OrderBy(link => link.Key, StringComparer.Ordinal).Select(link => $"{link.Key} {link.Value.Clicks}/{link.Value.Forwards}"));
}
