using ShareLinks.Http;

namespace ShareLinks.Attribution;

/// <summary>A share tree as a table for a spreadsheet program.</summary>
internal static class SpreadTables
{
    public static Spreadsheet Of(SpreadAnswer answer) => new(
        "spread", ["code", "parent", "depth", "sharerId", "channel", "clicks", "forwards", "conversions"],
        answer.Nodes.Select(node => (IReadOnlyList<Cell>)[node.Code, node.Parent, (long)node.Depth, node.SharerId, node.Channel, node.Clicks, node.Forwards, node.Conversions]));
}
