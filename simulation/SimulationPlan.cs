using ShareLinks.Reporting;

namespace ShareLinks.Simulation;

/// <summary>The plan of a simulated history. A plan that ends in the past always gives the same history, except for ids, which are random in every deployment.</summary>
/// <param name="Listings">Listings, 1 to <see cref="MaxListings"/>.</param>
/// <param name="Sharers">People who share without having opened a link, 1 to <see cref="MaxSharers"/>; onward sharers are added.</param>
/// <param name="Clicks">Openings by people that lead somewhere, 1 to <see cref="MaxClicks"/>; misses, bots and prefetches are added.</param>
/// <param name="Seed">Another seed gives another history.</param>
/// <param name="FirstDay">The first day in the reporting time zone.</param>
/// <param name="Days">The number of days, 1 to <see cref="MaxDays"/>; the last one may be cut short.</param>
/// <param name="End">The end of the last day, or the present when that is earlier; exclusive.</param>
internal sealed record SimulationPlan(int Listings, int Sharers, int Clicks, int Seed, DateOnly FirstDay, int Days, DateTimeOffset End)
{
    public const int MaxListings = 100_000;
    public const int MaxSharers = 100_000;
    public const int MaxClicks = 100_000_000;
    public const int MaxDays = 365;

    /// <summary>A plan for a number of days up to a last day, which is today at the latest.</summary>
    public static SimulationPlan Until(DateOnly lastDay, int days, int listings, int sharers, int clicks, int seed, ReportingZone zone, DateTimeOffset now)
    {
        var end = zone.Day(lastDay.AddDays(1)).StartsAt;
        return new SimulationPlan(listings, sharers, clicks, seed, lastDay.AddDays(1 - days), days, end < now ? end : now);
    }
}

/// <summary>A history can't be simulated; the message is one sentence for the user of the command.</summary>
public sealed class SimulationException(string message) : Exception(message);
