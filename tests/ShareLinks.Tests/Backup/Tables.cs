using System.Globalization;
using System.IO.Compression;
using Azure.Data.Tables;
using ShareLinks.Backup;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Backup;

/// <summary>Looks at tables and backups from outside.</summary>
internal static class Tables
{
    /// <summary>Every row of the tables of a prefix with all its columns and their types, a line each.</summary>
    public static async Task<List<string>> ReadAsync(Azurite azurite, string prefix, params string[] without)
    {
        var lines = new List<string>();
        foreach (var name in TableNames.All.Except(without).Order(StringComparer.Ordinal))
        {
            await foreach (var row in Rows(azurite, prefix, name))
            {
                lines.Add($"{name} {row.PartitionKey} {row.RowKey} " + string.Join(' ', row
                    .Where(column => column.Key is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag"))
                    .OrderBy(column => column.Key, StringComparer.Ordinal)
                    .Select(column => $"{column.Key}:{column.Value.GetType().Name}={Text(column.Value)}")));
            }
        }
        return lines;
    }

    public static async IAsyncEnumerable<TableEntity> Rows(Azurite azurite, string prefix, string name)
    {
        var client = new TableClient(azurite.ConnectionString, prefix + name);
        await client.CreateIfNotExistsAsync();
        await foreach (var row in client.QueryAsync<TableEntity>())
            yield return row;
    }

    /// <summary>What the files of a backup hold, unpacked, and its manifest's lines that do not depend on the time.</summary>
    public static async Task<Dictionary<string, string>> ReadFilesAsync(string folder)
    {
        var files = new Dictionary<string, string>();
        foreach (var path in Directory.GetFiles(folder, "*.gz"))
        {
            await using var file = File.OpenRead(path);
            using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
            files[Path.GetFileName(path)] = await text.ReadToEndAsync();
        }
        files["manifest"] = string.Join('\n', (await File.ReadAllLinesAsync(Path.Combine(folder, "manifest.json"))).Where(line => !line.Contains("createdAt", StringComparison.Ordinal)));
        return files;
    }

    public static BackupWriter Writer(StorageAccount account, TimeProvider? time = null) =>
        new(account, time ?? TimeProvider.System, _ => Task.FromResult<IAsyncDisposable>(new MemoryStream()));

    public static Task BackUpAsync(Azurite azurite, string prefix, string folder, Action<string>? done = null) =>
        Writer(azurite.NewAccount(prefix: prefix)).WriteAsync(folder, file => done?.Invoke(file.Table));

    /// <summary>Restores into fresh tables and gives their prefix.</summary>
    public static async Task<string> RestoreAsync(Azurite azurite, string folder)
    {
        var prefix = azurite.NewPrefix();
        await new BackupRestorer(azurite.NewAccount(prefix: prefix), TimeProvider.System).RestoreAsync(folder, ShareLinks.Codes.CodeKey.Development.Fingerprint, _ => { });
        return prefix;
    }

    private static string Text(object value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        DateTimeOffset time => time.UtcTicks.ToString(CultureInfo.InvariantCulture),
        double number => BitConverter.DoubleToInt64Bits(number).ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
