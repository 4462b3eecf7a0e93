namespace ShareLinks.Rollups;

/// <summary>Counts by small numbers: a hash table of open addressing, small while it holds little. Not thread-safe.</summary>
internal sealed class CountMap
{
    /// <summary>2³² by the golden ratio: its multiples spread neighbours (Fibonacci hashing).</summary>
    private const uint Spread = 2654435769;

    /// <summary>Keys plus one; 0 is free.</summary>
    private int[] keys = new int[8];
    private int[] counts = new int[8];
    private int used;
    private int shift = 32 - 3;

    /// <summary>Adds to the count of a key from 0 up.</summary>
    public void Add(int key, int count)
    {
        if (4 * used >= 3 * keys.Length)
            Grow();
        var mask = keys.Length - 1;
        for (var place = (int)((uint)key * Spread >> shift); ; place = (place + 1) & mask)
        {
            if (keys[place] == key + 1)
            {
                counts[place] += count;
                return;
            }
            if (keys[place] == 0)
            {
                (keys[place], counts[place]) = (key + 1, count);
                used++;
                return;
            }
        }
    }

    public void AddAll(CountMap other)
    {
        for (var place = 0; place < other.keys.Length; place++)
        {
            if (other.keys[place] != 0)
                Add(other.keys[place] - 1, other.counts[place]);
        }
    }

    /// <summary>Each key with its count, in no order.</summary>
    public IEnumerable<(int Key, int Count)> Entries()
    {
        for (var place = 0; place < keys.Length; place++)
        {
            if (keys[place] != 0)
                yield return (keys[place] - 1, counts[place]);
        }
    }

    private void Grow()
    {
        var (oldKeys, oldCounts) = (keys, counts);
        shift--;
        (keys, counts, used) = (new int[2 * oldKeys.Length], new int[2 * oldKeys.Length], 0);
        for (var place = 0; place < oldKeys.Length; place++)
        {
            if (oldKeys[place] != 0)
                Add(oldKeys[place] - 1, oldCounts[place]);
        }
    }
}
