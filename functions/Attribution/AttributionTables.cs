using System.Text.Json;
using ShareLinks.Http;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Answers as tables for a spreadsheet program.</summary>
internal static class AttributionTables
{
    /// <summary>A row for each key, then one for what no touch led to, so that the columns add up to everything. The last column tells values from rows of this service's own.</summary>
    public static Spreadsheet Of(AttributionAnswer answer) => new(
        "attribution", ["key", "conversions", "share", .. answer.Value.Keys, "kind"],
        answer.Rows.Select(row => Row(answer, new RowKey(row.Key, row.Kind), row.Conversions, row.Share, row.Value))
            .Append(Row(answer, RowKey.Unattributed, answer.Unattributed, null, answer.UnattributedValue)));

    /// <summary>A row for each touch, those that count first; the others have a reason and no weights.</summary>
    public static Spreadsheet Of(EventExplanation answer, ReportingZone zone)
    {
        string[] models = [.. AttributionModels.All.Where(model => model.WeighsTouches()).Select(model => model.Name())];
        return new Spreadsheet(
            "event", [$"at ({zone.Id})", "clickId", "code", "listingId", "sharerId", "channel", "campaign", "placement", "tags", "app", "entry", "isDirect", "key", .. models, "reason", "kind"],
            answer.Touches.Concat(answer.LeftOut).Select(touch => (IReadOnlyList<Cell>)
            [
                zone.Local(touch.At), touch.ClickId, touch.Code, touch.ListingId, touch.SharerId, touch.Channel, touch.Campaign, touch.Placement,
                JsonSerializer.Serialize(touch.Tags, AttributionJson.Instance.IReadOnlyDictionaryStringString), touch.App, touch.Entry, touch.IsDirect ? "true" : "false", touch.Key,
                .. models.Select(model => (Cell)touch.Weights?[model]), touch.Reason, touch.Kind,
            ]));
    }

    private static IReadOnlyList<Cell> Row(AttributionAnswer answer, RowKey key, double conversions, double? share, IReadOnlyDictionary<string, decimal> value) =>
        [key.Key, conversions, share, .. answer.Value.Keys.Select(currency => (Cell)value.GetValueOrDefault(currency)), key.Kind];
}
