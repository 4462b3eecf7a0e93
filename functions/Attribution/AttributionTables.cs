using ShareLinks.Http;

namespace ShareLinks.Attribution;

/// <summary>Answers as tables for a spreadsheet program.</summary>
internal static class AttributionTables
{
    private const string UnattributedKey = "(unattributed)";

    /// <summary>A row for each key, then one for what no touch led to, so that the columns add up to everything.</summary>
    public static Spreadsheet Of(AttributionAnswer answer) => new(
        "attribution", ["key", "conversions", "share", .. answer.Value.Keys],
        answer.Rows.Select(row => Row(answer, row.Key, row.Conversions, row.Share, row.Value))
            .Append(Row(answer, UnattributedKey, answer.Unattributed, null, answer.UnattributedValue)));

    public static Spreadsheet Of(FunnelAnswer answer) => new(
        "funnel", ["step", "count", "ofPrevious", "ofFirst"],
        answer.Steps.Select(step => (IReadOnlyList<Cell>)[step.Step, step.Count, step.OfPrevious, step.OfFirst]));

    private static IReadOnlyList<Cell> Row(AttributionAnswer answer, string? key, double conversions, double? share, IReadOnlyDictionary<string, decimal> value) =>
        [key, conversions, share, .. answer.Value.Keys.Select(currency => (Cell)value.GetValueOrDefault(currency))];
}
