using ShareLinks.Storage;

namespace ShareLinks.Backup;

/// <summary>Tries again while storage is away, so that a copy of hours is not lost to a bad minute.</summary>
internal sealed class StorageRetry(TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <exception cref="BackupException">Storage stayed away for five minutes.</exception>
    public async Task<T> TryAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var delay = TimeSpan.FromSeconds(1); ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            try
            {
                return await request();
            }
            catch (Exception fault) when (StorageFaults.IsUnavailable(fault) && !cancellationToken.IsCancellationRequested)
            {
                if (time.GetElapsedTime(started) > Limit)
                    throw new BackupException($"Storage has not answered for {Limit.TotalMinutes:0} minutes ({fault.Message.Split('\n')[0]}): run the same command again when it does.");
                await Task.Delay(delay, time, cancellationToken);
            }
        }
    }
}
