using ShareLinks.Dashboard;
using ShareLinks.Reporting;

namespace ShareLinks.Tests.Dashboard;

public class PageRangeTests
{
    private static readonly ReportingZone Zone = ReportingZone.Find("Asia/Shanghai")!;

    /// <summary>The 24th of November there, the 23rd here.</summary>
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 17, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, null, null, "2026-10-26", "2026-11-24", "30", null)]
    [InlineData("today", null, null, "2026-11-24", "2026-11-24", "today", null)]
    [InlineData("7", null, null, "2026-11-18", "2026-11-24", "7", null)]
    [InlineData("90", null, null, "2026-08-27", "2026-11-24", "90", null)]
    [InlineData("31", null, null, "2026-10-26", "2026-11-24", "30", "range.wrong")]
    [InlineData(null, "2026-11-01", "2026-11-01", "2026-11-01", "2026-11-01", "", null)]
    [InlineData("7", "2026-10-01", "2026-10-31", "2026-10-01", "2026-10-31", "", null)]
    [InlineData(null, "2026-11-02", "2026-11-01", "2026-10-26", "2026-11-24", "30", "range.reversed")]
    [InlineData(null, "yesterday", "2026-11-01", "2026-10-26", "2026-11-24", "30", "range.wrong")]
    [InlineData(null, "2020-01-01", "2026-11-01", "2026-10-26", "2026-11-24", "30", "range.long")]
    [InlineData(null, "2025-10-28", "2026-12-01", "2025-10-28", "2026-12-01", "", null)]
    [InlineData(null, "2025-10-27", "2026-12-01", "2026-10-26", "2026-11-24", "30", "range.long")]
    [InlineData(null, "2026-11-01", null, "2026-10-26", "2026-11-24", "30", "range.wrong")]
    [InlineData(null, "2026-11-01", "9999-12-31", "2026-10-26", "2026-11-24", "30", "range.wrong")]
    public void Days_are_read_or_the_default_stands_for_them(string? range, string? from, string? to, string first, string last, string name, string? problem)
    {
        var parameters = new Dictionary<string, string?> { ["range"] = range, ["from"] = from, ["to"] = to }.Where(parameter => parameter.Value is not null).ToDictionary(parameter => parameter.Key, parameter => parameter.Value!);
        var read = PageRange.Of(new PageQuery("/dashboard", parameters), Zone, Now);
        Assert.Equal((first, last, name, problem), (read.From, read.Last, read.Name, read.Problem));
        // What people typed is not thrown away.
        Assert.Equal(problem is null || from is null ? null : (from, to ?? ""), read.Typed);
        Assert.Equal((read.Days.Days, read.Days.From), (read.Before.Days, read.Before.To));
    }

    [Fact]
    public void Before_the_first_days_there_are_fewer()
    {
        var parameters = new Dictionary<string, string> { ["from"] = "0002-01-11", ["to"] = "0002-12-31" };
        Assert.Equal(10, PageRange.Of(new PageQuery("/dashboard", parameters), Zone, Now).Before.Days);
    }
}
