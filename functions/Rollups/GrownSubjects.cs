namespace ShareLinks.Rollups;

/// <summary>The subjects whose clicks a step changed, of each kind and day those with the most: only they can be leaders. Not thread-safe.</summary>
internal sealed class GrownSubjects
{
    /// <summary>One more than the leaders of a day, so that these know that there were more.</summary>
    private const int MaxOfDay = DayLeaders.MaxCount + 1;

    private static readonly Comparer<(string Key, long Clicks)> MostFirst =
        Comparer<(string Key, long Clicks)>.Create((one, other) => other.Clicks != one.Clicks ? other.Clicks.CompareTo(one.Clicks) : string.CompareOrdinal(one.Key, other.Key));

    private readonly Dictionary<(SubjectKind Kind, DateOnly Day), List<(string Key, long Clicks)>> days = [];

    /// <param name="kind">The subject's kind.</param>
    /// <param name="day">The day.</param>
    /// <param name="key">The subject; each is added once.</param>
    /// <param name="clicks">All its clicks on the day.</param>
    public void Add(SubjectKind kind, DateOnly day, string key, long clicks)
    {
        // One without clicks, but with bots or misses, leads nothing.
        if (clicks == 0)
            return;
        if (!days.TryGetValue((kind, day), out var grown))
            days.Add((kind, day), grown = []);
        grown.Add((key, clicks));
        if (grown.Count == 2 * MaxOfDay)
            KeepMost(grown);
    }

    /// <summary>Of each kind and day those with the most clicks.</summary>
    public IEnumerable<(SubjectKind Kind, DateOnly Day, IReadOnlyList<(string Key, long Clicks)> Most)> ByDay()
    {
        foreach (var ((kind, day), grown) in days)
        {
            KeepMost(grown);
            yield return (kind, day, grown);
        }
    }

    private static void KeepMost(List<(string Key, long Clicks)> grown)
    {
        grown.Sort(MostFirst);
        if (grown.Count > MaxOfDay)
            grown.RemoveRange(MaxOfDay, grown.Count - MaxOfDay);
    }
}
