using System.Collections.Concurrent;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Resolving;

namespace ShareLinks.Simulation;

/// <summary>Records openings as the service does, many at once and no more than memory should hold.</summary>
/// <remarks>Call it from one place at a time; what it began goes on by itself.</remarks>
internal sealed class OpeningWriter(VisitRecorder recorder, HandOvers handOvers, PersonTable people)
{
    /// <summary>Openings that are not stored yet.</summary>
    private const int MaxPending = 10 * ClickBlockCodec.MaxClicks;

    /// <summary>Openings that ask storage for something beforehand, at once.</summary>
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

    /// <summary>Blocks that the openings stand in.</summary>
    public int Blocks => Volatile.Read(ref blocks);

    /// <summary>Takes an opening, once there is room for it, and records it together with others, as they come where many people open links at once.</summary>
    /// <returns>The click, when it is stored, which takes a block's worth of openings or <see cref="Flush"/>.</returns>
    /// <exception cref="SimulationException">An earlier one could not be stored.</exception>
    public async ValueTask<Task<ClickId>> WriteAsync(Opening opening, CancellationToken cancellationToken)
    {
        if (!room.Wait(0, cancellationToken))
        {
            // Those that wait for company would keep the room for ever.
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

    /// <summary>Lets those go on that wait for others.</summary>
    public void Flush() => Release(new TaskCompletionSource());

    /// <summary>Completes when all is stored.</summary>
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
        // They go on right here, one after the other.
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
            // Nothing waits for these, so they may wait for others once more.
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
            var crossing = opening.ReopensPage ? await handOvers.ReopenAsync(id, link, visitor, at) : await handOvers.JoinAsync(id, link, visitor, at);
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

/// <summary>An opening that is to be recorded.</summary>
/// <param name="Link">The link.</param>
/// <param name="Arrival">How the visitor came.</param>
/// <param name="Action">What the visitor gets.</param>
/// <param name="Visitor">Who it is, but for <see cref="Visitor.User"/>.</param>
internal sealed record Opening(LinkAttributes Link, Arrival Arrival, ClickAction Action, Visitor Visitor)
{
    /// <summary>Who opens it, where an app tells.</summary>
    public string? UserId { get; init; }

    /// <summary>The visit that its address or text was copied from.</summary>
    public Task<ClickId>? Earlier { get; init; }

    /// <summary>Whether that address is opened as a page of this service, not by the app.</summary>
    public bool ReopensPage { get; init; }

    public bool NeedsLookUp => UserId is not null || Earlier is not null;
}
