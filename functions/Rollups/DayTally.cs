namespace ShareLinks.Rollups;

/// <summary>What one step adds to a day of a subject. Not thread-safe.</summary>
internal sealed class DayTally
{
    private const int FirstValueKey = 32;

    private readonly CountMap counts = new();
    private readonly VisitorSketch visitors = new();
    private int clicks;
    private int bots;
    private int prefetches;
    private int misses;

    /// <summary>Openings by people that led somewhere.</summary>
    public int Clicks => clicks;

    /// <summary>Those of them whose visitor was passed another visit's address or text.</summary>
    public int Forwards { get; private set; }

    public void AddClick(int hour)
    {
        clicks++;
        counts.Add(hour, 1);
    }

    public void AddForward() => Forwards++;

    public void AddBot() => bots++;

    public void AddPrefetch() => prefetches++;

    public void AddMiss() => misses++;

    /// <param name="dimension">A dimension.</param>
    /// <param name="value">The number of its value among <see cref="StepTally.Names"/>.</param>
    /// <param name="count">How often it occurred.</param>
    public void AddValue(Dimension dimension, int value, int count) => counts.Add(FirstValueKey + value * Dimensions.Count + (int)dimension, count);

    public void AddVisitor(ulong hash) => visitors.Add(hash);

    /// <summary>Adds the clicks of a link, whose channel, campaign and placement are the same for all of them.</summary>
    public void Add(DayTally link, int channel, int campaign, int placement)
    {
        clicks += link.clicks;
        bots += link.bots;
        prefetches += link.prefetches;
        misses += link.misses;
        counts.AddAll(link.counts);
        visitors.Merge(link.visitors);
        if (link.clicks == 0)
            return;
        AddValue(Dimension.Channel, channel, link.clicks);
        AddValue(Dimension.Campaign, campaign, link.clicks);
        AddValue(Dimension.Placement, placement, link.clicks);
    }

    /// <summary>Adds itself to what is stored of the day.</summary>
    public void AddTo(DayStats day, IReadOnlyList<string> names)
    {
        day.Clicks += clicks;
        day.Bots += bots;
        day.Prefetches += prefetches;
        day.Misses += misses;
        foreach (var (key, count) in counts.Entries())
        {
            if (key < FirstValueKey)
                day.Hours[key] += count;
            else
                day.Values[(key - FirstValueKey) % Dimensions.Count].Add(names[(key - FirstValueKey) / Dimensions.Count], count);
        }
        day.Visitors.Merge(visitors);
    }
}
