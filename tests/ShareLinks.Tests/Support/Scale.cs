namespace ShareLinks.Tests.Support;

/// <summary>How much a test does: the stated counts with <c>tests/run.sh --full</c>, about a tenth otherwise.</summary>
internal static class Scale
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("SHARELINKS_TESTS_FULL") == "1";

    public static int Of(int full, int divisor = 10) => IsFull ? full : Math.Max(1, full / divisor);
}
