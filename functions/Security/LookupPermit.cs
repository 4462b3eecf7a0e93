using System.Globalization;
using ShareLinks.Http;

namespace ShareLinks.Security;

/// <summary>One request's leave to look up what was guessed: paid for before storage is asked, given back when it was no guess.</summary>
/// <remarks>
/// What looks codes, texts or keys up takes one of these, so no route can forget the limit. A request pays once, however many forms of what it names are
/// tried. For one request at a time.
/// </remarks>
public sealed class LookupPermit
{
    private readonly FailureBudgets? budgets;
    private readonly string? client;
    private FailureBudget? paidFrom;
    private State state;

    /// <param name="budgets">What is left to each client.</param>
    /// <param name="client">Who pays.</param>
    internal LookupPermit(FailureBudgets budgets, string client) => (this.budgets, this.client) = (budgets, client);

    private LookupPermit()
    {
    }

    private enum State
    {
        Unpaid,
        UnderWay,
        Failed,
        Refused,
    }

    /// <summary>For callers whose API key is limited by its requests, for what is cached, and for clients that are not known.</summary>
    public static LookupPermit Free { get; } = new();

    /// <summary>What a client is told that has no failures left.</summary>
    public static Problem Refusal { get; } = Problem.Of(
        StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many addresses, texts or keys that lead nowhere came from there; try again in a moment.");

    /// <summary>Whether nothing was looked up because the client has no failures left.</summary>
    public bool IsRefused => state == State.Refused;

    /// <summary>Pays, unless this request has paid already; false when the client has no failures left.</summary>
    /// <exception cref="TimeoutException">Look-ups of the same client that are under way took too long.</exception>
    public async ValueTask<bool> PayAsync()
    {
        if (budgets is null || state is State.UnderWay or State.Failed)
            return true;
        if (state == State.Refused)
            return false;
        paidFrom = budgets.Of(client!);
        state = await paidFrom.TakeAsync() ? State.UnderWay : State.Refused;
        return state == State.UnderWay;
    }

    /// <summary>What was looked up is nothing: the payment stays.</summary>
    public void Fail()
    {
        if (state != State.UnderWay)
            return;
        state = State.Failed;
        paidFrom!.End(isFailure: true);
    }

    /// <summary>Gives the payment back: what was looked up exists, or storage did not answer.</summary>
    public void GiveBack()
    {
        if (state == State.UnderWay)
            paidFrom!.End(isFailure: false);
        else if (state == State.Failed)
            paidFrom!.Forgive();
        else
            return;
        state = State.Unpaid;
    }

    /// <summary>Tells a client that has no failures left when to come again.</summary>
    public Problem Refuse(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.RetryAfter = ((int)Math.Ceiling(budgets!.Regain.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Refusal;
    }
}
