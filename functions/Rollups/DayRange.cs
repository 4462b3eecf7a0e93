using System.Globalization;
using ShareLinks.Http;
using ShareLinks.Reporting;

namespace ShareLinks.Rollups;

/// <summary>The days that a question is about, in the reporting time zone.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The one after the last.</param>
internal readonly record struct DayRange(DateOnly From, DateOnly To)
{
    /// <summary>Days that a question is about at most.</summary>
    public const int MaxDays = 400;

    private const int DefaultDays = 30;
    private const string Form = "yyyy-MM-dd";

    public int Days => To.DayNumber - From.DayNumber;

    public IEnumerable<DateOnly> All()
    {
        for (var day = From; day < To; day = day.AddDays(1))
            yield return day;
    }

    public static string Format(DateOnly day) => day.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads <c>from</c> and <c>to</c>; without them the last 30 days, today among them, or, where <paramref name="since"/> is given, those from then
    /// on, at most <see cref="MaxDays"/>.
    /// </summary>
    public static (DayRange Range, Problem? Problem) Parse(string? from, string? to, ReportingZone zone, DateTimeOffset now, DateTimeOffset? since = null)
    {
        var end = zone.DayOf(now).Date.AddDays(1);
        if (to is not null && !TryParse(to, out end))
            return (default, Problem.InvalidQuery("to", "must be a day such as 2026-12-01, the one after the last"));
        var days = since is { } moment ? Math.Clamp(end.DayNumber - zone.DayOf(moment).Date.DayNumber, 1, MaxDays) : DefaultDays;
        var start = end.AddDays(-Math.Min(days, end.DayNumber));
        if (from is not null && !TryParse(from, out start))
            return (default, Problem.InvalidQuery("from", "must be a day such as 2026-11-01"));
        if (start >= end)
            return (default, Problem.InvalidQuery("from", "must be before 'to'"));
        return end.DayNumber - start.DayNumber > MaxDays
            ? (default, Problem.InvalidQuery("from", $"must be at most {MaxDays} days before 'to'"))
            : (new DayRange(start, end), null);
    }

    /// <summary>Reads a day such as <c>2026-12-01</c>, from the years 2 to 9997.</summary>
    public static bool TryParse(string text, out DateOnly day) => DateOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year is > 1 and < 9998;
}
