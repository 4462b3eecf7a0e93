using System.Globalization;
using ShareLinks.Http;

namespace ShareLinks.Security;

/// <summary>Bounds what one network may have drawn: units of some 0.3 ms on one core, 1,000 at once, then 100 a second.</summary>
/// <remarks>
/// A network may be a whole town behind one address, so the units are many: a hundred pictures of the usual size a second. Networks that are not known are
/// not limited. Counted in this process. Thread-safe.
/// </remarks>
public sealed class PictureLimiter(ClientAddress clients, TimeProvider time)
{
    /// <summary>Units that a network may have at once.</summary>
    public const int Burst = 1000;

    /// <summary>How long until another unit is there.</summary>
    public static readonly TimeSpan Regain = TimeSpan.FromMilliseconds(10);

    private static readonly Problem Refusal = Problem.Of(
        StatusCodes.Status429TooManyRequests, "too_many_pictures", "Too many pictures were drawn for this network; try again in a moment.");

    private readonly FailureBudgets budgets = new(Burst, Regain, time);

    /// <summary>Spends units, 1 to <see cref="Burst"/>; the problem to answer with when the network has fewer left, and then nothing is spent.</summary>
    public Problem? Spend(HttpContext http, int units)
    {
        if (clients.NetworkOf(http) is not { } network || budgets.Of(network).TrySpend(units))
            return null;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.RetryAfter = Math.Ceiling(units * Regain.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Refusal;
    }
}
