using System.Diagnostics.Metrics;

namespace ShareLinks.Storage;

/// <summary>Counts what is asked of a cache: <c>sharelinks.cache.requests</c>, by <c>cache</c> and <c>result</c> (<c>hit</c>, <c>miss</c>).</summary>
public sealed class CacheMetrics(IMeterFactory meters, string name)
{
    private readonly Counter<long> requests = meters.Create(StorageMetrics.MeterName).CreateCounter<long>("sharelinks.cache.requests", "{request}", "Rows asked of the caches");
    private readonly KeyValuePair<string, object?> cache = new("cache", name);

    /// <summary>A row was cached.</summary>
    public void Hit() => requests.Add(1, cache, new("result", "hit"));

    /// <summary>Storage had to be asked, or an older row stood in for it.</summary>
    public void Miss() => requests.Add(1, cache, new("result", "miss"));
}
