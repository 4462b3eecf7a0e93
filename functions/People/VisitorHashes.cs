using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Azure;
using ShareLinks.Reporting;
using ShareLinks.Storage;

namespace ShareLinks.People;

/// <summary>Numbers that count a visitor once a day and cannot be followed from one day to the next.</summary>
/// <remarks>
/// A keyed hash of the client's network, the agent and the day's random salt. Salts of days that began 48 hours ago or earlier are deleted when a
/// new one is made; then nobody can tell whose a number was, not even with the key. Thread-safe.
/// </remarks>
public sealed partial class VisitorHashes(VisitorKeys keys, SaltTable salts, ReportingZone zone, TimeProvider time, ILogger<VisitorHashes> logger)
{
    /// <summary>What a number is below: 48 bits.</summary>
    public const long Limit = 1L << 48;

    /// <summary>What an agent of usual length fits in.</summary>
    private const int StackBytes = 1024;

    /// <summary>How long visitors wait for the day's salt, counted from when the first one asked.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(200);

    /// <summary>How long storage is left alone after it did not give the salt.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(3);

    private readonly Lock turn = new();
    private volatile Attempt? current;

    /// <summary>The visitor's number for today (in the reporting time zone), from 1 up to <see cref="Limit"/>; 0 when it can't be told, which storage decides within 200 ms.</summary>
    /// <param name="network">The client's network, such as an address or a /64; null when it is not known.</param>
    /// <param name="agent">The request's <c>User-Agent</c>.</param>
    public async ValueTask<long> OfAsync(string? network, string agent)
    {
        if (network is null)
            return 0;
        var attempt = AttemptFor(time.GetUtcNow());
        var secret = attempt.Load.IsCompletedSuccessfully ? await attempt.Load : await attempt.Wait;
        return secret is null ? 0 : Hash(secret, network, agent);
    }

    private static long Hash(DaySecret secret, string network, string agent)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var most = secret.Salt.Length + Encoding.UTF8.GetMaxByteCount(network.Length + 1 + agent.Length);
        var visitor = most <= StackBytes ? stackalloc byte[StackBytes] : new byte[most];
        secret.Salt.CopyTo(visitor);
        var length = secret.Salt.Length + Encoding.UTF8.GetBytes(network, visitor[secret.Salt.Length..]);
        visitor[length++] = (byte)'\n';
        length += Encoding.UTF8.GetBytes(agent, visitor[length..]);
        HMACSHA256.HashData(secret.Key, visitor[..length], mac);
        return Math.Max(1, (long)(BinaryPrimitives.ReadUInt64BigEndian(mac) >> 16));
    }

    private Attempt AttemptFor(DateTimeOffset now)
    {
        if (current is { } known && IsGoodFor(known, now))
            return known;
        lock (turn)
        {
            if (current is not { } attempt || !IsGoodFor(attempt, now))
            {
                var day = zone.DayOf(now);
                var load = LoadAsync(day.Date);
                current = attempt = new Attempt(day, time.GetTimestamp(), load, WaitAsync(load));
            }
            return attempt;
        }
    }

    private bool IsGoodFor(Attempt attempt, DateTimeOffset now) =>
        attempt.Day.Contains(now.ToUnixTimeMilliseconds()) && (!attempt.Load.IsCompleted || attempt.Load is { IsCompletedSuccessfully: true, Result: not null } || time.GetElapsedTime(attempt.StartedAt) < RetryAfter);

    private async Task<DaySecret?> LoadAsync(DateOnly day)
    {
        try
        {
            var salt = await salts.GetOrAddAsync(day, keys.Newest.Fingerprint);
            if (salt.IsNew)
                _ = ForgetAsync(day.AddDays(-1));
            var key = salt.Key is null ? keys.Oldest : keys.Find(salt.Key);
            if (key is null)
                LogUnknownKey();
            return new DaySecret(salt.Salt, (key ?? keys.Newest).Derive("visitors", HMACSHA256.HashSizeInBytes));
        }
        catch (Exception fault) when (IsStorageFault(fault))
        {
            LogNoSalt(fault.Message.Split('\n')[0]);
            return null;
        }
    }

    private async Task<DaySecret?> WaitAsync(Task<DaySecret?> load)
    {
        try
        {
            return await load.WaitAsync(MaxWait, time);
        }
        catch (TimeoutException)
        {
            LogLate(MaxWait);
            return null;
        }
    }

    private async Task ForgetAsync(DateOnly day)
    {
        try
        {
            await salts.DeleteBeforeAsync(day);
        }
        catch (Exception fault) when (IsStorageFault(fault))
        {
            LogNotForgotten(fault.Message.Split('\n')[0]);
        }
    }

    /// <summary>Whatever storage refuses, a visitor is sent on.</summary>
    private static bool IsStorageFault(Exception fault) => fault is RequestFailedException || StorageFaults.IsUnavailable(fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Visitors are not counted for now, since the day's salt can't be read: {Reason}")]
    private partial void LogNoSalt(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Visitors are not counted until the day's salt is there, which took more than {Wait}.")]
    private partial void LogLate(TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The salts of earlier days could not be deleted; the next day's start tries again: {Reason}")]
    private partial void LogNotForgotten(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This day is counted by a key that is not in ShareLinks:Visitors:HashKeys here, so visitors who change between instances are counted twice until midnight.")]
    private partial void LogUnknownKey();

    /// <summary>The way to a day's salt.</summary>
    /// <param name="Day">The day.</param>
    /// <param name="StartedAt">When it was begun, by the clock's timestamps.</param>
    /// <param name="Load">The salt, however long it takes; null when storage failed.</param>
    /// <param name="Wait">The same, or null after <see cref="MaxWait"/>.</param>
    private sealed record Attempt(ReportingDay Day, long StartedAt, Task<DaySecret?> Load, Task<DaySecret?> Wait);

    /// <summary>What a day's numbers are made with.</summary>
    private sealed record DaySecret(byte[] Salt, byte[] Key);
}
