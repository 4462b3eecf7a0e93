namespace ShareLinks.Simulation;

/// <summary>A clock that shows the simulated moment. Its timers and timestamps are real, since storage answers in real time. Thread-safe.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    private long ticks = DateTimeOffset.UnixEpoch.Ticks;

    public DateTimeOffset Now
    {
        get => new(Interlocked.Read(ref ticks), TimeSpan.Zero);
        set => Interlocked.Exchange(ref ticks, value.UtcTicks);
    }

    public override DateTimeOffset GetUtcNow() => Now;
}
