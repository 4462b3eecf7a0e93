using System.Collections.Concurrent;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Resolving;

namespace ShareLinks.Simulation;

/// <summary>Records openings as the service does, many at once, within a bound on memory.</summary>
/// <remarks>Call it from one place at a time; recording continues in the background.</remarks>
internal sealed class OpeningWriter(VisitRecorder recorder, Handoffs handoffs, PersonTable people)
{
    /// <summary>The maximum of openings that are not stored yet.</summary>
    private const int MaxPending = 10 * ClickBlockCodec.MaxClicks;

    /// <summary>The maximum of simultaneous openings that read storage first.</summary>
    private const int LookUpsAtOnce = 16;

    private static readonly TaskCompletionSource AtOnce = new();

    private readonly SemaphoreSlim room = new(MaxPending);
    private readonly SemaphoreSlim lookUps = new(LookUpsAtOnce);

    /// <summary>A person's number never changes.</summary>
    private readonly ConcurrentDictionary<string, PersonId> numbers = new(StringComparer.Ordinal);

    private volatile TaskCompletionSource company = new();
    private int gathered;
    private int blocks;
    private SimulationException? fault;

    static OpeningWriter() => AtOnce.SetResult();

    /// <summary>The number of blocks that hold the openings.</summary>
    public int Blocks => Volatile.Read(ref blocks);

    /// <summary>Accepts an opening as soon as there is room for it, and records it together with others, as under the load of many visitors.</summary>
    /// <returns>The click, available once it is stored: after a block's worth of openings or <see cref="Flush"/>.</returns>
    /// <exception cref="SimulationException">An earlier one could not be stored.</exception>
    public async ValueTask<Task<ClickId>> WriteAsync(Opening opening, CancellationToken cancellationToken)
    {
        if (!room.Wait(0, cancellationToken))
        {
            // Openings that wait for others would keep their room forever.
            Release(AtOnce);
            await room.WaitAsync(cancellationToken);
            company = new TaskCompletionSource();
        }
        ThrowIfFaulted();
        var recorded = RecordAsync(opening, company.Task);
        if (++gathered == ClickBlockCodec.MaxClicks)
            Flush();
        return recorded;
    }

    /// <summary>Records the openings that wait for others.</summary>
    public void Flush() => Release(new TaskCompletionSource());

    /// <summary>Completes when all openings are stored.</summary>
    /// <exception cref="SimulationException">Something could not be stored.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Release(AtOnce);
        for (var taken = 0; taken < MaxPending; taken++)
            await room.WaitAsync(cancellationToken);
        ThrowIfFaulted();
    }

    private void Release(TaskCompletionSource next)
    {
        var waiting = company;
        (company, gathered) = (next, 0);
        // The waiting openings continue synchronously here, one after the other.
        waiting.TrySetResult();
    }

    private void ThrowIfFaulted()
    {
        if (Volatile.Read(ref fault) is { } first)
            throw first;
    }

    private async Task<ClickId> RecordAsync(Opening opening, Task others)
    {
        try
        {
            await others;
            var (visitor, crossing) = opening.NeedsLookUp ? await LookUpAsync(opening) : (opening.Visitor, default);
            // Nothing waits for these openings, so they may wait for others once more.
            if (opening.Earlier is not null)
                await company.Task;
            var visit = await recorder.RecordAsync(opening.Link, opening.Arrival, opening.Action, visitor, crossing);
            if (visit is not { Id: { } id, Outcome: ClickOutcome.Committed })
                throw new SimulationException("A click was not stored in time, so the history is incomplete: delete its tables and try again where storage keeps up.");
            if (id.Place == 0)
                Interlocked.Increment(ref blocks);
            return id;
        }
        catch (Exception failed)
        {
            var first = failed as SimulationException ?? new SimulationException($"A click could not be stored: {failed.Message.Split('\n')[0]}");
            throw Interlocked.CompareExchange(ref fault, first, null) ?? first;
        }
        finally
        {
            room.Release();
        }
    }

    private async Task<(Visitor Visitor, Crossing Crossing)> LookUpAsync(Opening opening)
    {
        ClickId? earlier = opening.Earlier is { } visit ? await visit : null;
        await lookUps.WaitAsync();
        try
        {
            var visitor = opening.UserId is { } userId ? opening.Visitor with { User = await NumberOfAsync(userId) } : opening.Visitor;
            if (earlier is not { } id)
                return (visitor, default);
            var (link, at) = (opening.Link.Id, opening.Arrival.ReceivedAt);
            var crossing = opening.ReopensPage ? await handoffs.ReopenAsync(id, link, visitor, at) : await handoffs.JoinAsync(id, link, visitor, at);
            return crossing is { Continues: null, ForwardedFrom: null }
                ? throw new SimulationException("A visit could not be read back, so the history is incomplete: delete its tables and try again where storage keeps up.")
                : (visitor, crossing);
        }
        finally
        {
            lookUps.Release();
        }
    }

    private async ValueTask<PersonId> NumberOfAsync(string userId) => numbers.TryGetValue(userId, out var number) ? number : numbers[userId] = await people.GetOrAddAsync(userId);
}

/// <summary>An opening to record.</summary>
/// <param name="Link">The link.</param>
/// <param name="Arrival">How the visitor arrived.</param>
/// <param name="Action">What the service answers.</param>
/// <param name="Visitor">The visitor, without <see cref="Visitor.User"/>.</param>
internal sealed record Opening(LinkAttributes Link, Arrival Arrival, ClickAction Action, Visitor Visitor)
{
    /// <summary>The user id, when an app reports it.</summary>
    public string? UserId { get; init; }

    /// <summary>The visit from which the address or text was copied.</summary>
    public Task<ClickId>? Earlier { get; init; }

    /// <summary>Whether a browser reopens the landing page, rather than the app.</summary>
    public bool ReopensPage { get; init; }

    public bool NeedsLookUp => UserId is not null || Earlier is not null;
}
