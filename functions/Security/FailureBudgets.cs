using BitFaster.Caching.Lru;

namespace ShareLinks.Security;

/// <summary>How often each client may still fail: so many times at once, then once in a while. Counted in this process. Thread-safe.</summary>
/// <remarks>ASP.NET's own limiters know no tries that are given back; this is a token bucket with that.</remarks>
/// <param name="burst">Failures that a client may have at once.</param>
/// <param name="regain">How long until another is forgiven.</param>
/// <param name="time">The clock that forgives.</param>
internal sealed class FailureBudgets(int burst, TimeSpan regain, TimeProvider time)
{
    private const int KnownClients = 100_000;

    private readonly ConcurrentLru<string, Budget> budgets = new(KnownClients);

    /// <summary>Pays for a try before it is made; false when the client has used up its failures.</summary>
    public bool TryTake(string client) => budgets.GetOrAdd(client, static (_, burst) => new Budget(burst), burst).TryTake(burst, regain, time);

    /// <summary>Gives a try back that was no failure.</summary>
    public void GiveBack(string client)
    {
        if (budgets.TryGet(client, out var budget))
            budget.GiveBack(burst);
    }

    /// <summary>Whether the client may fail once more.</summary>
    public bool HasLeft(string client) => !budgets.TryGet(client, out var budget) || budget.HasLeft(burst, regain, time);

    /// <summary>A client's tries that are left.</summary>
    private sealed class Budget(double left)
    {
        private double left = left;
        private long? countedAt;

        public bool HasLeft(int burst, TimeSpan regain, TimeProvider time)
        {
            lock (this)
            {
                Count(burst, regain, time);
                return left >= 1;
            }
        }

        public bool TryTake(int burst, TimeSpan regain, TimeProvider time)
        {
            lock (this)
            {
                Count(burst, regain, time);
                if (left < 1)
                    return false;
                left--;
                return true;
            }
        }

        public void GiveBack(int burst)
        {
            lock (this)
            {
                left = Math.Min(burst, left + 1);
            }
        }

        private void Count(int burst, TimeSpan regain, TimeProvider time)
        {
            var now = time.GetTimestamp();
            if (countedAt is { } before)
                left = Math.Min(burst, left + time.GetElapsedTime(before, now) / regain);
            countedAt = now;
        }
    }
}
