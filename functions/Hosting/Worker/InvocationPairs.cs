namespace ShareLinks.Hosting.Worker;

/// <summary>Brings the two halves of a request together: the invocation that the host announces, and the HTTP request that it passes on.</summary>
/// <remarks>
/// <para>The host marks both with the invocation's id, but leaves the header alone if the client sent it. Then no half ever finds the other by its id,
/// and both would wait until they time out. So whichever request and invocation have waited for <see cref="IdTimeout"/> belong together: since each
/// function runs the same pipeline on whatever request it is given, it does not matter which request it is.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed class InvocationPairs(TimeProvider time) : IDisposable
{
    /// <summary>How long a half waits for the one with the same id. The two come over two connections, so one may be late.</summary>
    public static readonly TimeSpan IdTimeout = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a request waits for any invocation.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CheckEvery = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();

    /// <summary>Invocations and requests without their other half, the oldest first.</summary>
    private readonly OrderedDictionary<string, long> invocations = [];
    private readonly LinkedList<Request> requests = [];
    private readonly Dictionary<string, LinkedListNode<Request>> requestsById = [];
    private ITimer? timer;

    /// <summary>Announces an invocation; it is forgotten by <see cref="Forget"/>.</summary>
    public void Announce(string invocationId)
    {
        LinkedListNode<Request>? request;
        lock (gate)
        {
            if (requestsById.TryGetValue(invocationId, out request))
                Remove(request);
            else
                invocations[invocationId] = time.GetTimestamp();
        }
        // The request goes on here: another thread would only wait for what this one is about to do.
        request?.Value.Invocation.TrySetResult(invocationId);
    }

    /// <summary>Forgets an invocation that is over, whether a request came for it or not.</summary>
    public void Forget(string invocationId)
    {
        lock (gate)
            invocations.Remove(invocationId);
    }

    /// <summary>The invocation that a request belongs to; null when none comes within <see cref="Timeout"/>.</summary>
    /// <param name="id">The id that the request bears.</param>
    /// <param name="cancellationToken">Ends when the client is gone.</param>
    public ValueTask<string?> FindAsync(string id, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (invocations.Remove(id))
                return new(id);
            var request = requests.AddLast(new Request(id, time.GetTimestamp()));
            // Of several requests with one id, which clients alone can make, the first may be the host's.
            requestsById.TryAdd(id, request);
            timer ??= time.CreateTimer(_ => Check(), null, CheckEvery, CheckEvery);
            return new(WaitAsync(request, cancellationToken));
        }
    }

    public void Dispose()
    {
        lock (gate)
            timer?.Dispose();
    }

    private async Task<string?> WaitAsync(LinkedListNode<Request> request, CancellationToken cancellationToken)
    {
        try
        {
            return await request.Value.Invocation.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (gate)
                Remove(request);
            throw;
        }
    }

    private void Check()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            while (requests.First is { } request && time.GetElapsedTime(request.Value.Since, now) is var waited && waited >= IdTimeout)
            {
                if (invocations.Count > 0 && invocations.GetAt(0) is var oldest && time.GetElapsedTime(oldest.Value, now) >= IdTimeout)
                {
                    invocations.RemoveAt(0);
                    Pair(request, oldest.Key);
                }
                else if (waited >= Timeout)
                {
                    Pair(request, null);
                }
                else
                {
                    break;
                }
            }
            if (requests.Count > 0)
                return;
            timer?.Dispose();
            timer = null;
        }
    }

    private void Pair(LinkedListNode<Request> request, string? invocationId)
    {
        Remove(request);
        request.Value.Invocation.TrySetResult(invocationId);
    }

    private void Remove(LinkedListNode<Request> request)
    {
        if (request.List is null)
            return;
        requests.Remove(request);
        if (requestsById.GetValueOrDefault(request.Value.Id) == request)
            requestsById.Remove(request.Value.Id);
    }

    private sealed class Request(string id, long since)
    {
        public string Id { get; } = id;

        public long Since { get; } = since;

        public TaskCompletionSource<string?> Invocation { get; } = new();
    }
}
