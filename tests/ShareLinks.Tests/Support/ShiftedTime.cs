namespace ShareLinks.Tests.Support;

/// <summary>The real clock, set off by some time: for tests that let days pass while timers and storage are real.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long skipped;

    public TimeSpan Shift { get; set; }

    /// <summary>Lets some time pass at once for all that measures time, timers apart.</summary>
    public void Skip(TimeSpan span)
    {
        Shift += span;
        Interlocked.Add(ref skipped, (long)(span.TotalSeconds * TimestampFrequency));
    }

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref skipped);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
