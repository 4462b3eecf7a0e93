using ShareLinks.Storage;

namespace ShareLinks.Rollups;

/// <summary>Counts what is new before a question is answered, for as long as an answer may wait for it.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed partial class FreshFold(ClickFold fold, FoldOptions options, TimeProvider time, ILogger<FreshFold> logger)
{
    /// <summary>The state after counting what is new, or, where that takes too long or fails, the present one; null before the first fold.</summary>
    /// <exception cref="FoldBasisException">The statistics in storage count by another basis.</exception>
    public async Task<FoldState?> StateAsync(CancellationToken cancellationToken)
    {
        var folding = fold.FoldAsync(cancellationToken);
        try
        {
            return await folding.WaitAsync(options.Patience, time, cancellationToken);
        }
        catch (Exception fault) when (fault is InvalidDataException or DamagedRowException)
        {
            // What is counted already is not damaged.
            LogFailed(fault.Message);
            return await fold.StateAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            LogLate(options.Patience);
            _ = folding.ContinueWith(late => LogFailed(late.Exception!.GetBaseException().Message), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await fold.StateAsync(cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Counting what is new takes longer than {Patience}: answers say how far it has come.")]
    private partial void LogLate(TimeSpan patience);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Counting what is new failed: {Reason}")]
    private partial void LogFailed(string reason);
}
