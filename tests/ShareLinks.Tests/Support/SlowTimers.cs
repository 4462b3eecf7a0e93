namespace ShareLinks.Tests.Support;

/// <summary>The real clock, but a wait of less than an hour takes a minute for each second: an app with it waits for storage as long as a busy machine takes.</summary>
internal sealed class SlowTimers : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromHours(1);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime < Short ? 60 * dueTime : dueTime, period);
}
