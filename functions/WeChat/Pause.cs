namespace ShareLinks.WeChat;

/// <summary>A time in which something that just failed is left alone. Thread-safe.</summary>
internal sealed class Pause(TimeProvider time)
{
    private long end = long.MinValue;

    public bool IsOn => time.GetTimestamp() < Volatile.Read(ref end);

    public void Start(TimeSpan length) => Volatile.Write(ref end, time.GetTimestamp() + (long)(length.TotalSeconds * time.TimestampFrequency));
}
