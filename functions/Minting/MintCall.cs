using System.Security.Claims;
using System.Security.Cryptography;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Minting;

/// <summary>One call that mints: checks the requests, reserves ids (for a retry those of the first try) and mints.</summary>
public sealed class MintCall(LinkMinter minter, LinkIdLeases leases, IdempotencyTable idempotency, Destinations destinations, TimeProvider time)
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>The key of a call that may be sent again, as its header says; null when there is none, and the problem with one that is no key.</summary>
    public static (IdempotentCall? Call, Problem? Problem) ReadKey(HttpContext http, byte[] body)
    {
        if (http.Request.Headers[KeyHeader] is not { Count: > 0 } header)
            return (null, null);
        var key = header.ToString();
        return IdempotencyTable.IsKey(key)
            ? (new IdempotentCall(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, http.Request.Path, key, SHA256.HashData(body)), null)
            : (null, Problem.Of(StatusCodes.Status400BadRequest, "invalid_request", $"The header {KeyHeader} must have 1 to {IdempotencyTable.MaxKeyLength} visible ASCII characters."));
    }

    /// <summary>An outcome for each request, or the problem with the whole call.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="call">The call's key; null when it has none.</param>
    /// <param name="allowHttp">Whether addresses may be without TLS.</param>
    /// <param name="cancellationToken">Cancels it before the first link is minted.</param>
    public async Task<(IReadOnlyList<MintOutcome>? Outcomes, Problem? Problem)> MintAsync(
        IReadOnlyList<BatchEntry<MintRequest>> requests, IdempotentCall? call, bool allowHttp, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var problems = Validate(now);
        Reservation? reservation = null;
        if (call is not null)
        {
            // Nothing is reserved for what is wholly wrong, but it may be a retry of what was right at its time.
            var (found, isReused) = problems.All(problem => problem is not null)
                ? await idempotency.FindAsync(call, now, cancellationToken)
                : await idempotency.ReserveAsync(call, requests.Count, now, cancellationToken);
            if (isReused)
                return (null, Problem.Of(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", $"The {KeyHeader} was used with another body in the last 24 hours."));
            if (found is not null)
                (reservation, problems) = (found, Validate(found.At));
        }

        var valid = Enumerable.Range(0, requests.Count).Where(i => problems[i] is null).ToArray();
        var outcomes = problems.Select(problem => new MintOutcome(null, null, problem)).ToArray();
        if (valid.Length == 0)
            return (outcomes, null);
        reservation ??= new Reservation(await leases.TakeAsync(requests.Count, cancellationToken), now);
        var minted = await minter.MintAsync([.. valid.Select(i => requests[i].Value!)], reservation with { Ids = [.. valid.Select(i => reservation.Ids[i])] });
        for (var i = 0; i < valid.Length; i++)
            outcomes[valid[i]] = minted[i];
        return (outcomes, null);

        Problem?[] Validate(DateTimeOffset at) =>
            [.. requests.Select(entry => entry.Check("", request => request.Validate(destinations, allowHttp, at)))];
    }
}
