namespace ShareLinks.Tests.Support;

/// <summary>How much a test does: the stated counts with <c>tests/run.sh --full</c>, about a tenth otherwise.</summary>
internal static class Scale
{
    /// <summary>Days take turns at what a plain run leaves out.</summary>
    private static readonly int Day = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).DayNumber;

    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("SHARELINKS_TESTS_FULL") == "1";

    /// <summary>Ends what would never end. It is far longer than anything takes, however busy the machine is.</summary>
    public static TimeSpan HangTimeout { get; } = TimeSpan.FromMinutes(IsFull ? 30 : 5);

    public static int Of(int full, int divisor = 10) => IsFull ? full : Math.Max(1, full / divisor);

    /// <summary>All of them with <c>--full</c>; otherwise one in so many, other ones each day, and at least one.</summary>
    public static IEnumerable<T> OneIn<T>(int turns, IReadOnlyCollection<T> all)
    {
        turns = IsFull ? 1 : Math.Clamp(turns, 1, all.Count);
        return all.Where((_, i) => i % turns == Day % turns);
    }
}
