namespace ShareLinks.Dashboard;

/// <summary>What a subject's links brought: the overview, when the subject is everything.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="Ranges">The range picker.</param>
/// <param name="Subject">As questions name it.</param>
/// <param name="Heading">As people do.</param>
/// <param name="ProfileUrl">The marketplace's own page about it; null: none.</param>
/// <param name="Tiles">The figures in short.</param>
/// <param name="Days">Clicks and visitors by day, to be drawn as a line.</param>
/// <param name="Hours">Clicks by weekday (from Monday) and hour.</param>
/// <param name="Tables">By channel, app, … and what was opened most.</param>
/// <param name="Link">The link itself, when it is about one.</param>
/// <param name="Tree">Its share tree; null: none.</param>
/// <param name="Links">Some of its links; null: not listed.</param>
/// <param name="Export">Every click of the days, where it is about everything; null: not offered.</param>
public sealed record ReportModel(
    Frame Frame, RangeModel Ranges, string Subject, string Heading, string? ProfileUrl, IReadOnlyList<Tile> Tiles, TableModel Days, HeatModel Hours, IReadOnlyList<TableModel> Tables,
    LinkModel? Link, TableModel? Tree, TableModel? Links, ExportModel? Export);

/// <summary>The choice of days.</summary>
/// <param name="Names">Those with a name, each with its address.</param>
/// <param name="Chosen">Which of them; empty for days of one's own.</param>
/// <param name="From">The first day, or what was typed for it.</param>
/// <param name="Last">The last day, or what was typed for it.</param>
/// <param name="Problem">The words that say why what was typed is not shown; null when it is.</param>
/// <param name="Zone">Whose days they are.</param>
/// <param name="Hidden">Parameters that stay when days of one's own are chosen.</param>
public sealed record RangeModel(
    IReadOnlyList<(string Name, string Address)> Names, string Chosen, string From, string Last, string? Problem, string Zone, IReadOnlyList<KeyValuePair<string, string>> Hidden);

/// <summary>A figure, and how it stands to the range before.</summary>
/// <param name="Label">What it counts.</param>
/// <param name="Value">The figure.</param>
/// <param name="Change">Such as <c>+12 %</c>; null when there was nothing before.</param>
/// <param name="Trend">1 for more, −1 for less, 0 for neither.</param>
/// <param name="Before">The figure of the range before.</param>
/// <param name="Address">Its detail.</param>
public sealed record Tile(string Label, string Value, string? Change, int Trend, string Before, string Address);

/// <summary>A table.</summary>
/// <param name="Id">Names it on its page.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Headings">The columns.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Csv">Where it is to be had as CSV; null: nowhere.</param>
/// <param name="Xlsx">And as a workbook.</param>
/// <param name="Chart">How the script draws it: <c>line</c>, <c>tree</c>; null: not at all.</param>
/// <param name="Note">What to know about it.</param>
public sealed record TableModel(
    string Id, string Title, IReadOnlyList<string> Headings, IReadOnlyList<TableRow> Rows, string? Csv = null, string? Xlsx = null, string? Chart = null, string? Note = null)
{
    /// <summary>Whether a column has figures, which stand at its right, and no words or times. The first, from 0, is the one behind the labels.</summary>
    public bool IsNumber(int column) => Rows.Count > 0 && Rows.All(row => row.Cells[column] is { } cell && cell.All(c => !char.IsLetter(c) && c != ':'));
}

/// <param name="Label">What it is about.</param>
/// <param name="Address">Its detail; null: none.</param>
/// <param name="Cells">The figures and values; null for none.</param>
/// <param name="Part">Its part of the largest, 0 to 100, drawn as a bar; null: no bar.</param>
/// <param name="Parent">In a tree, the row above it.</param>
/// <param name="IsCrossing">In a tree, whether it is of another channel than the row above it.</param>
/// <param name="IsOwn">Whether the label is this service's own, such as "(other)", and not a value.</param>
public sealed record TableRow(
    string Label, string? Address, IReadOnlyList<string?> Cells, int? Part = null, string? Parent = null, bool IsCrossing = false, bool IsOwn = false);

/// <summary>Every click of a stretch of days, as a file.</summary>
/// <param name="Csv">Its address, for a spreadsheet program.</param>
/// <param name="Lines">As lines of JSON.</param>
/// <param name="Name">The file's name, without its ending.</param>
/// <param name="Clicks">About how many it has: those of programs and previews come on top.</param>
public sealed record ExportModel(string Csv, string Lines, string Name, long Clicks);

/// <param name="Clicks">By weekday, from Monday, and hour.</param>
/// <param name="Weekdays">Their names.</param>
public sealed record HeatModel(long[][] Clicks, IReadOnlyList<string> Weekdays)
{
    /// <summary>How dark a cell is, 0 to 9.</summary>
    public int Shade(long clicks)
    {
        var most = Clicks.Max(day => day.Max());
        return most == 0 ? 0 : (int)Math.Ceiling(9.0 * clicks / most);
    }
}

/// <summary>A link, as the page about it shows it.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Url">Its address.</param>
/// <param name="Token">The passphrase.</param>
/// <param name="ShareText">The text to paste into a chat, in the page's language.</param>
/// <param name="Picture">Where the QR picture is.</param>
/// <param name="Facts">What it was minted with.</param>
/// <param name="IsDisabled">Whether it is disabled.</param>
/// <param name="Diagnosis">What it does in every app (a row) on every system (a column).</param>
/// <param name="Missing">Settings that would add ways.</param>
public sealed record LinkModel(
    string Code, string Url, string Token, string ShareText, string Picture, IReadOnlyList<(string Label, string Value, string? Address)> Facts, bool IsDisabled, TableModel? Diagnosis, IReadOnlyList<string> Missing);

/// <summary>A table on a page in some language.</summary>
public sealed record TableView(TableModel Table, DashboardWords Words);

/// <summary>The range picker of a page in some language.</summary>
public sealed record RangesView(RangeModel Ranges, DashboardWords Words);
