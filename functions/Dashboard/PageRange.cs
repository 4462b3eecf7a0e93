using System.Globalization;
using ShareLinks.Http;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Dashboard;

/// <summary>The days that a page is about, and as many before them to compare with.</summary>
/// <param name="Days">The days.</param>
/// <param name="Name">Which of <see cref="Names"/> was chosen; empty for days of one's own.</param>
internal sealed record PageRange(DayRange Days, string Name)
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

    /// <summary>As the API takes it.</summary>
    public string ApiQuery => $"from={From}&to={DayRange.Format(Days.To)}";

    /// <summary>Reads a page's <c>range</c>, or <c>from</c> and <c>to</c> (the last day); what can't be read stands for the default, and is told.</summary>
    public static (PageRange Range, bool IsWrong) Of(PageQuery query, ReportingZone zone, DateTimeOffset now)
    {
        var tomorrow = zone.DayOf(now).Date.AddDays(1);
        if (query["from"] is { } from && query["to"] is { } last)
        {
            var (range, problem) = DateOnly.TryParseExact(last, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue
                ? DayRange.Parse(from, DayRange.Format(day.AddDays(1)), zone, now)
                : (default, Problem.InvalidQuery("to", "must be a day"));
            return problem is null ? (new PageRange(range, ""), false) : (Named(Default), true);
        }
        return query["range"] is not { } name ? (Named(Default), false) : Names.Contains(name) ? (Named(name), false) : (Named(Default), true);

        PageRange Named(string name) => new(new DayRange(tomorrow.AddDays(name == "today" ? -1 : -int.Parse(name, CultureInfo.InvariantCulture)), tomorrow), name);
    }
}
