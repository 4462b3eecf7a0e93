using ShareLinks.Clicks;

namespace ShareLinks.Rollups;

/// <summary>Rows that the fold derives from the click log, step by step, in generations.</summary>
/// <remarks>Every row remembers the last step that it has (<see cref="Storage.StepRows"/>), so a step may be written again and by several processes. Thread-safe.</remarks>
internal interface IProjection
{
    /// <summary>Begins to write a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="cancellationToken">Cancels reading what the projection must know first.</param>
    public Task<IProjectionStep> BeginAsync(FoldStep step, CancellationToken cancellationToken);

    /// <summary>Copies what clicks before <paramref name="end"/> gave from one generation to another. Doing it again changes nothing.</summary>
    public Task CopyAsync(int from, int to, DateOnly end, CancellationToken cancellationToken);

    /// <summary>Deletes a generation's rows.</summary>
    public Task DeleteAsync(int generation, CancellationToken cancellationToken);
}

/// <summary>What one step adds to a projection, slice by slice. Not thread-safe.</summary>
internal interface IProjectionStep
{
    /// <summary>How much of its memory is used, about; 1 = as much as it should use.</summary>
    public double Fill { get; }

    /// <summary>Begins a slice; all blocks of the step follow.</summary>
    public void Begin(StepSlice slice);

    /// <summary>Takes in the next block.</summary>
    public void Add(FeedBlock block);

    /// <summary>Writes the rows of the slice, and with the last slice those that all clicks of the step belong to.</summary>
    /// <param name="cancellationToken">Stops between writes; trying again continues from there.</param>
    public Task WriteAsync(CancellationToken cancellationToken);

    /// <summary>The state with what the step adds to it. Call it after the last slice.</summary>
    public FoldState Complete(FoldState state);
}

/// <summary>A step of the fold.</summary>
/// <param name="State">How far the generation's fold had come before it.</param>
/// <param name="Parts">In how many slices it is written.</param>
/// <param name="Replaces">The generation that this one is to replace; null when there is none.</param>
internal sealed record FoldStep(FoldState State, int Parts, int? Replaces)
{
    /// <summary>The generation whose rows it writes.</summary>
    public int Generation => State.Generation;

    /// <summary>The step's number, from 1.</summary>
    public int Number => State.Step + 1;
}
