namespace ShareLinks.Clicks;

/// <summary>Blocks whose clicks this process had to pass over, for health to show. Thread-safe.</summary>
public sealed class UnreadBlocks
{
    /// <summary>Blocks whose bytes are damaged.</summary>
    public BlockKeys Damaged { get; } = new();

    /// <summary>Blocks that the log's order names and that are not there, though they are within retention.</summary>
    public BlockKeys Missing { get; } = new();
}

/// <summary>Keys of blocks, each once. Thread-safe.</summary>
public sealed class BlockKeys
{
    private const int MaxShown = 100;

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
    public IReadOnlyList<BlockKey> First
    {
        get
        {
            lock (all)
                return [.. all.Take(MaxShown)];
        }
    }

    /// <summary>False when it is known already.</summary>
    public bool Add(BlockKey key)
    {
        lock (all)
            return all.Add(key);
    }
}
