using System.Globalization;
using BitFaster.Caching.Lru;
using ShareLinks.Http;

namespace ShareLinks.Security;

/// <summary>Slows down whoever tries codes until one fits: 20 failures from one client at once, then one in 6 s.</summary>
/// <remarks>
/// A try is paid for before it is made and given back when it leads somewhere, so that tries at the same moment count, too. Counted in this process.
/// Clients whose address is not known are not limited. Thread-safe.
/// </remarks>
public sealed class FailureLimiter(ClientAddress clients, TimeProvider time)
{
    /// <summary>Failures that a client may have at once.</summary>
    public const int Burst = 20;

    /// <summary>How long until another failure is forgiven.</summary>
    public static readonly TimeSpan Regain = TimeSpan.FromSeconds(6);

    private const int KnownClients = 100_000;

    private readonly ConcurrentLru<string, Budget> budgets = new(KnownClients);

    public static Problem Refusal { get; } = Problem.Of(
        StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many texts without a valid code came from this address; try again in a moment.");

    /// <summary>Pays for a try; false when the client has used up its failures, and the answer then says when to come again.</summary>
    public bool TryBegin(HttpContext http)
    {
        if (clients.NetworkOf(http) is not { } client || budgets.GetOrAdd(client, static _ => new Budget()).TryTake(time))
            return true;
        http.Response.Headers.RetryAfter = ((int)Regain.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return false;
    }

    /// <summary>Gives a try back that led somewhere.</summary>
    public void Succeeded(HttpContext http)
    {
        if (clients.NetworkOf(http) is { } client && budgets.TryGet(client, out var budget))
            budget.GiveBack();
    }

    /// <summary>A client's tries that are left.</summary>
    private sealed class Budget
    {
        private double left = Burst;
        private long? countedAt;

        public bool TryTake(TimeProvider time)
        {
            lock (this)
            {
                var now = time.GetTimestamp();
                if (countedAt is { } before)
                    left = Math.Min(Burst, left + time.GetElapsedTime(before, now) / Regain);
                countedAt = now;
                if (left < 1)
                    return false;
                left--;
                return true;
            }
        }

        public void GiveBack()
        {
            lock (this)
            {
                left = Math.Min(Burst, left + 1);
            }
        }
    }
}
