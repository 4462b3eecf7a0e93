using System.Security.Claims;
using System.Threading.RateLimiting;
using ShareLinks.Http;

namespace ShareLinks.Hosting;

/// <summary>Holds each API key to <see cref="LimitOptions.RequestsPerKey"/>, in this process. Requests without a key pass: they have limits of their own.</summary>
internal static class KeyLimit
{
    private static readonly Problem Refusal = Problem.Of(
        StatusCodes.Status429TooManyRequests, "too_many_requests", "This key has used up its requests of the moment; try again in a second.");

    /// <summary>A bucket that refills by exactly so many requests a second, about ten times a second or as often as there is one.</summary>
    internal static TokenBucketRateLimiterOptions BucketOf(int perSecond)
    {
        var tokens = Math.Max(1, perSecond / 10);
        return new()
        {
            TokenLimit = 2 * perSecond,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)tokens / perSecond),
            QueueLimit = 0,
        };
    }

    public static void Add(IServiceCollection services, LimitOptions limits)
    {
        var bucket = BucketOf(limits.RequestsPerKey);
        services.AddRateLimiter(options =>
        {
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => http.User.FindFirst(ClaimTypes.NameIdentifier)?.Value is { } key
                ? RateLimitPartition.GetTokenBucketLimiter(key, _ => bucket)
                : RateLimitPartition.GetNoLimiter(""));
            options.OnRejected = async (refused, _) =>
            {
                refused.HttpContext.Response.Headers.RetryAfter = "1";
                await Refusal.WriteAsync(refused.HttpContext);
            };
        });
    }
}
