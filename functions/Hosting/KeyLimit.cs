using System.Security.Claims;
using System.Threading.RateLimiting;
using ShareLinks.Http;

namespace ShareLinks.Hosting;

/// <summary>Holds each API key to <see cref="LimitOptions.RequestsPerKey"/>, in this process. Requests without a key pass: they have limits of their own.</summary>
internal static class KeyLimit
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private static readonly Problem Refusal = Problem.Of(
        StatusCodes.Status429TooManyRequests, "too_many_requests", "This key has used up its requests of the moment; try again in a second.");

    public static void Add(IServiceCollection services, LimitOptions limits)
    {
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = 2 * limits.RequestsPerKey,
            TokensPerPeriod = Math.Max(1, limits.RequestsPerKey / 10),
            ReplenishmentPeriod = limits.RequestsPerKey < 10 ? TimeSpan.FromSeconds(1) / limits.RequestsPerKey : Period,
            QueueLimit = 0,
        };
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
