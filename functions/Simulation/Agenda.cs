namespace ShareLinks.Simulation;

/// <summary>What is yet to happen, in the order of its time; of two at one moment, what was planned first. Not thread-safe.</summary>
internal sealed class Agenda(SimulatedTime time)
{
    private readonly PriorityQueue<Func<DateTimeOffset, Task>, (DateTimeOffset At, long Number)> queue = new();
    private long number;

    public void Add(DateTimeOffset at, Func<DateTimeOffset, Task> action) => queue.Enqueue(action, (at, number++));

    /// <summary>Does all that is due before a moment, also what is planned for before it meanwhile.</summary>
    public async Task RunUntilAsync(DateTimeOffset moment)
    {
        while (queue.TryPeek(out var action, out var due) && due.At < moment)
        {
            queue.Dequeue();
            time.Now = due.At;
            await action(due.At);
        }
    }
}
