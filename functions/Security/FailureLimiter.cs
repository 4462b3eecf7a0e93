using System.Globalization;
using System.Threading.RateLimiting;
using ShareLinks.Http;

namespace ShareLinks.Security;

/// <summary>Slows down whoever tries codes until one fits: 20 failures at once from one client, then one in 6 s.</summary>
/// <remarks>Counted in this process. Clients whose address is not known are not limited. Thread-safe.</remarks>
public sealed class FailureLimiter(ClientAddress clients) : IDisposable
{
    private const int Burst = 20;
    private static readonly TimeSpan Regain = TimeSpan.FromSeconds(6);

    private readonly PartitionedRateLimiter<string> failures = PartitionedRateLimiter.Create<string, string>(static client =>
        RateLimitPartition.GetTokenBucketLimiter(client, static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = Burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = Regain,
        }));

    public static Problem Refusal { get; } = Problem.Of(
        StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many texts without a valid code came from this address; try again in a moment.");

    /// <summary>Whether the client may try (again); if not, the answer says when.</summary>
    public bool MayTry(HttpContext http)
    {
        if (clients.NetworkOf(http) is not { } client)
            return true;
        // Not by a lease of no permits, which a fraction of one would do for.
        var mayTry = failures.GetStatistics(client)!.CurrentAvailablePermits > 0;
        if (!mayTry)
            http.Response.Headers.RetryAfter = ((int)Regain.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return mayTry;
    }

    /// <summary>Notes that the client's try led nowhere.</summary>
    public void AddFailure(HttpContext http)
    {
        if (clients.NetworkOf(http) is { } client)
            failures.AttemptAcquire(client).Dispose();
    }

    public void Dispose() => failures.Dispose();
}
