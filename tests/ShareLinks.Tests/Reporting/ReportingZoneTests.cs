using System.Globalization;
using ShareLinks.Reporting;

namespace ShareLinks.Tests.Reporting;

public class ReportingZoneTests
{
    [Theory]
    [InlineData("Asia/Shanghai", "2026-11-22T15:59:59.999Z", "2026-11-22", 23)]
    [InlineData("Asia/Shanghai", "2026-11-22T16:00:00Z", "2026-11-23", 0)]
    [InlineData("UTC", "2026-11-22T23:59:59.999Z", "2026-11-22", 23)]
    [InlineData("Asia/Kolkata", "2026-11-22T18:29:59Z", "2026-11-22", 23)]
    [InlineData("Asia/Kolkata", "2026-11-22T18:30:00Z", "2026-11-23", 0)]
    // Europe/Berlin goes from +02:00 to +01:00 at 01:00 UTC on 25 October 2026: 02:00 to 03:00 happens twice.
    [InlineData("Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25", 2)]
    [InlineData("Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25", 3)]
    [InlineData("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25", 24)]
    // … and from +01:00 to +02:00 at 01:00 UTC on 29 March 2026: 02:00 to 03:00 does not happen.
    [InlineData("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29", 1)]
    [InlineData("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29", 2)]
    [InlineData("Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-29", 22)]
    // In Beirut midnight itself is left out when summer begins.
    [InlineData("Asia/Beirut", "2024-03-30T22:00:00Z", "2024-03-31", 0)]
    [InlineData("Asia/Beirut", "2024-03-30T21:59:59Z", "2024-03-30", 23)]
    public void A_moment_falls_in_a_day_and_an_hour(string zone, string at, string day, int hour)
    {
        var moment = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture);
        var found = ReportingZone.Find(zone)!.DayOf(moment);
        Assert.Equal(day, found.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Assert.Equal(hour, found.HourOf(moment.ToUnixTimeMilliseconds()));
        Assert.True(found.Contains(moment.ToUnixTimeMilliseconds()));
    }

    [Theory]
    [InlineData("Asia/Shanghai", "2026-11-22", 24)]
    [InlineData("Europe/Berlin", "2026-10-25", 25)]
    [InlineData("Europe/Berlin", "2026-03-29", 23)]
    [InlineData("America/New_York", "2026-11-01", 25)]
    [InlineData("Australia/Lord_Howe", "2026-04-05", 25)]
    public void A_day_has_as_many_hours_as_its_clocks_show(string zone, string day, int hours)
    {
        var found = ReportingZone.Find(zone)!.Day(DateOnly.Parse(day, CultureInfo.InvariantCulture));
        Assert.Equal(hours, found.Hours);
        Assert.Equal(hours - 1, found.HourOf(found.End - 1));
    }

    [Theory]
    [InlineData("Asia/Shanghai", "2026-11-22", "2026-11-21T16:00:00Z")]
    [InlineData("Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z")]
    [InlineData("Asia/Shanghai", "2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z")]
    [InlineData("Asia/Shanghai", "2026-11-22T08:00:00.25+05:30", "2026-11-22T02:30:00.25Z")]
    [InlineData("Asia/Shanghai", "2026-11-22T08:00:00.250000001Z", "2026-11-22T08:00:00.251Z")]
    [InlineData("Asia/Shanghai", "2026-11-22T08:00:00.251000000Z", "2026-11-22T08:00:00.251Z")]
    [InlineData("Asia/Shanghai", "0002-01-01", "0001-12-31T15:54:17Z")]
    [InlineData("Asia/Shanghai", "9998-12-31T23:59:59.999999999-18:00", "9999-01-01T18:00:00Z")]
    [InlineData("Asia/Shanghai", "0001-12-31", null)]
    [InlineData("Asia/Shanghai", "9999-01-01", null)]
    [InlineData("Asia/Shanghai", "-0005-01-01", null)]
    [InlineData("Asia/Shanghai", "2026-02-29", null)]
    [InlineData("Asia/Shanghai", "2026-11-22T08:00:00", null)]
    [InlineData("Asia/Shanghai", "2026-11-22 08:00:00Z", null)]
    [InlineData("Asia/Shanghai", "2026-11-22T24:00:00Z", "2026-11-23T00:00:00Z")]
    [InlineData("Asia/Shanghai", " 2026-11-22", null)]
    [InlineData("Asia/Shanghai", "22.11.2026", null)]
    [InlineData("Asia/Shanghai", "", null)]
    public void A_moment_is_a_day_or_a_time_with_its_offset(string zone, string text, string? expected)
    {
        Assert.Equal(expected is not null, ReportingZone.Find(zone)!.TryParse(text, out var moment));
        Assert.Equal(expected is null ? default : DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), moment);
    }

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("Asia/Shanghai")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("Pacific/Chatham")]
    public void Days_follow_each_other_without_gap_or_overlap(string name)
    {
        var zone = ReportingZone.Find(name)!;
        var day = zone.Day(new DateOnly(2015, 1, 1));
        for (var i = 0; i < 5000; i++)
        {
            var next = zone.DayOf(DateTimeOffset.FromUnixTimeMilliseconds(day.End));
            Assert.Equal(day.Date.AddDays(1), next.Date);
            Assert.Equal(day.End, next.Start);
            Assert.Equal(day, zone.DayOf(DateTimeOffset.FromUnixTimeMilliseconds(day.End - 1)));
            day = next;
        }
    }

    [Fact]
    public void Any_moment_has_a_day()
    {
        var zone = ReportingZone.Find(ReportingZone.Default)!;
        Assert.Equal(1, zone.DayOf(DateTimeOffset.MinValue).Date.Year);
        Assert.Equal(9998, zone.DayOf(DateTimeOffset.MaxValue).Date.Year);
    }

    [Fact]
    public void An_unknown_zone_is_none() => Assert.Null(ReportingZone.Find("Asia/Atlantis"));
}
