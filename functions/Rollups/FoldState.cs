using Azure;
using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>How far the fold of one generation of statistics has come.</summary>
internal sealed record FoldState
{
    /// <summary>Which set of rows it writes, from 1; a rebuild makes the next.</summary>
    public required int Generation { get; init; }

    /// <summary>The time zone whose days it counts by.</summary>
    public required string Zone { get; init; }

    /// <summary>The tags that it counts by, by comma.</summary>
    public required string Tags { get; init; }

    /// <summary>Days before this one are not counted from clicks: they were copied from the generation before, since their clicks may be past retention.</summary>
    public DateOnly FirstDay { get; init; }

    /// <summary>Steps that are done.</summary>
    public int Step { get; init; }

    /// <summary>Where the next step begins: a block; all before it is counted.</summary>
    public FeedCursor Cursor { get; init; } = FeedCursor.Start;

    /// <summary>Where the step under way ends; null when there is none.</summary>
    public FeedCursor? Planned { get; init; }

    /// <summary>The owner of a step that a process gave back when it stopped.</summary>
    public const long Nobody = 0;

    /// <summary>Who works on the step under way: a random number for each process, or <see cref="Nobody"/>.</summary>
    public long Owner { get; init; }

    /// <summary>How many processes have begun the step under way without giving it back, or ran out of memory in it; 0 when there is none.</summary>
    public int Attempts { get; init; }

    /// <summary>Every click that was stored before this moment, by the storage service's clock, is counted; null before the first.</summary>
    public DateTimeOffset? CompleteThrough { get; init; }

    /// <summary>The latest time of an event that is counted; null before the first.</summary>
    public DateTimeOffset? LatestEvent { get; init; }

    /// <summary>
    /// Until the clicks of this moment are counted, clicks that come late are looked at for events which named one that was not in the log; null: no event
    /// waits.
    /// </summary>
    public DateTimeOffset? AwaitsClicksUntil { get; init; }

    /// <summary>How long after an event the click that it names may come into the log.</summary>
    public static readonly TimeSpan MaxClickWait = TimeSpan.FromDays(1);

    /// <summary>Whether an event may still wait for a click of the next step.</summary>
    public bool AwaitsClicks => AwaitsClicksUntil is { } until && !(until <= CompleteThrough);

    /// <summary>No step may begin before this moment, by the storage service's clock, so that a backup finds all rows at one step.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>Blocks that could not be read and were passed over.</summary>
    public int DamagedBlocks { get; init; }

    /// <summary>Blocks that were not there and were passed over.</summary>
    public int MissingBlocks { get; init; }

    /// <summary>As it was read or last written.</summary>
    public ETag ETag { get; init; }

    /// <summary>When it was last written, by the storage service's clock.</summary>
    public DateTimeOffset WrittenAt { get; init; }

    /// <summary>The storage service's clock when it was read, to the second.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>Whether no step may begin, as it was read.</summary>
    public bool IsHeld => HeldUntil > ReadAt;
}
