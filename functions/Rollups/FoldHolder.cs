using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ShareLinks.Rollups;

/// <summary>Lets the fold stand still, for backups. Thread-safe.</summary>
internal sealed class FoldHolder(ClickFold fold, FoldTable states, StepPlanner planner, RandomNumberGenerator random, TimeProvider time)
{
    /// <summary>Keeps every process from beginning a step or changing the generation until the answer is disposed of, so that all rows stand at one step.</summary>
    /// <remarks>
    /// A hold ends two minutes after its process is gone, or when another process takes hold. Disposing throws <see cref="IOException"/> when it did
    /// not last.
    /// </remarks>
    public async Task<IAsyncDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        var holder = new byte[sizeof(long)];
        random.GetBytes(holder);
        while (true)
        {
            var state = await states.ReadAsync(FoldTable.Current, cancellationToken);
            if (state is null)
            {
                await states.AddAsync(FoldTable.Current, await planner.FirstStateAsync(1, cancellationToken), cancellationToken);
            }
            else if (state.Planned is not null)
            {
                // A step under way is finished first, by the process that works on it or by this one.
                await fold.FoldAsync(cancellationToken);
            }
            else if (await states.ReplaceAsync(FoldTable.Current, state with { HeldUntil = state.ReadAt + FoldHold.Time, Owner = BinaryPrimitives.ReadInt64LittleEndian(holder) }, cancellationToken) is { } held)
            {
                return new FoldHold(states, held, time);
            }
        }
    }
}
