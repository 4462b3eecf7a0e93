namespace ShareLinks.Clicks;

/// <summary>Blocks that this process found damaged, for health to show. Thread-safe.</summary>
public sealed class DamagedBlocks
{
    private const int MaxKeys = 100;

    private readonly HashSet<BlockKey> all = [];

    public int Count
    {
        get
        {
            lock (all)
                return all.Count;
        }
    }

    /// <summary>The first hundred that were found.</summary>
    public IReadOnlyList<BlockKey> Keys
    {
        get
        {
            lock (all)
                return [.. all.Take(MaxKeys)];
        }
    }

    /// <summary>False when it is known already.</summary>
    public bool Add(BlockKey key)
    {
        lock (all)
            return all.Add(key);
    }
}
