using System.Globalization;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Dashboard;

/// <summary>The days that a page is about, and as many before them to compare with.</summary>
/// <param name="Days">The days.</param>
/// <param name="Name">Which of <see cref="Names"/> was chosen; empty for days of one's own.</param>
/// <param name="Problem">The words that say why the default is used instead of the query; null when it is not.</param>
internal sealed record PageRange(DayRange Days, string Name, string? Problem = null)
{
    /// <summary>Ranges to choose from: today, and numbers of days up to today.</summary>
    public static IReadOnlyList<string> Names { get; } = ["today", "7", "30", "90"];

    private const string Default = "30";

    /// <summary>The first day that a question may be about.</summary>
    private static readonly DateOnly FirstDay = new(2, 1, 1);

    public DayRange Before => new(Days.From.AddDays(-Math.Min(Days.Days, Days.From.DayNumber - FirstDay.DayNumber)), Days.From);

    public string From => DayRange.Format(Days.From);

    /// <summary>The last day.</summary>
    public string Last => DayRange.Format(Days.To.AddDays(-1));

    /// <summary>What was typed, where it can't be shown.</summary>
    public (string From, string Last)? Typed { get; init; }

    /// <summary>As the API takes it.</summary>
    public string ApiQuery => $"from={From}&to={DayRange.Format(Days.To)}";

    /// <summary>Reads a page's <c>range</c>, or <c>from</c> and <c>to</c> (the last day). The default stands for what can't be shown.</summary>
    public static PageRange Of(PageQuery query, ReportingZone zone, DateTimeOffset now)
    {
        var tomorrow = zone.DayOf(now).Date.AddDays(1);
        if ((query["from"] ?? query["to"]) is null)
        {
            var name = query["range"] ?? Default;
            return Names.Contains(name) ? Named(name) : Named(Default) with { Problem = "range.wrong" };
        }
        var (from, last) = (query["from"] ?? "", query["to"] ?? "");
        if (!DayRange.TryParse(from, out var first) || !DayRange.TryParse(last, out var end))
            return Refused("range.wrong");
        if (first > end)
            return Refused("range.reversed");
        var days = new DayRange(first, end.AddDays(1));
        return days.Days > DayRange.MaxDays ? Refused("range.long") : new PageRange(days, "");

        PageRange Named(string name) => new(new DayRange(tomorrow.AddDays(name == "today" ? -1 : -int.Parse(name, CultureInfo.InvariantCulture)), tomorrow), name);

        PageRange Refused(string problem) => Named(Default) with { Problem = problem, Typed = (from, last) };
    }
}
