namespace ShareLinks.Security;

/// <summary>Slows down clients that try texts until one fits: 20 failures from one client at once, then one in 6 s.</summary>
/// <remarks>
/// A client is a network or, behind a backend's key, the user that the backend speaks for. Clients that are not known are not limited. Counted in this
/// process. Thread-safe.
/// </remarks>
public sealed class FailureLimiter(ClientAddress clients, TimeProvider time)
{
    /// <summary>Failures that a client may have at once.</summary>
    public const int Burst = 20;

    /// <summary>How long until another failure is forgiven.</summary>
    public static readonly TimeSpan Regain = TimeSpan.FromSeconds(6);

    private readonly FailureBudgets budgets = new(Burst, Regain, time);

    /// <summary>The leave of a request to look for the links that its text names.</summary>
    public LookupPermit PermitFor(HttpContext http) => clients.NetworkOf(http) is { } network ? new(budgets, network) : LookupPermit.Free;

    /// <summary>The leave to look for links for a backend's user; null: the backend does not say for whom.</summary>
    public LookupPermit PermitForUser(string? userId) => userId is null ? LookupPermit.Free : new(budgets, "user:" + userId);
}
