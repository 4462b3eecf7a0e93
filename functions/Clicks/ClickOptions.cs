namespace ShareLinks.Clicks;

/// <summary>How clicks are kept: section <c>ShareLinks:Clicks</c>.</summary>
public sealed class ClickOptions
{
    public ClickDurability Durability { get; set; } = ClickDurability.Committed;

    /// <summary>How long a visitor waits for a click to be stored before being sent on regardless; more than 0.</summary>
    public TimeSpan CommitDeadline { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a block of <see cref="ClickDurability.Buffered"/> clicks waits for more of them; 0 to <see cref="MaxLinger"/>. Fewer, larger blocks cost
    /// less; a crash loses as much more.
    /// </summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Clicks that wait in memory while storage stays away; those beyond are lost, and counted. At least 500.</summary>
    public int MaxQueued { get; set; } = 200_000;

    /// <summary>A stream that has not grown for this long, by the storage service's clock, is sealed; its writer leaves it after half of that.</summary>
    public TimeSpan SealAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A writer goes on to a new stream after this long, so that old clicks can be deleted by whole streams.</summary>
    public TimeSpan RotateAfter { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Days that clicks are kept; statistics stay. At least <see cref="MinRetentionDays"/>.</summary>
    public int RetentionDays { get; set; } = 90;

    public static readonly TimeSpan MaxLinger = TimeSpan.FromSeconds(10);

    /// <summary>Longer than a scan may come late, so that no day gets clicks after its first ones are gone.</summary>
    public const int MinRetentionDays = 35;
}

public enum ClickDurability
{
    /// <summary>A visitor is sent on once the click is stored.</summary>
    Committed,

    /// <summary>A visitor is sent on at once; a crash loses the clicks of the last moment.</summary>
    Buffered,
}
