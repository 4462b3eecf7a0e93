using System.Globalization;
using System.Net;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

/// <summary>Exports many times as long as the memory that the app may take.</summary>
public class LongExportTests(Azurite azurite, PublishedApp published)
{
    private const string Everything = "/api/clicks/export?from=2000-01-01&to=2100-01-01&format=";

    private const int MaxHeapBytes = 32 << 20;

    private static readonly int Clicks = Scale.Of(200_000);

    [Fact]
    public async Task An_export_of_any_length_fits_into_little_memory_and_ends_with_its_reader()
    {
        var folder = await published.ProgramFolderAsync();
        var prefix = azurite.NewPrefix();
        await using var writer = await TestApp.StartAsync(azurite, prefix: prefix);
        await WriteAsync(writer.Get<ClickLog>());

        // Past this limit the runtime gives nobody memory, so whatever an answer gathered on the way would end it.
        await using var app = await AppProcess.StartAsync(folder, azurite.ConnectionString, prefix, new() { ["DOTNET_GCHeapHardLimit"] = MaxHeapBytes.ToString("x", CultureInfo.InvariantCulture) });
        foreach (var (format, extraLines) in new[] { ("ndjson", 0), ("csv", 1) })
        {
            var (lines, bytes) = await CountAsync(app, format);
            Assert.Equal(Clicks + extraLines, lines);
            Assert.InRange(bytes, 3L * MaxHeapBytes / 2, long.MaxValue);
            for (var i = 0; i < 5; i++)
                await ReadStartAsync(app.Client, format);
            Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync(new Uri("/api/health", UriKind.Relative))).StatusCode);
        }
        Assert.Equal(Clicks, (await CountAsync(app, "ndjson")).Lines);
        Assert.False(app.HasExited);
    }

    [Fact]
    public async Task An_export_whose_reader_has_gone_reads_no_further()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await WriteAsync(app.Get<ClickLog>());
        await app.Get<ClickCutter>().CutAsync();
        foreach (var format in new[] { "ndjson", "csv" })
        {
            app.Storage.Reset();
            using (var whole = await app.Client.GetAsync(Everything + format))
                Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
            var requests = app.Storage.Count;
            app.Storage.Reset();
            await ReadStartAsync(app.Client, format);
            for (var before = -1; before != app.Storage.Count; await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System))
                before = app.Storage.Count;
            Assert.InRange(app.Storage.Count, 1, requests - 1);
            Assert.Equal("ok", (await app.GetJsonAsync("/api/health"))["status"]!.GetValue<string>());
        }
    }

    /// <summary>Clicks on links whose fields are as long as they may be: a line of some three thousand bytes each.</summary>
    private static async Task WriteAsync(ClickLog log)
    {
        var links = Enumerable.Range(1, 20).Select(id => new LinkAttributes(
            new LinkId(id), new string('项', 100), null, "wechat", new string('春', 64), new string('杭', 128),
            Enumerable.Range(0, 8).ToDictionary(tag => $"tag{tag}", tag => new string('群', 64)), new LinkId(id))).ToArray();
        foreach (var some in Enumerable.Range(0, Clicks).Chunk(10_000))
        {
            foreach (var receipt in await Task.WhenAll(some.Select(i => log.AppendAsync(ClickSamples.One(links[i % links.Length], ClickSamples.Start.AddSeconds(i)), mustBeStored: true).AsTask())))
                Assert.Equal(ClickOutcome.Committed, receipt.Outcome);
        }
    }

    private static async Task<(int Lines, long Bytes)> CountAsync(AppProcess app, string format)
    {
        using var response = await app.Client.GetAsync(new Uri(Everything + format, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var (lines, bytes, buffer) = (0, 0L, new byte[64 * 1024]);
        while (await body.ReadAsync(buffer) is > 0 and var read)
        {
            bytes += read;
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        }
        return (lines, bytes);
    }

    private static async Task ReadStartAsync(HttpClient client, string format)
    {
        using var response = await client.GetAsync(new Uri(Everything + format, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[100_000]);
    }
}
