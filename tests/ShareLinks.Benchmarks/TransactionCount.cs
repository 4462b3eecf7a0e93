using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using ShareLinks.Storage;

namespace ShareLinks.Benchmarks;

/// <summary>Counts what goes to storage by table, a transaction of many rows as one, and may answer as late as storage in a data centre does.</summary>
internal sealed class TransactionCount : HttpClientTransport
{
    private readonly Dictionary<(string Table, bool IsWrite), long> counts = [];

    /// <summary>How much longer than the emulator's every answer takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Requests since the last <see cref="Reset"/>.</summary>
    public long Of(Func<string, bool> table, bool isWrite)
    {
        lock (counts)
            return counts.Where(entry => table(entry.Key.Table) && entry.Key.IsWrite == isWrite).Sum(entry => entry.Value);
    }

    public void Reset()
    {
        lock (counts)
            counts.Clear();
    }

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        var key = (await TableOfAsync(message.Request), message.Request.Method != RequestMethod.Get);
        lock (counts)
            counts[key] = counts.GetValueOrDefault(key) + 1;
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, TimeProvider.System, message.CancellationToken);
        await base.ProcessAsync(message);
    }

    /// <summary>The table in the address, or, for a transaction of many rows, in its body.</summary>
    private static async Task<string> TableOfAsync(Request request)
    {
        var text = request.Uri.ToString();
        if (text.EndsWith("$batch", StringComparison.Ordinal))
        {
            using var body = new MemoryStream();
            await request.Content!.WriteToAsync(body, CancellationToken.None);
            text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)Math.Min(body.Length, 1000));
        }
        // With the slash before, the app's prefix, and what follows a table's name in an address.
        return TableNames.All.FirstOrDefault(table => text.Contains($"x{table}(", StringComparison.Ordinal) || text.Contains($"x{table}?", StringComparison.Ordinal)
            || text.Contains($"x{table} ", StringComparison.Ordinal) || text.EndsWith($"x{table}", StringComparison.Ordinal)) ?? "Tables";
    }
}
