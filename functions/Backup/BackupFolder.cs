using System.Buffers;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Backup;

/// <summary>A backup on disk.</summary>
/// <remarks>
/// <code>
/// manifest.json        what the backup holds; it is finished if this is there
/// {table}.jsonl.gz     a table's rows
/// unfinished           there while the backup is being made, and after a kill
/// manifest.json.new    the manifest on its way
/// </code>
/// </remarks>
internal sealed class BackupFolder : IDisposable
{
    private const string ManifestName = "manifest.json";
    private const string NewManifestName = "manifest.json.new";
    private const string UnfinishedName = "unfinished";
    private const string TableSuffix = ".jsonl.gz";

    private readonly string folder;
    private readonly FileStream mark;

    private BackupFolder(string folder, FileStream mark) => (this.folder, this.mark) = (folder, mark);

    /// <summary>Begins a backup in a folder that is new or empty, or that holds what a killed one left, which is deleted.</summary>
    /// <exception cref="BackupException">The folder holds something else.</exception>
    /// <exception cref="IOException">Another backup writes there, or the folder can't be written.</exception>
    public static BackupFolder Begin(string folder)
    {
        EnsureFree(folder);
        Directory.CreateDirectory(folder);
        // Nobody else can open it for as long as this process lives.
        var mark = new FileStream(Path.Combine(folder, UnfinishedName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            // Another backup may have finished before the mark was ours.
            EnsureFree(folder);
            foreach (var file in Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != UnfinishedName).ToArray())
                File.Delete(file);
            return new BackupFolder(folder, mark);
        }
        catch
        {
            mark.Dispose();
            throw;
        }
    }

    /// <summary>Leaves the mark of an unfinished backup, unless the backup is finished.</summary>
    public void Dispose() => mark.Dispose();

    /// <summary>Writes a table's file, to the disk itself.</summary>
    public async Task<TableFile> WriteAsync(string table, IAsyncEnumerable<TableEntity> rows, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, table + TableSuffix);
        var count = 0L;
        await using (var file = new FileStream(path, FileMode.Create, FileAccess.Write))
        {
            await using (var lines = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
            {
                var line = new ArrayBufferWriter<byte>();
                await foreach (var row in rows.WithCancellation(cancellationToken))
                {
                    RowLine.Write(line, row);
                    await lines.WriteAsync(line.WrittenMemory, cancellationToken);
                    line.ResetWrittenCount();
                    count++;
                }
            }
            file.Flush(flushToDisk: true);
        }
        return new TableFile(table, table + TableSuffix, count, new FileInfo(path).Length, await HashAsync(path, cancellationToken));
    }

    /// <summary>Makes the backup a finished one, in one step.</summary>
    public async Task FinishAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        await using (var file = new FileStream(Path.Combine(folder, NewManifestName), FileMode.Create, FileAccess.Write))
        {
            await JsonSerializer.SerializeAsync(file, manifest, ManifestJson.Default.Manifest, cancellationToken);
            file.Flush(flushToDisk: true);
        }
        File.Move(Path.Combine(folder, NewManifestName), Path.Combine(folder, ManifestName));
        mark.Dispose();
        File.Delete(Path.Combine(folder, UnfinishedName));
    }

    /// <summary>Opens a finished backup; nobody else can while the stream is open.</summary>
    /// <exception cref="BackupException">There is none.</exception>
    /// <exception cref="IOException">Somebody else has it open, or it can't be read.</exception>
    public static FileStream OpenManifest(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, ManifestName), FileMode.Open, FileAccess.Read, FileShare.None);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BackupException($"{folder} holds no finished backup: {ManifestName} is not there.");
        }
    }

    /// <exception cref="BackupException">The text is damaged, or of a later version of the app.</exception>
    public static Manifest ReadManifest(string folder, ReadOnlySpan<byte> json)
    {
        Manifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(json, ManifestJson.Default.Manifest);
        }
        catch (JsonException)
        {
            manifest = null;
        }
        if (manifest is null)
            throw Damaged(folder, ManifestName);
        if (manifest.Format != Manifest.CurrentFormat || manifest.Tables.Any(file => !TableNames.BackedUp.Contains(file.Table)))
            throw new BackupException($"The backup in {folder} was made by a later version of this app: restore it with that.");
        return manifest.Tables.All(file => file.File == file.Table + TableSuffix) ? manifest : throw Damaged(folder, ManifestName);
    }

    /// <exception cref="BackupException">The file is missing or not as the manifest says.</exception>
    public static async Task VerifyAsync(string folder, TableFile file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, file.File);
        if (!File.Exists(path) || await HashAsync(path, cancellationToken) != file.Sha256)
            throw Damaged(folder, file.File);
        var rows = 0L;
        await foreach (var _ in LinesAsync(path, cancellationToken))
            rows++;
        if (rows != file.Rows)
            throw Damaged(folder, file.File);
    }

    /// <summary>The rows of a verified file.</summary>
    public static async IAsyncEnumerable<TableEntity> ReadAsync(string folder, TableFile file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in LinesAsync(Path.Combine(folder, file.File), cancellationToken))
            yield return RowLine.Read(line);
    }

    private static BackupException Damaged(string folder, string file) => new($"The backup in {folder} is damaged or incomplete: {file} is not as it was written.");

    private static void EnsureFree(string folder)
    {
        if (File.Exists(folder))
            throw new BackupException($"{folder} is a file: name a folder that is new or empty.");
        if (!Directory.Exists(folder))
            return;
        var names = Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)!).ToHashSet();
        if (names.Contains(ManifestName))
            throw new BackupException($"{folder} holds a finished backup: name a folder that is new or empty.");
        if (names.Count > 0 && !(names.Contains(UnfinishedName) && names.All(IsOwn)))
            throw new BackupException($"{folder} is not empty: name a folder that is new or empty.");
    }

    private static bool IsOwn(string name) =>
        name is UnfinishedName or NewManifestName || (name.EndsWith(TableSuffix, StringComparison.Ordinal) && TableNames.All.Contains(name[..^TableSuffix.Length]));

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private static async IAsyncEnumerable<string> LinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        await using var text = new GZipStream(file, CompressionMode.Decompress);
        using var lines = new StreamReader(text);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
            yield return line;
    }
}
