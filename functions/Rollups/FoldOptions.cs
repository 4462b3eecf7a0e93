namespace ShareLinks.Rollups;

/// <summary>How clicks are counted: section <c>ShareLinks:Fold</c>.</summary>
public sealed class FoldOptions
{
    /// <summary>Without the Functions host's timer: how long this process waits between two folds; more than 0.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Clicks that one step takes in, about: they are counted in memory before the first row is written. At least 500.</summary>
    public int StepClicks { get; set; } = 100_000;

    /// <summary>
    /// How much memory one step takes: the links that it counts at once, about, each for every day that it was clicked on, some 10 KB each; as many months of
    /// journeys, and a quarter as many events. A step ends with the block that reaches it; one that cannot end there is counted in slices. At least 1.
    /// </summary>
    public int StepLinkDays { get; set; } = 20_000;

    /// <summary>A step that another process works on is left to it until it has not been heard of for this long; more than 0.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an answer waits for new clicks to be counted, before it uses what there is.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(1);
}
