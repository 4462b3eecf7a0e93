using System.Globalization;

namespace ShareLinks.Security;

/// <summary>Slows down whoever opens made-up addresses until one is a link: 60 misses from one network at once, then one a second.</summary>
/// <remarks>
/// A network may be a whole town behind one address, so only misses count, and who has used up the misses still opens what this process has at hand: what
/// others open. Networks that are not known are not limited. Counted in this process. Thread-safe.
/// </remarks>
public sealed class MissLimiter(ClientAddress clients, TimeProvider time)
{
    /// <summary>Misses that a network may have at once.</summary>
    public const int Burst = 60;

    /// <summary>How long until another miss is forgiven.</summary>
    public static readonly TimeSpan Regain = TimeSpan.FromSeconds(1);

    private readonly FailureBudgets budgets = new(Burst, Regain, time);

    /// <summary>Whether a request's network may make this service look for a link; else the answer says when to come again.</summary>
    public bool MayLook(HttpContext http)
    {
        if (clients.NetworkOf(http) is not { } client || budgets.HasLeft(client))
            return true;
        http.Response.Headers.RetryAfter = ((int)Regain.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return false;
    }

    /// <summary>Counts a miss.</summary>
    public void Missed(HttpContext http)
    {
        if (clients.NetworkOf(http) is { } client)
            budgets.TryTake(client);
    }
}
