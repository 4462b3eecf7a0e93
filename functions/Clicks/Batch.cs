namespace ShareLinks.Clicks;

/// <summary>One record of the log's total order: the blocks that came in since the record before, stream by stream.</summary>
public sealed record Batch
{
    /// <summary>1, 2, 3 … without gaps.</summary>
    public required int Number { get; init; }

    /// <summary>When its cut began, by the storage service's clock: every click that was stored before is in this batch or an earlier one.</summary>
    public required DateTimeOffset CutAt { get; init; }

    public required IReadOnlyList<StreamRange> Ranges { get; init; }

    /// <summary>Clicks and events.</summary>
    public required int Entries { get; init; }

    /// <summary>The earliest time of its clicks; null when it has none.</summary>
    public required DateTimeOffset? First { get; init; }

    /// <summary>The latest.</summary>
    public required DateTimeOffset? Last { get; init; }
}

/// <summary>A part of a stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="From">Its first block here.</param>
/// <param name="To">The block after its last here: equal to <paramref name="From"/> when nothing came in.</param>
/// <param name="IsSealed">Whether the stream ends at <paramref name="To"/> permanently.</param>
/// <param name="GrewAt">When it last grew, by the storage service's clock, to the second.</param>
public readonly record struct StreamRange(long Stream, int From, int To, bool IsSealed, DateTimeOffset GrewAt);
