using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HdrHistogram;
using ShareLinks.Tests.Support;

namespace ShareLinks.Benchmarks;

/// <summary>Sends requests at a fixed rate, whatever the answers do, and measures each from the moment that it was due: nobody's wait is left out.</summary>
/// <remarks>On sockets of its own, since it shares the machine with what it measures. One request stands on a connection at a time; while all are taken, what is due waits, and its wait counts.</remarks>
internal sealed class OpenLoop
{
    private const int Connections = 256;
    private const long MaxMicroseconds = 60_000_000;

    private readonly byte[] request;
    private readonly LongHistogram times = new(MaxMicroseconds, 3);
    private readonly Stack<Connection> idle = new();
    private readonly Queue<long> waiting = new();
    private readonly Lock gate = new();
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long count;
    private long failed;

    private OpenLoop(Uri url, long count)
    {
        request = Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nUser-Agent: {Agents.AndroidChrome}\r\n\r\n");
        this.count = count;
    }

    /// <param name="url">Where to.</param>
    /// <param name="perSecond">Requests a second.</param>
    /// <param name="duration">For how long.</param>
    /// <returns>Microseconds from when each was due to its whole answer, and how many were no redirect.</returns>
    public static async Task<(LongHistogram Microseconds, long Failed)> RunAsync(Uri url, double perSecond, TimeSpan duration)
    {
        var loop = new OpenLoop(url, (long)(perSecond * duration.TotalSeconds));
        var connections = Enumerable.Range(0, Connections).Select(_ => new Connection(loop, url)).ToArray();
        try
        {
            foreach (var connection in connections)
                loop.idle.Push(connection);
            await loop.SendAsync(perSecond);
            return (loop.times, loop.failed);
        }
        finally
        {
            foreach (var connection in connections)
                connection.Dispose();
        }
    }

    private async Task SendAsync(double perSecond)
    {
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0L; sent < count;)
        {
            var due = Math.Min(count, (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond) + 1);
            for (; sent < due; sent++)
                Send(started + (long)(sent / perSecond * Stopwatch.Frequency));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await finished.Task;
    }

    private void Send(long due)
    {
        Connection? connection;
        lock (gate)
        {
            if (!idle.TryPop(out connection))
                waiting.Enqueue(due);
        }
        connection?.Ask(due);
    }

    /// <summary>Counts an answer; tells what its connection is to send next, or null to rest.</summary>
    private long? Answered(Connection connection, long due, bool isRedirect)
    {
        var took = (long)Stopwatch.GetElapsedTime(due).TotalMicroseconds;
        lock (gate)
        {
            times.RecordValue(Math.Clamp(took, 1, MaxMicroseconds));
            failed += isRedirect ? 0 : 1;
            if (times.TotalCount == count)
                finished.SetResult();
            if (waiting.TryDequeue(out var next))
                return next;
            idle.Push(connection);
            return null;
        }
    }

    private sealed class Connection : IDisposable
    {
        private readonly OpenLoop loop;
        private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly SocketAsyncEventArgs received = new();
        private readonly byte[] answer = new byte[8192];
        private int length;
        private long due;

        public Connection(OpenLoop loop, Uri url)
        {
            this.loop = loop;
            socket.Connect(url.Host, url.Port);
            received.Completed += (_, _) =>
            {
                if (Take())
                    Receive();
            };
        }

        public void Ask(long at)
        {
            Write(at);
            Receive();
        }

        public void Dispose()
        {
            socket.Dispose();
            received.Dispose();
        }

        private void Write(long at)
        {
            (due, length) = (at, 0);
            socket.Send(loop.request);
        }

        private void Receive()
        {
            do
                received.SetBuffer(answer, length, answer.Length - length);
            while (!socket.ReceiveAsync(received) && Take());
        }

        /// <summary>Takes what came in; true when there is more to come.</summary>
        private bool Take()
        {
            if (received.SocketError != SocketError.Success || received.BytesTransferred == 0)
            {
                loop.finished.TrySetException(new InvalidOperationException($"A connection broke: {received.SocketError}."));
                return false;
            }
            length += received.BytesTransferred;
            var text = answer.AsSpan(0, length);
            if (text.IndexOf("\r\n\r\n"u8) is not (>= 0 and var end) || length < end + 4 + BodyLength(text[..end]))
                return true;
            if (loop.Answered(this, due, text.StartsWith("HTTP/1.1 302 "u8)) is not { } next)
                return false;
            Write(next);
            return true;
        }

        private static int BodyLength(ReadOnlySpan<byte> headers)
        {
            var name = "\r\nContent-Length: "u8;
            if (headers.IndexOf(name) is not (>= 0 and var at))
                return 0;
            var value = headers[(at + name.Length)..];
            return int.Parse(value.IndexOf((byte)'\r') is >= 0 and var end ? value[..end] : value, CultureInfo.InvariantCulture);
        }
    }
}
