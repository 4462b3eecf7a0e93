using NodaTime;
using NodaTime.Text;

namespace ShareLinks.Reporting;

/// <summary>The days and hours that the growth team counts in: those of one time zone (IANA).</summary>
/// <remarks>
/// A day has 24 hours except where the zone's clocks change; its hours are numbered from its start, so a day of 25 has the hours 0 to 24 and one
/// of 23 the hours 0 to 22. The zones' rules come with the app, not from the machine. Pure and thread-safe.
/// </remarks>
public sealed class ReportingZone
{
    public const string Default = "Asia/Shanghai";

    /// <summary>Hours that a day has at most: two zones once went back by an hour, none by more since 1970.</summary>
    public const int MaxHours = 25;

    private readonly DateTimeZone zone;

    private ReportingZone(DateTimeZone zone) => this.zone = zone;

    /// <summary>The zone's name, such as <c>Asia/Shanghai</c>.</summary>
    public string Id => zone.Id;

    /// <summary>The zone of that name; null when there is none.</summary>
    public static ReportingZone? Find(string id) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) is { } zone ? new ReportingZone(zone) : null;

    /// <summary>The day that a moment falls in. Moments outside the years 1 to 9998 count to their first or last day.</summary>
    public ReportingDay DayOf(DateTimeOffset at)
    {
        var moment = Instant.FromUnixTimeMilliseconds(Math.Clamp(at.ToUnixTimeMilliseconds(), FirstMoment, LastMoment));
        return Day(moment.InZone(zone).Date);
    }

    public ReportingDay Day(DateOnly date) => Day(LocalDate.FromDateOnly(date));

    /// <summary>A moment as the zone's clocks show it.</summary>
    public DateTimeOffset Local(DateTimeOffset at) => Instant.FromDateTimeOffset(at).InZone(zone).ToDateTimeOffset();

    /// <summary>Reads a moment: a day, which stands for its start here, such as <c>2026-11-01</c>, or an RFC 3339 time with its offset.</summary>
    /// <remarks>
    /// Years from 2 to 9998. A time is rounded up to a whole millisecond: clicks have whole ones, so each stays on its side of it.
    /// </remarks>
    public bool TryParse(string text, out DateTimeOffset moment)
    {
        moment = default;
        if (LocalDatePattern.Iso.Parse(text) is { Success: true, Value: { Year: > 1 and < 9999 } day })
            moment = Day(day).StartsAt;
        else if (OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true, Value: { Year: > 1 and < 9999 } time })
            moment = DateTimeOffset.FromUnixTimeMilliseconds((time.ToInstant() + Duration.FromMilliseconds(1) - Duration.Epsilon).ToUnixTimeMilliseconds());
        else
            return false;
        return true;
    }

    private static long FirstMoment { get; } = new DateTimeOffset(1, 1, 3, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static long LastMoment { get; } = new DateTimeOffset(9998, 12, 29, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private ReportingDay Day(LocalDate date) => new(
        date.ToDateOnly(), zone.AtStartOfDay(date).ToInstant().ToUnixTimeMilliseconds(), zone.AtStartOfDay(date.PlusDays(1)).ToInstant().ToUnixTimeMilliseconds());
}

/// <summary>A day in the reporting time zone.</summary>
/// <param name="Date">Its date.</param>
/// <param name="Start">Its first millisecond, counted from 1970 (UTC).</param>
/// <param name="End">The first millisecond of the next.</param>
public readonly record struct ReportingDay(DateOnly Date, long Start, long End)
{
    private const long HourInMilliseconds = 3_600_000;

    /// <summary>How many hours it has; a part of one counts as one.</summary>
    public int Hours => (int)((End - Start + HourInMilliseconds - 1) / HourInMilliseconds);

    public DateTimeOffset StartsAt => DateTimeOffset.FromUnixTimeMilliseconds(Start);

    public bool Contains(long unixMilliseconds) => unixMilliseconds >= Start && unixMilliseconds < End;

    /// <summary>Which of its hours a moment of this day falls in, from 0.</summary>
    public int HourOf(long unixMilliseconds) => (int)((unixMilliseconds - Start) / HourInMilliseconds);

    /// <summary>When one of its hours begins.</summary>
    public DateTimeOffset HourStartsAt(int hour) => StartsAt.AddHours(hour);
}
