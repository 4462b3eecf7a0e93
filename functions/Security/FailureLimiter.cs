using System.Globalization;
using ShareLinks.Http;

namespace ShareLinks.Security;

/// <summary>Slows down whoever tries texts, or keys, until one fits: 20 failures from one client at once, then one in 6 s.</summary>
/// <remarks>
/// A client is a network or, behind a backend's key, the user that the backend speaks for. A try is paid for before it is made and given back when it leads
/// somewhere, so that tries at the same moment count, too. Who is not known is not limited. Counted in this process. Thread-safe.
/// </remarks>
public sealed class FailureLimiter(ClientAddress clients, TimeProvider time)
{
    /// <summary>Failures that a client may have at once.</summary>
    public const int Burst = 20;

    /// <summary>How long until another failure is forgiven.</summary>
    public static readonly TimeSpan Regain = TimeSpan.FromSeconds(6);

    private readonly FailureBudgets budgets = new(Burst, Regain, time);

    public static Problem Refusal { get; } = Problem.Of(
        StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many texts or addresses without a valid code came from there; try again in a moment.");

    /// <summary>Pays for a try of whoever sends a request; false when the client has used up its failures, and the answer then says when to come again.</summary>
    public bool TryBegin(HttpContext http) => TryBegin(http, clients.NetworkOf(http));

    /// <summary>Gives a try back that led somewhere.</summary>
    public void Succeeded(HttpContext http) => Succeeded(clients.NetworkOf(http));

    /// <summary>Pays for a try that a backend makes for a user; null: it does not say for whom.</summary>
    public bool TryBeginFor(HttpContext http, string? userId) => TryBegin(http, UserOf(userId));

    /// <summary>Gives a user's try back that led somewhere.</summary>
    public void SucceededFor(string? userId) => Succeeded(UserOf(userId));

    private static string? UserOf(string? userId) => userId is null ? null : "user:" + userId;

    private bool TryBegin(HttpContext http, string? client)
    {
        if (client is null || budgets.TryTake(client))
            return true;
        http.Response.Headers.RetryAfter = ((int)Regain.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return false;
    }

    private void Succeeded(string? client)
    {
        if (client is not null)
            budgets.GiveBack(client);
    }
}
