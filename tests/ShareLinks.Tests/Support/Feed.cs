using System.Text.Json.Nodes;

namespace ShareLinks.Tests.Support;

/// <summary>Reads the change feed as a caller would.</summary>
internal static class Feed
{
    public static async Task<(List<JsonNode> Clicks, string Cursor)> ReadToEndAsync(HttpClient client, string? cursor = null, int limit = 1000)
    {
        var clicks = new List<JsonNode>();
        while (true)
        {
            var (page, next, isEnd) = await ReadPageAsync(client, cursor, limit);
            clicks.AddRange(page);
            cursor = next;
            if (isEnd)
                return (clicks, cursor);
        }
    }

    public static async Task<(List<JsonNode> Clicks, string Cursor, bool IsEnd)> ReadPageAsync(HttpClient client, string? cursor, int limit)
    {
        var text = await client.GetStringAsync($"/api/clicks?limit={limit}&after={cursor}");
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var end = lines[^1];
        return ([.. lines.Take(lines.Count - 1)], end["cursor"]!.GetValue<string>(), end["end"]!.GetValue<bool>());
    }

    public static string Id(JsonNode click) => click["clickId"]!.GetValue<string>();
}
