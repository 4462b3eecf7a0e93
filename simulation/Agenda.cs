namespace ShareLinks.Simulation;

/// <summary>Planned actions in the order of their time; actions of one moment run in the order in which they were added. Not thread-safe.</summary>
internal sealed class Agenda(SimulatedTime time)
{
    private readonly PriorityQueue<Func<DateTimeOffset, Task>, (DateTimeOffset At, long Number)> queue = new();
    private long number;

    public void Add(DateTimeOffset at, Func<DateTimeOffset, Task> action) => queue.Enqueue(action, (at, number++));

    /// <summary>Runs all actions that are due before a moment, including those that they add.</summary>
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
