using ShareLinks.Reporting;

namespace ShareLinks.Simulation;

/// <summary>What a simulated history is to be. One that is past is the same for the same plan, but for ids that are random in any deployment.</summary>
/// <param name="Listings">Listings, 1 to <see cref="MaxListings"/>.</param>
/// <param name="Sharers">People who share of their own accord, 1 to <see cref="MaxSharers"/>; those who share on come on top.</param>
/// <param name="Clicks">Openings by people that lead somewhere, 1 to <see cref="MaxClicks"/>; misses, programs and prefetches come on top.</param>
/// <param name="Seed">Another seed makes another history.</param>
/// <param name="FirstDay">The first day in the reporting time zone.</param>
/// <param name="Days">How many, 1 to <see cref="MaxDays"/>; the last one may be cut short.</param>
/// <param name="End">The end of the last day, or now when that is still to come; not part of the history.</param>
internal sealed record SimulationPlan(int Listings, int Sharers, int Clicks, int Seed, DateOnly FirstDay, int Days, DateTimeOffset End)
{
    public const int MaxListings = 100_000;
    public const int MaxSharers = 100_000;
    public const int MaxClicks = 100_000_000;
    public const int MaxDays = 365;

    /// <summary>A plan for some days up to a last one, which is today at the latest.</summary>
    public static SimulationPlan Until(DateOnly lastDay, int days, int listings, int sharers, int clicks, int seed, ReportingZone zone, DateTimeOffset now)
    {
        var end = zone.Day(lastDay.AddDays(1)).StartsAt;
        return new SimulationPlan(listings, sharers, clicks, seed, lastDay.AddDays(1 - days), days, end < now ? end : now);
    }
}

/// <summary>A history can't be simulated; the message is one sentence for the person who asked for it.</summary>
public sealed class SimulationException(string message) : Exception(message);
