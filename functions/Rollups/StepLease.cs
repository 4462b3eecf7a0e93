namespace ShareLinks.Rollups;

/// <summary>Keeps a step with the process that works on it: renews its row until the step is done, so that no other process repeats the work.</summary>
/// <remarks>A renewal that fails costs nothing but repeated work: every row takes a step once, whichever process writes it.</remarks>
internal sealed partial class StepLease : IAsyncDisposable
{
    private static readonly TimeSpan LeastBetween = TimeSpan.FromMilliseconds(100);

    private readonly FoldTable states;
    private readonly string row;
    private readonly TimeSpan renewEvery;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly CancellationToken stopping;
    private CancellationTokenSource ended = new();
    private Task<FoldState> renewing;

    /// <param name="states">Where the step is written down.</param>
    /// <param name="row">In which row.</param>
    /// <param name="held">The row's state, with this process as the owner.</param>
    /// <param name="lease">After how long without a renewal others take the step over.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs renewals that failed.</param>
    /// <param name="stopping">Cancelled when the process stops.</param>
    public StepLease(FoldTable states, string row, FoldState held, TimeSpan lease, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        (this.states, this.row, this.time, this.logger, this.stopping) = (states, row, time, logger, stopping);
        renewEvery = lease / 3 > LeastBetween ? lease / 3 : LeastBetween;
        renewing = RenewAsync(held);
    }

    /// <summary>Renews no more.</summary>
    /// <returns>The row as this process last wrote it; another may have taken the step over since.</returns>
    public async Task<FoldState> EndAsync()
    {
        await ended.CancelAsync();
        return await renewing;
    }

    /// <summary>Changes the row, and keeps on renewing it.</summary>
    /// <returns>False when another process has taken the step over.</returns>
    public async Task<bool> ChangeAsync(Func<FoldState, FoldState> change, CancellationToken cancellationToken)
    {
        if (await states.ReplaceAsync(row, change(await EndAsync()), cancellationToken) is not { } changed)
            return false;
        ended.Dispose();
        ended = new CancellationTokenSource();
        renewing = RenewAsync(changed);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        ended.Dispose();
    }

    private async Task<FoldState> RenewAsync(FoldState held)
    {
        while (true)
        {
            await Task.Delay(renewEvery, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
                return held;
            try
            {
                if (await TryRenewAsync(held) is not { } renewed)
                    return held;
                held = renewed;
            }
            catch (Exception fault)
            {
                LogNotRenewed(fault.Message.Split('\n')[0]);
            }
        }
    }

    /// <summary>Writes the row anew; null when another process has taken the step over.</summary>
    private async Task<FoldState?> TryRenewAsync(FoldState held)
    {
        while (await states.ReadAsync(row, stopping) is { } state && (state.Generation, state.Step, state.Planned, state.Owner) == (held.Generation, held.Step, held.Planned, held.Owner))
        {
            if (await states.ReplaceAsync(row, state, stopping) is { } renewed)
                return renewed;
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The step under way could not be renewed, so another process may repeat it: {Reason}")]
    private partial void LogNotRenewed(string reason);
}
