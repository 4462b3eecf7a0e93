namespace ShareLinks.Rollups;

/// <summary>A hold on the fold, which is prolonged until it is disposed of.</summary>
internal sealed class FoldHold : IAsyncDisposable
{
    /// <summary>How long a holder that is gone keeps others waiting.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource ended = new();
    private readonly FoldTable states;
    private readonly FoldState held;
    private readonly TimeProvider time;
    private readonly Task<bool> prolonging;
    private long lastsSince;

    public FoldHold(FoldTable states, FoldState held, TimeProvider time)
    {
        (this.states, this.held, this.time) = (states, held, time);
        lastsSince = time.GetTimestamp();
        prolonging = ProlongAsync();
    }

    /// <summary>Ends the hold.</summary>
    /// <exception cref="IOException">It had not lasted: storage was away for too long, or another process took hold.</exception>
    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        var hasLasted = await prolonging;
        ended.Dispose();
        if (!hasLasted || !await TryUntilExpiredAsync(isOver: true, CancellationToken.None))
            throw new IOException("Statistics did not stand still meanwhile: storage was away for too long, or another backup began. Try again.");
    }

    /// <summary>Prolongs the hold until it is to end; false when it did not last.</summary>
    private async Task<bool> ProlongAsync()
    {
        while (await TryUntilExpiredAsync(isOver: false, ended.Token))
        {
            await Task.Delay(Time / 4, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
                return true;
        }
        return ended.IsCancellationRequested;
    }

    /// <summary>Moves the end, again and again while storage fails, for as long as the hold may still be there; false when it is not.</summary>
    private async Task<bool> TryUntilExpiredAsync(bool isOver, CancellationToken stop)
    {
        while (true)
        {
            var tried = time.GetTimestamp();
            try
            {
                if (!await SetEndAsync(isOver))
                    return false;
                lastsSince = tried;
                return true;
            }
            catch (Exception) when (time.GetElapsedTime(lastsSince) < Time)
            {
                // One bad minute of storage must not discard a long backup.
                await Task.Delay(RetryEvery, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (stop.IsCancellationRequested)
                    return false;
            }
        }
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
