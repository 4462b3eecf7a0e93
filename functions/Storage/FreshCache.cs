using BitFaster.Caching.Lru;

namespace ShareLinks.Storage;

/// <summary>A bounded cache of rows, which are read again when they are no longer fresh.</summary>
/// <remarks>
/// <para>Simultaneous misses of one key make one read. That a row is missing is remembered too. When storage is away or slow, an older value
/// is given instead, up to the age allowed for it; without one, the fault is thrown, or <see cref="TimeoutException"/> after five seconds.</para>
/// <para>A value counts as fresh from the moment its read began, so a change is seen everywhere within <see cref="Fresh"/>. Thread-safe.</para>
/// </remarks>
/// <param name="capacity">Rows kept at most.</param>
/// <param name="load">Reads one row; null when there is none.</param>
/// <param name="time">The clock that freshness is measured by.</param>
/// <param name="maxStale">The oldest value that may stand in for storage; a day when absent.</param>
/// <param name="metrics">Counts what is asked of it.</param>
public sealed class FreshCache<TKey, TValue>(int capacity, Func<TKey, Task<TValue?>> load, TimeProvider time, TimeSpan? maxStale = null, CacheMetrics? metrics = null)
    where TKey : notnull
    where TValue : class
{
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    /// <summary>How long a caller waits for storage when an older value is cached.</summary>
    private static readonly TimeSpan StaleWait = TimeSpan.FromMilliseconds(300);

    /// <summary>How long without one. The read continues, and the next caller finds its row.</summary>
    private static readonly TimeSpan ColdWait = TimeSpan.FromSeconds(5);

    /// <summary>How long storage is left alone after it failed, while older values are cached.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(3);

    private readonly TimeSpan maxStale = maxStale ?? TimeSpan.FromHours(24);
    private readonly ConcurrentLru<TKey, Entry> entries = new(Environment.ProcessorCount, Math.Max(capacity, 3), EqualityComparer<TKey>.Default);

    /// <summary>Rows in the cache, those that are known to be missing among them.</summary>
    public int Count => entries.Count;

    public ValueTask<TValue?> GetAsync(TKey key)
    {
        var entry = entries.GetOrAdd(key, static _ => new Entry());
        if (entry.Current is { } current && IsYoungerThan(Fresh, current))
        {
            metrics?.Hit();
            return new(current.Value);
        }
        metrics?.Miss();
        return new(RefreshAsync(key, entry));
    }

    /// <summary>Whether a row is in the cache and known to exist, fresh or not.</summary>
    public bool Has(TKey key) => entries.TryGet(key, out var entry) && entry.Current is { Value: not null } current && IsYoungerThan(maxStale, current);

    /// <summary>Puts in a row that was just made. (After a change use <see cref="Remove"/>: two changes may be told in the wrong order.)</summary>
    public void Set(TKey key, TValue value) => entries.AddOrUpdate(key, new Entry { Current = new Loaded(value, time.GetTimestamp()) });

    /// <summary>Makes the next <see cref="GetAsync"/> ask storage.</summary>
    public void Remove(TKey key) => entries.TryRemove(key);

    private bool IsYoungerThan(TimeSpan age, Loaded loaded) => time.GetElapsedTime(loaded.At) < age;

    private async Task<TValue?> RefreshAsync(TKey key, Entry entry)
    {
        while (true)
        {
            Task<Loaded> refresh;
            Loaded? stale;
            lock (entry)
            {
                stale = entry.Current is { } current && IsYoungerThan(maxStale, current) ? current : null;
                if (stale is not null && (IsYoungerThan(Fresh, stale) || (entry.FailedAt is { } failed && time.GetElapsedTime(failed) < RetryAfter)))
                    return stale.Value;
                if (entry.Refresh is null || entry.Refresh.IsCompleted)
                    entry.Refresh = LoadAsync(key, entry);
                refresh = entry.Refresh;
            }
            try
            {
                var loaded = await refresh.WaitAsync(stale is null ? ColdWait : StaleWait, time);
                // A process that was stopped for long in between asks again.
                if (IsYoungerThan(Fresh, loaded))
                    return loaded.Value;
            }
            catch (Exception fault) when (stale is not null && StorageFaults.IsUnavailable(fault))
            {
                return stale.Value;
            }
        }
    }

    private async Task<Loaded> LoadAsync(TKey key, Entry entry)
    {
        try
        {
            var started = time.GetTimestamp();
            var loaded = new Loaded(await load(key), started);
            entry.Current = loaded;
            entry.FailedAt = null;
            return loaded;
        }
        catch (Exception fault) when (StorageFaults.IsUnavailable(fault))
        {
            entry.FailedAt = time.GetTimestamp();
            throw;
        }
    }

    private sealed record Loaded(TValue? Value, long At);

    private sealed class Entry
    {
        private volatile Loaded? current;

        public Loaded? Current { get => current; set => current = value; }

        public Task<Loaded>? Refresh { get; set; }

        public long? FailedAt { get; set; }
    }
}
