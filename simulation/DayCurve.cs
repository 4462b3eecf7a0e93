using ShareLinks.Reporting;

namespace ShareLinks.Simulation;

/// <summary>When people in China use their phones: by hour and weekday, more on campaign days, and a little more from day to day.</summary>
internal static class DayCurve
{
    private const double Weekend = 1.15;
    private const double CampaignDay = 1.3;
    private const double Growth = 0.3;
    private const double Noise = 0.12;

    private static readonly double[] Weekdays = [3, 1.6, 0.9, 0.6, 0.5, 0.8, 2, 4, 5.2, 5.5, 5.6, 6, 7.2, 6.4, 5.4, 5.3, 5.4, 5.8, 6.6, 8.2, 9.8, 10.4, 8.6, 5.4];
    private static readonly double[] Weekends = [4, 2.4, 1.3, 0.8, 0.6, 0.7, 1.4, 2.6, 4.2, 6, 7, 7.2, 7.2, 7, 7.2, 7.4, 7.2, 6.8, 7, 8.4, 9.8, 10.2, 8.8, 6];

    private static readonly string[] Campaigns = ["weekend-market", "换季清仓", "moving-out-days", "开学季"];

    /// <summary>The campaign of a day (from 0), or null; three days of each week have one.</summary>
    public static string? CampaignOf(int day) => day % 7 >= 4 ? Campaigns[day / 7 % Campaigns.Length] : null;

    /// <summary>The hours of the history, each with the number of openings planned by its end.</summary>
    public static IReadOnlyList<SimulatedHour> Hours(SimulationPlan plan, ReportingZone zone, Dice dice)
    {
        var hours = new List<SimulatedHour>();
        var sums = new List<double>();
        var sum = 0.0;
        for (var day = 0; day < plan.Days; day++)
        {
            var date = plan.FirstDay.AddDays(day);
            var isWeekend = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
            var weight = (isWeekend ? Weekend : 1) * (CampaignOf(day) is null ? 1 : CampaignDay) * (1 + Growth * day / plan.Days) * dice.Between(1 - Noise, 1 + Noise);
            var zoned = zone.Day(date);
            for (var hour = 0; hour < zoned.Hours; hour++)
            {
                var start = zoned.HourStartsAt(hour);
                var end = start.AddHours(1) < plan.End ? start.AddHours(1) : plan.End;
                if (end <= start)
                    break;
                sum += weight * (isWeekend ? Weekends : Weekdays)[zone.Local(start).Hour] * (end - start).TotalHours;
                hours.Add(new SimulatedHour(start, end, day, 0));
                sums.Add(sum);
            }
        }
        return [.. hours.Select((hour, i) => hour with { Target = i == hours.Count - 1 ? plan.Clicks : (int)(plan.Clicks * (sums[i] / sum)) })];
    }
}

/// <summary>An hour of a simulated history; the last one may be cut short.</summary>
/// <param name="Start">Its first moment.</param>
/// <param name="End">The first moment after it.</param>
/// <param name="Day">Its day, counted from 0.</param>
/// <param name="Target">Openings planned by its end.</param>
internal readonly record struct SimulatedHour(DateTimeOffset Start, DateTimeOffset End, int Day, int Target);
