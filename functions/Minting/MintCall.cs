using System.Security.Claims;
using System.Security.Cryptography;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Minting;

/// <summary>One call that mints: checks the requests, reserves ids (for a retry those of the first try) and mints.</summary>
public sealed class MintCall(LinkMinter minter, LinkIdLeases leases, IdempotencyTable idempotency, Destinations destinations, TimeProvider time)
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>An outcome for each request, or the problem with the whole call.</summary>
    public async Task<(IReadOnlyList<MintOutcome>? Outcomes, Problem? Problem)> MintAsync(HttpContext http, byte[] body, IReadOnlyList<BatchEntry<MintRequest>> requests, bool allowHttp)
    {
        var now = time.GetUtcNow();
        var problems = Validate(now);
        Reservation? reservation = null;
        if (http.Request.Headers[KeyHeader] is { Count: > 0 } header)
        {
            var key = header.ToString();
            if (!IdempotencyTable.IsKey(key))
                return (null, Problem.Of(StatusCodes.Status400BadRequest, "invalid_request", $"The header {KeyHeader} must have 1 to {IdempotencyTable.MaxKeyLength} visible ASCII characters."));
            var call = new IdempotentCall(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, http.Request.Path, key, SHA256.HashData(body));
            // Nothing is reserved for what is wholly wrong, but it may be a retry of what was right at its time.
            var (found, isReused) = problems.All(problem => problem is not null)
                ? await idempotency.FindAsync(call, now, http.RequestAborted)
                : await idempotency.ReserveAsync(call, requests.Count, now, http.RequestAborted);
            if (isReused)
                return (null, Problem.Of(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", $"The {KeyHeader} was used with another body in the last 24 hours."));
            if (found is not null)
                (reservation, problems) = (found, Validate(found.At));
        }

        var valid = Enumerable.Range(0, requests.Count).Where(i => problems[i] is null).ToArray();
        var outcomes = problems.Select(problem => new MintOutcome(null, null, problem)).ToArray();
        if (valid.Length == 0)
            return (outcomes, null);
        reservation ??= new Reservation(await leases.TakeAsync(requests.Count, http.RequestAborted), now);
        var minted = await minter.MintAsync([.. valid.Select(i => requests[i].Value!)], reservation with { Ids = [.. valid.Select(i => reservation.Ids[i])] });
        for (var i = 0; i < valid.Length; i++)
            outcomes[valid[i]] = minted[i];
        return (outcomes, null);

        Problem?[] Validate(DateTimeOffset at) =>
            [.. requests.Select(entry => entry.Check("", request => request.Validate(destinations, allowHttp, at)))];
    }
}
