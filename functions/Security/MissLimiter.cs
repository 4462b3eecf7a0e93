namespace ShareLinks.Security;

/// <summary>Slows down clients that guess addresses, pictures' included: 60 misses from one network at once, then one a second.</summary>
/// <remarks>
/// A network may be a whole town behind one address, so only misses count, and a network that has used up its misses still opens what this process has
/// cached: what others open. Networks that are not known are not limited. Counted in this process. Thread-safe.
/// </remarks>
public sealed class MissLimiter(ClientAddress clients, TimeProvider time)
{
    /// <summary>Misses that a network may have at once.</summary>
    public const int Burst = 60;

    /// <summary>How long until another miss is forgiven.</summary>
    public static readonly TimeSpan Regain = TimeSpan.FromSeconds(1);

    private readonly FailureBudgets budgets = new(Burst, Regain, time);

    /// <summary>The leave of a request to look for the link that its address names.</summary>
    public LookupPermit PermitFor(HttpContext http) => clients.NetworkOf(http) is { } network ? new(budgets, network) : LookupPermit.Free;
}
