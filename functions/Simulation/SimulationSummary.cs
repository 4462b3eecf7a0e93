namespace ShareLinks.Simulation;

/// <summary>What a simulated history holds. Not thread-safe while it is being counted.</summary>
internal sealed class SimulationSummary
{
    public int Links { get; set; }

    /// <summary>Steps from the root of a share tree to its farthest link, at most.</summary>
    public int Depth { get; set; }

    /// <summary>Openings by people that led somewhere.</summary>
    public int Clicks { get; set; }

    /// <summary>Of these, those that went on with a visit in the app.</summary>
    public int Continued { get; set; }

    /// <summary>Of these, those by people whom a visit was passed on to.</summary>
    public int Forwarded { get; set; }

    /// <summary>Of these, scans that were made without a network.</summary>
    public int LateScans { get; set; }

    /// <summary>Openings by people that led nowhere.</summary>
    public int Misses { get; set; }

    /// <summary>Openings by programs.</summary>
    public int Bots { get; set; }

    /// <summary>Openings by browsers ahead of people.</summary>
    public int Prefetches { get; set; }

    /// <summary>People behind <see cref="Clicks"/>.</summary>
    public int Visitors { get; set; }

    /// <summary>Blocks of the click log.</summary>
    public int Blocks { get; set; }
}
