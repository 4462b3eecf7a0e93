using ShareLinks.Http;

namespace ShareLinks.Rollups;

/// <summary>Answers as tables for a spreadsheet program.</summary>
internal static class StatsTables
{
    public static Spreadsheet Of(StatsAnswer answer) => answer.By switch
    {
        "day" => new Spreadsheet("stats", [Heading(answer.By, answer.TimeZone), "clicks", "visitors"], answer.Rows.Select(row => (IReadOnlyList<Cell>)[row.Key, row.Clicks, row.Visitors])),
        "hour" => new Spreadsheet("stats", [Heading(answer.By, answer.TimeZone), "clicks"], answer.Rows.Select(row => (IReadOnlyList<Cell>)[row.Key, row.Clicks])),
        // A value may be called like a row of this service's own.
        _ => new Spreadsheet("stats", [answer.By, "clicks", "kind"], answer.Rows.Select(row => (IReadOnlyList<Cell>)[row.Key, row.Clicks, row.Kind])),
    };

    public static Spreadsheet Of(TopAnswer answer) =>
        new("top", [answer.Kind, "clicks"], answer.Rows.Select(row => (IReadOnlyList<Cell>)[row.Key, row.Clicks]));

    private static string Heading(string by, string zone) => $"{by} ({zone})";
}
