using BitFaster.Caching.Lru;

namespace ShareLinks.Security;

/// <summary>How often each client may still fail: so many times at once, then once in a while. Counted in this process. Thread-safe.</summary>
/// <param name="burst">Failures that a client may have at once.</param>
/// <param name="regain">How long until another is forgiven.</param>
/// <param name="time">The clock that forgives.</param>
internal sealed class FailureBudgets(int burst, TimeSpan regain, TimeProvider time)
{
    private const int KnownClients = 100_000;

    private readonly ConcurrentLru<string, FailureBudget> budgets = new(KnownClients);

    /// <summary>How long until another failure is forgiven.</summary>
    public TimeSpan Regain => regain;

    public FailureBudget Of(string client) => budgets.GetOrAdd(client, static (_, self) => self.New(), this);

    private FailureBudget New() => new(burst, regain, time);
}

/// <summary>What one client may still fail. Thread-safe.</summary>
/// <remarks>
/// A token bucket. A try takes a token before it is made and returns it when it was no failure, so simultaneous tries cannot pass the limit. While tries
/// are under way that may still return theirs, a further try waits for them and is not refused: many people behind one address may open many links at once.
/// ASP.NET's own limiters take no token back.
/// </remarks>
internal sealed class FailureBudget(int burst, TimeSpan regain, TimeProvider time)
{
    /// <summary>Tries of one client that wait at most; a further one is refused.</summary>
    private const int MaxWaiting = 1000;

    /// <summary>How long a try waits; a look-up takes no longer.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource<bool>> waiting = new();
    private double left = burst;
    private int underWay;
    private long refilledAt = time.GetTimestamp();

    /// <summary>Pays for a try before it is made, which then ends with <see cref="End"/>. False when the client has no failures left.</summary>
    /// <exception cref="TimeoutException">Tries that are under way took too long.</exception>
    public ValueTask<bool> TakeAsync()
    {
        lock (gate)
        {
            Refill();
            if (left >= 1)
            {
                left--;
                underWay++;
                return new(true);
            }
            if (underWay == 0 || waiting.Count >= MaxWaiting)
                return new(false);
            var turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue(turn);
            return new(WaitAsync(turn));
        }
    }

    /// <summary>Ends a try that was paid for; one that was no failure is given back.</summary>
    public void End(bool isFailure)
    {
        lock (gate)
        {
            underWay--;
            if (!isFailure)
                Return();
            LetWaitingIn();
        }
    }

    /// <summary>Gives back a try that ended as a failure, when the same request then succeeded.</summary>
    public void Forgive()
    {
        lock (gate)
        {
            Return();
            LetWaitingIn();
        }
    }

    /// <summary>Spends an amount that is never given back; false, and nothing is spent, when less is left.</summary>
    public bool TrySpend(double amount)
    {
        lock (gate)
        {
            Refill();
            if (left < amount)
                return false;
            left -= amount;
            return true;
        }
    }

    private async Task<bool> WaitAsync(TaskCompletionSource<bool> turn)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        // Whichever comes first sets the outcome, so no token is given to a try that waits no longer.
        using var expiry = timeout.Token.Register(() => turn.TrySetException(new TimeoutException("Earlier look-ups of the same client are still under way.")));
        return await turn.Task;
    }

    private void Refill()
    {
        var now = time.GetTimestamp();
        left = Math.Min(burst - underWay, left + time.GetElapsedTime(refilledAt, now) / regain);
        refilledAt = now;
        LetWaitingIn();
    }

    private void Return() => left = Math.Min(burst - underWay, left + 1);

    private void LetWaitingIn()
    {
        while (left >= 1 && waiting.TryDequeue(out var turn))
        {
            if (!turn.TrySetResult(true))
                continue;
            left--;
            underWay++;
        }
        if (left >= 1 || underWay > 0)
            return;
        // All tries under way were failures.
        while (waiting.TryDequeue(out var turn))
            turn.TrySetResult(false);
    }
}
