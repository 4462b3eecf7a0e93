namespace ShareLinks.Simulation;

/// <summary>The contents of a simulated history. Not thread-safe.</summary>
internal sealed class SimulationSummary
{
    public int Links { get; set; }

    /// <summary>The depth of the deepest share tree.</summary>
    public int Depth { get; set; }

    /// <summary>Openings by people whose link led somewhere.</summary>
    public int Clicks { get; set; }

    /// <summary>Clicks that continued a visit in the app.</summary>
    public int Continued { get; set; }

    /// <summary>Clicks on a forwarded page or text.</summary>
    public int Forwarded { get; set; }

    /// <summary>Scans that were made offline and sent later.</summary>
    public int LateScans { get; set; }

    /// <summary>Openings by people whose link led nowhere.</summary>
    public int Misses { get; set; }

    /// <summary>Openings by bots.</summary>
    public int Bots { get; set; }

    /// <summary>Prefetches by browsers.</summary>
    public int Prefetches { get; set; }

    /// <summary>The number of people who made the clicks.</summary>
    public int Visitors { get; set; }

    /// <summary>Blocks in the click log.</summary>
    public int Blocks { get; set; }
}
