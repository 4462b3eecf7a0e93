namespace ShareLinks.Rollups;

/// <summary>A hold on the fold, which is prolonged until it is disposed of.</summary>
internal sealed class FoldHold : IAsyncDisposable
{
    /// <summary>How long a holder that is gone keeps others waiting.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource ended = new();
    private readonly FoldTable states;
    private readonly FoldState held;
    private readonly Task prolonging;

    public FoldHold(FoldTable states, FoldState held, TimeProvider time)
    {
        (this.states, this.held) = (states, held);
        prolonging = ProlongAsync(time);
    }

    /// <summary>Ends the hold.</summary>
    /// <exception cref="IOException">It had not lasted: storage was away for too long, or another process took hold.</exception>
    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await prolonging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ended.Dispose();
        if (!await SetEndAsync(isOver: true))
            throw new IOException("Statistics did not stand still meanwhile: storage was away for too long, or another backup began. Try again.");
    }

    private async Task ProlongAsync(TimeProvider time)
    {
        while (await SetEndAsync(isOver: false))
            await Task.Delay(Time / 4, time, ended.Token);
    }

    /// <summary>Moves the end on, or to now; false when the hold has not lasted.</summary>
    private async Task<bool> SetEndAsync(bool isOver)
    {
        while (await states.ReadAsync(FoldTable.Current, CancellationToken.None) is { } state)
        {
            if (!state.IsHeld || (state.Owner, state.Step, state.Generation) != (held.Owner, held.Step, held.Generation))
                return false;
            if (await states.ReplaceAsync(FoldTable.Current, state with { HeldUntil = isOver ? null : state.ReadAt + Time }, CancellationToken.None) is not null)
                return true;
        }
        return false;
    }
}
