namespace ShareLinks.Clicks;

/// <summary>Puts the blocks that have come in since the last time into the log's total order, as one more batch record.</summary>
/// <remarks>
/// Any number of processes may cut at once: a record is inserted under the next number, and the second one starts over. No clock of this
/// machine's is involved. A stream that has long been idle is sealed, which its writer, should it wake, finds out by being refused.
/// Thread-safe.
/// </remarks>
public sealed class ClickCutter(BatchTable batches, StreamTable streams, BlockTable blocks, ClickOptions options) : IDisposable
{
    /// <summary>Streams that one record takes up at most, so that a cut after a long pause stays small; the next record takes up the rest.</summary>
    private const int MaxNewStreams = 1000;

    private const int StreamsReadAtOnce = 16;

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private Task<Cut> running = Task.FromResult(default(Cut));
    private Task<Cut>? following;

    /// <summary>Returns once every click that was stored before the call is in a batch record.</summary>
    /// <remarks>A cut that has begun may have missed what came since, so callers share the one that begins after it.</remarks>
    public Task<Cut> CutAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
            return (following ??= CutAfterAsync(running)).WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private async Task<Cut> CutAfterAsync(Task before)
    {
        // Always leaves the caller's lock first.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
            (running, following) = (following!, null);
        while (true)
        {
            if (await TryCutAsync(stopping.Token) is { } cut)
                return cut;
        }
    }

    /// <summary>What is cut, once nothing is left to record; null to go on, since there was more or another process was faster.</summary>
    private async Task<Cut?> TryCutAsync(CancellationToken cancellationToken)
    {
        // The order matters: a stream's row goes only after a record has the stream sealed. So a stream that a record lacks, though this list,
        // read later, has it, is a new one (or the work of a writer that slept through its retirement, which the outline tells).
        var (previous, serviceTime) = await batches.LastAsync(cancellationToken);
        var (openedAt, listedAt) = await streams.ListAsync(cancellationToken);
        if (listedAt is null)
            return new Cut(previous?.Number ?? 0, serviceTime);
        // The clock of the answer before the list: whatever was stored by then is in the list's streams.
        var cutAt = serviceTime ?? listedAt.Value - TimeSpan.FromMinutes(1);

        var known = previous?.Ranges.ToDictionary(range => range.Stream) ?? [];
        var parts = new List<Part>();
        var isMore = false;
        foreach (var group in openedAt.Keys.OrderBy(stream => !known.ContainsKey(stream)).ThenBy(stream => stream).Chunk(StreamsReadAtOnce))
        {
            isMore = parts.Count(part => part.Range is not null) >= known.Count + MaxNewStreams;
            if (isMore)
                break;
            parts.AddRange(await Task.WhenAll(group.Select(stream =>
                ReadAsync(stream, previous, known.TryGetValue(stream, out var before) ? before : null, openedAt[stream], cutAt, cancellationToken))));
        }
        if (parts.Any(part => part.IsOutdated))
            return null;

        var recorded = parts.Where(part => part.Range is not null).ToArray();
        if (!recorded.Any(part => part.IsNews))
            return new Cut(previous?.Number ?? 0, cutAt);
        var batch = new Batch
        {
            Number = (previous?.Number ?? 0) + 1,
            CutAt = cutAt,
            Ranges = [.. recorded.Select(part => part.Range!.Value)],
            Entries = recorded.Sum(part => part.Outline.Entries),
            First = recorded.Min(part => part.Outline.First),
            Last = recorded.Max(part => part.Outline.Last),
        };
        if (!await batches.AddAsync(batch, cancellationToken))
            return null;
        foreach (var group in batch.Ranges.Where(range => range.IsSealed).Chunk(StreamsReadAtOnce))
            await Task.WhenAll(group.Select(range => RetireAsync(range.Stream, batch, cancellationToken)));
        return isMore ? null : new Cut(batch.Number, cutAt);
    }

    private async Task<Part> ReadAsync(long stream, Batch? previous, StreamRange? before, DateTimeOffset openedAt, DateTimeOffset cutAt, CancellationToken cancellationToken)
    {
        if (before is { IsSealed: true } ended)
        {
            await RetireAsync(stream, previous!, cancellationToken);
            return new Part(ended with { From = ended.To });
        }
        var from = new BlockKey(stream, before?.To ?? 0);
        var outline = await blocks.OutlineAsync(from, cancellationToken);
        if (outline.IsRetired)
        {
            await streams.CloseAsync(stream, cancellationToken);
            return new Part(null, IsOutdated: true);
        }
        var grewAt = outline.GrewAt ?? before?.GrewAt ?? openedAt;
        var hasGrown = outline.End > from.Sequence;
        var isSealed = outline.IsSealed || (!hasGrown && cutAt - grewAt > options.SealAfter && await blocks.SealAsync(from, cancellationToken));
        return before is null && !hasGrown && !isSealed
            ? new Part(null)
            : new Part(new StreamRange(stream, from.Sequence, outline.End, isSealed, grewAt), outline, IsNews: hasGrown || isSealed);
    }

    private async Task RetireAsync(long stream, Batch sealing, CancellationToken cancellationToken)
    {
        await blocks.RetireAsync(stream, sealing.Number, cancellationToken);
        await streams.CloseAsync(stream, cancellationToken);
    }

    /// <summary>What a stream adds to a record.</summary>
    private readonly record struct Part(StreamRange? Range, StreamOutline Outline = default, bool IsNews = false, bool IsOutdated = false);
}

/// <summary>How far the batch records reach.</summary>
/// <param name="Number">The last record; 0 for none.</param>
/// <param name="At">Every click that was stored before this moment, by the storage service's clock, is in the records; null when there never was one.</param>
public readonly record struct Cut(int Number, DateTimeOffset? At);
