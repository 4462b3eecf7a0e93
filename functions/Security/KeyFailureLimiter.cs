namespace ShareLinks.Security;

/// <summary>Slows down clients that send invalid API keys, to the API or to sign in: 20 from one network at once, then one in 6 s.</summary>
/// <remarks>
/// Apart from texts, or a backend with a revoked key would keep people of the same network from finding links. A right key is never refused. Networks that
/// are not known are not limited. Counted in this process. Thread-safe.
/// </remarks>
public sealed class KeyFailureLimiter(ClientAddress clients, TimeProvider time)
{
    /// <summary>Failures that a network may have at once.</summary>
    public const int Burst = 20;

    /// <summary>How long until another failure is forgiven.</summary>
    public static readonly TimeSpan Regain = TimeSpan.FromSeconds(6);

    private readonly FailureBudgets budgets = new(Burst, Regain, time);

    /// <summary>The leave of a request to show an API key.</summary>
    public LookupPermit PermitFor(HttpContext http) => clients.NetworkOf(http) is { } network ? new(budgets, network) : LookupPermit.Free;
}
