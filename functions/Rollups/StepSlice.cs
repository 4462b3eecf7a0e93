namespace ShareLinks.Rollups;

/// <summary>The rows that one pass over a step's blocks writes. A step that is too wide for memory takes several passes, each with a slice of its rows.</summary>
/// <remarks>A row is in one slice, however many there are, so it takes the step whole and once.</remarks>
/// <param name="Part">Which, from 0.</param>
/// <param name="Parts">Of how many: 1, 4, 16 or 64.</param>
internal readonly record struct StepSlice(int Part, int Parts)
{
    /// <summary>The most slices of a step.</summary>
    public const int MaxParts = 64;

    private const int Narrowing = 4;

    /// <summary>All rows.</summary>
    public static StepSlice Whole => new(0, 1);

    /// <summary>Whether one pass writes all rows.</summary>
    public bool IsWhole => Parts == 1;

    /// <summary>Whether no slice follows.</summary>
    public bool IsLast => Part == Parts - 1;

    /// <summary>The slices of a step, in order.</summary>
    public static IEnumerable<StepSlice> Of(int parts) => Enumerable.Range(0, parts).Select(part => new StepSlice(part, parts));

    /// <summary>The number of slices after so many.</summary>
    public static int Narrower(int parts) => Math.Min(MaxParts, parts * Narrowing);

    /// <summary>Whether the rows of a bucket are in it.</summary>
    public bool Contains(int bucket) => bucket % Parts == Part;
}
