namespace ShareLinks.Rollups;

/// <summary>Counts the clicks of the log into statistics, each exactly once. The runs of one process follow each other, and callers share them.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ClickFold(FoldRunner runner, FoldTable states, FoldBasis basis)
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private Task<FoldState> running = Task.FromResult<FoldState>(null!);
    private Task<FoldState>? following;

    /// <summary>Counts what was stored before the call; callers of one process share the run that begins after the one under way.</summary>
    /// <returns>
    /// The state then; its <see cref="FoldState.CompleteThrough"/> says how far it has come, which is less where another process is at it or holds it.
    /// </returns>
    /// <exception cref="FoldBasisException">The statistics in storage count by another basis.</exception>
    public Task<FoldState> FoldAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
            return (following ??= FoldAfterAsync(running)).WaitAsync(cancellationToken);
    }

    /// <summary>Stops counting; the next process can take a step under way at once.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        Task last;
        lock (gate)
            last = following ?? running;
        await last.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The state of the generation that questions are answered from, as it is in storage; null before the first fold.</summary>
    /// <exception cref="FoldBasisException">The statistics in storage count by another basis.</exception>
    public async Task<FoldState?> StateAsync(CancellationToken cancellationToken)
    {
        var state = await states.ReadAsync(FoldTable.Current, cancellationToken);
        if (state is not null)
            basis.Ensure(state);
        return state;
    }

    private async Task<FoldState> FoldAfterAsync(Task before)
    {
        // Always leaves the caller's lock first.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
            (running, following) = (following!, null);
        return (await runner.RunAsync(FoldTable.Current, null, (_, _) => { }, stopping.Token))!;
    }
}
