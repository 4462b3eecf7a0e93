namespace ShareLinks.Tests.Support;

/// <summary>The real clock, set off by some time: for tests that let days pass while timers and storage are real.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
