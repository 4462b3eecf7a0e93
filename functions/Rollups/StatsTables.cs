using ShareLinks.Http;

namespace ShareLinks.Rollups;

/// <summary>Answers as tables for a spreadsheet program.</summary>
internal static class StatsTables
{
    public static Spreadsheet Of(StatsAnswer answer) => answer.By == "day"
        ? new Spreadsheet("stats", [Heading(answer.By, answer.TimeZone), "clicks", "visitors"], answer.Rows.Select(row => (IReadOnlyList<Cell>)[row.Key, row.Clicks, row.Visitors]))
        : new Spreadsheet("stats", [Heading(answer.By, answer.TimeZone), "clicks"], answer.Rows.Select(row => (IReadOnlyList<Cell>)[row.Key, row.Clicks]));

    public static Spreadsheet Of(TopAnswer answer) =>
        new("top", [answer.Kind, "clicks"], answer.Rows.Select(row => (IReadOnlyList<Cell>)[row.Key, row.Clicks]));

    private static string Heading(string by, string zone) => by is "day" or "hour" ? $"{by} ({zone})" : by;
}
